"""Customers: the list, its filters and sorts, one customer, and the CSV file."""
