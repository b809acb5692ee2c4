"""The measured scores of a face as one value of the store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Their order in the value: add at the end only. Those of `records.Face`, in its units.
SCORES = (
    "time", "confidence", "size", "blur", "yaw", "pitch", "roll", "landmark_confidence", "exposure", "occlusion"
)  # fmt: skip

_KIND = np.dtype("<f8")


def pack_scores(*values: float | None) -> bytes:
    """One value of `SCORES`, in their order; None for a score that was not measured."""
    return np.array(values, dtype=_KIND).tobytes()


def unpack_scores(packed: bytes) -> dict[str, float | None]:
    """The scores by name."""
    values = np.frombuffer(packed, dtype=_KIND).tolist()
    return {name: None if value != value else value for name, value in zip(SCORES, values, strict=True)}


def score_table(packed: Sequence[bytes]) -> NDArray[np.float64]:
    """The scores of N faces, (N, len(SCORES)); NaN for those that were not measured."""
    return np.frombuffer(b"".join(packed), dtype=_KIND).reshape(-1, len(SCORES))
