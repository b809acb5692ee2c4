"""One folder a panel."""
