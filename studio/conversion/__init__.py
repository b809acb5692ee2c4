"""Driver analysis, streaming conversion, export."""
