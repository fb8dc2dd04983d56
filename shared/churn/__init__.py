"""Churn: customers lost in a month, transitions between segments, and RFM cells."""
