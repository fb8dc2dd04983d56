"""Contacts: consent per channel and address, from the dashboard's customers."""
