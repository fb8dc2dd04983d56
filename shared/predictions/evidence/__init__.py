"""Evidence: how good models are on past windows, and which of them is published."""
