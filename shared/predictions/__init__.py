"""Predictions of churn and of spending."""
