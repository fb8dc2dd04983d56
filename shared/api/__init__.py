"""The API: one app per HTTP function, with the routes of every capability mounted."""
