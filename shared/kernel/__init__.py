"""Basics of every other package: money, instants, text, errors, logs, settings, the clock."""
