"""What is computed on a schedule from the export: questions, their results, and runs of them."""
