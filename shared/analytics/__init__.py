"""Analytics: the organisation's counters and the numbers read from them."""
