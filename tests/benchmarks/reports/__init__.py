"""Reports: what writes documents, or data of the product, from long evaluations."""
