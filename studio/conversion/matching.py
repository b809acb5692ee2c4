"""How near the faces of a video are to a known person's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.conversion.driver import DriverAnalysis

# Where nobody published a distance for an encoder: what 95 % of a person's own faces keep to, and some room.
_OWN_SHARE = 95
_ROOM = 1.25


def track_distances(analysis: DriverAnalysis, features: NDArray[np.float32]) -> dict[int, float]:
    """How far each track is from a person's faces `features` (N, D) of the same encoder: the median distance."""
    return {track.id: float(np.median(np.linalg.norm(features - track.feature, axis=1))) for track in analysis.tracks}


def own_limit(features: NDArray[np.float32]) -> float:
    """The distance below which a face passes for one of the person's whose faces are `features` (N, D)."""
    own = np.linalg.norm(features - np.median(features, axis=0), axis=1)
    return float(np.percentile(own, _OWN_SHARE)) * _ROOM
