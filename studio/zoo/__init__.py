"""Which weights exist, where they come from, whether they are here and intact."""
