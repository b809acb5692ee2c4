"""Consent, visible label, content credentials."""
