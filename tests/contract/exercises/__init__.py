"""What the product does, for tests of the queries that it runs."""
