"""Scheduled work: jobs, the questions of a night, their results, and a task per organisation."""
