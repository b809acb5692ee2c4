"""Trainings as the window watches and steers them."""
