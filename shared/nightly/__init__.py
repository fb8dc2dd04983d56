"""One task per organisation: dispatched by a scheduled function, run by a task queue."""
