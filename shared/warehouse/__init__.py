"""The warehouse: BigQuery tables of the exported facts, and the queries on them."""
