"""The training panel without Qt: what a run is started with, and how it goes."""
