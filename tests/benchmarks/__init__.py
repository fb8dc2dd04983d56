"""Benchmarks: each is a ratio against a baseline run side by side. `make bench` runs them all."""
