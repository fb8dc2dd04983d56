"""The export: its rows and sums, as an audit reads, compares and mends them."""
