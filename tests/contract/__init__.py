"""Contracts with the deployment: indexes, the functions' manifest and the upload."""
