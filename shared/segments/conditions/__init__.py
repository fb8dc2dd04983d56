"""Custom segments: definitions as trees of conditions, and which customers meet them when."""
