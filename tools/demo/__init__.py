"""The demo: real orders through the local stack, and what the API says of them."""
