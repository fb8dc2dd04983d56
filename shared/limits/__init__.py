"""Rate limits: calls of a kind per account and organisation."""
