"""Campaigns: audiences, holdouts and results."""
