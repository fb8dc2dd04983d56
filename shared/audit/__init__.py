"""The audit: compares stored numbers with the orders and repairs differences."""
