"""The local stack: emulators, the functions and the dashboard, on free ports, without a cloud."""
