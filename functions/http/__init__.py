"""The HTTP interface: routes, models, sign-in and errors. Imported by the first call only."""
