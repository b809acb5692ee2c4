"""A voice without words: harmonics of a slowly wandering pitch, shaped by the mouth."""

from __future__ import annotations

import numpy as np

RATE = 48_000
"""Samples a second."""
CLOSED = np.array([280.0, 1250.0, 2500.0])
WIDE = np.array([780.0, 1350.0, 2700.0])
BANDWIDTHS = np.array([80.0, 120.0, 180.0])


def speak(opening: np.ndarray, frame_rate: int, pitch: float) -> np.ndarray:
    """Mono samples, -1..1, for a mouth opening (frames,) in 0..1: louder and more open in vowel the wider it is."""
    time = np.arange(len(opening) * RATE // frame_rate) / RATE
    wide = np.interp(time, (np.arange(len(opening)) + 0.5) / frame_rate, opening)
    loud = np.clip((wide - 0.03) / 0.45, 0, 1) ** 0.8
    melody, tremble = np.sin(2 * np.pi * 0.55 * time), np.sin(2 * np.pi * 5.1 * time)
    frequency = pitch * (1 + 0.07 * melody + 0.015 * tremble + 0.12 * wide)
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    formants = CLOSED + wide[:, None] * (WIDE - CLOSED)
    sound = np.zeros_like(time)
    for harmonic in range(1, int(3800 / pitch)):
        distance = (harmonic * frequency[:, None] - formants) / BANDWIDTHS
        gain = (np.array([1.0, 0.5, 0.25]) / np.sqrt(1 + distance**2)).sum(axis=1)
        sound += gain * np.sin(harmonic * phase) / harmonic**0.6
    breath = np.random.default_rng(0).normal(0, 0.02, len(time))
    sound = loud * (sound / np.abs(sound).max() + breath)
    return 0.5 * sound / np.abs(sound).max()
