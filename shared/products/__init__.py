"""Products: sales per product, its velocity and its trend."""
