"""The dashboard by itself: its own tests, types and size, and the local stack's server of it."""
