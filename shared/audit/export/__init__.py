"""The export as an audit sees it: reads, comparison and repair of rows and sums."""
