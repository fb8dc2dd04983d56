"""How many calls of a kind an account and an organisation may make."""
