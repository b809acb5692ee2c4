"""The panel in which a swap is trained and watched."""
