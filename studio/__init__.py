"""Faceswap Studio: videos, facesets, training, conversion and detection in one application."""

__version__ = "0.1.0"
