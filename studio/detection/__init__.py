"""Detectors and their scores."""
