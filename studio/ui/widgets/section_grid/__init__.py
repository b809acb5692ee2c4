"""An item view of equal cells in collapsible sections over a flat model."""
