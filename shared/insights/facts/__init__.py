"""Facts: what an organisation's numbers say, each with where it comes from. Pure."""
