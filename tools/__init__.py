"""Command-line tools: the local stack, demo data, maintenance. Never deployed."""
