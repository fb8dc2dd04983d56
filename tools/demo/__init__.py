"""The demo: real orders through the local stack, and the API's answers."""
