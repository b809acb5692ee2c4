"""The blend: masks and squeeze, membrane solver, compose. No torch here."""
