"""Waiting for a window."""


def settled(qtbot, studio):
    """Wait until nothing is at work in the background."""
    qtbot.waitUntil(lambda: not studio.background.busy, timeout=60_000)
