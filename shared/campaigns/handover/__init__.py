"""Handing a campaign over: to the dashboard's sender, or as a file."""
