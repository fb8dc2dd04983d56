"""What a person runs: the local stack, demo data, maintenance. Never deployed."""
