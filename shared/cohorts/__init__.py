"""Cohorts: customers by the month of their first order, and what they do after it."""
