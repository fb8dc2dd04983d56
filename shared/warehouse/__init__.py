"""The warehouse: BigQuery tables of the exported facts, and the SQL that questions are asked in."""
