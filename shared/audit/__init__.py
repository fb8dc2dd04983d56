"""The audit: whether what is stored is what the orders say, found and repaired."""
