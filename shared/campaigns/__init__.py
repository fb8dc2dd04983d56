"""Campaigns: whom to write to, who is held out, and what it earned."""
