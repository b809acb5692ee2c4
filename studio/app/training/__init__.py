"""Trainings as the window starts, watches and steers them."""
