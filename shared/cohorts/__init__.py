"""Cohorts: customers by the period of their first order, and their later orders."""
