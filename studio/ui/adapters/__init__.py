"""Between the view-models and Qt."""
