"""History: segments over time, one customer's timeline, and transitions between segments."""
