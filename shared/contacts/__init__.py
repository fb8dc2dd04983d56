"""Who may be written to: consent per channel and address, from the dashboard's customers."""
