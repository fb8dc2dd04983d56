"""The product: a folder per capability, with its rules, its store and its routes."""
