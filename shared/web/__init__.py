"""What every route shares: admission, problems, bodies, parameters, pages and headers."""
