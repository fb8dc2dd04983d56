"""The rules of an organisation: thresholds and custom segments, in one document."""
