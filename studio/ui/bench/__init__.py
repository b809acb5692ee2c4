"""Benches that need a window."""
