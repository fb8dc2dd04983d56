"""What is deployed beside the code: indexes, the functions' manifest and the upload."""
