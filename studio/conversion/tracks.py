"""Following faces from frame to frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Image
from studio.core.vision import cv2
from studio.faces.align import align_face, alignment_matrix, transform_points
from studio.faces.protocols import Box, Detection, IdentityEncoder

_THUMB = 32
_LEAST_OVERLAP = 0.3
_PATIENCE_S = 0.3

# Measured: a face and itself a frame later correlate at .96 (median; 1 in 50 below .8), two people at .78 at most.
_SURELY_ALIKE = 0.8

Look = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sight:
    """A face as it was seen in one frame.

    Attributes:
        look: (1024,) float32, the aligned face in grey at 32 px, its mean taken away and scaled to length 1.
    """

    image: Image
    face: Detection
    time: float
    look: Look


SamePerson = Callable[[Sight, Sight], bool]


@dataclass(eq=False)
class _Followed:
    """A track that goes on, and where it was last seen."""

    track: int
    last: Sight


class Follower:
    """Gives each face of a stream of frames the number of its track.

    A face goes on a track if its box overlaps the track's last one and it looks alike; where looks alone don't tell
    (a quick turn, or a cut to another person in the same place?), `same` decides. A track that was not seen for 0.3 s
    has ended.
    """

    def __init__(self, same: SamePerson) -> None:
        self._same = same
        self._open: list[_Followed] = []
        self._tracks = 0

    def follow(self, image: Image, time: float, faces: Sequence[Detection]) -> list[int]:
        """The track of each face of the frame at `time` seconds; call it in order of time."""
        self._open = [known for known in self._open if time - known.last.time <= _PATIENCE_S]
        sights = [sight(image, face, time) for face in faces]
        assigned: dict[int, _Followed] = {}
        for row, known in self._candidates(faces):
            taken = row in assigned or any(known is other for other in assigned.values())
            if not taken and self._goes_on(known.last, sights[row]):
                assigned[row] = known
        for row, seen in enumerate(sights):
            if row not in assigned:
                assigned[row] = self._new(seen)
            assigned[row].last = seen
        return [assigned[row].track for row in range(len(faces))]

    def _candidates(self, faces: Sequence[Detection]) -> list[tuple[int, _Followed]]:
        """Face and track, the best overlaps first."""
        pairs = [
            (overlap(face.box, known.last.face.box), row, known)
            for row, face in enumerate(faces)
            for known in self._open
        ]
        near = sorted((pair for pair in pairs if pair[0] >= _LEAST_OVERLAP), key=lambda pair: -pair[0])
        return [(row, known) for _, row, known in near]

    def _goes_on(self, before: Sight, now: Sight) -> bool:
        return likeness(before.look, now.look) >= _SURELY_ALIKE or self._same(before, now)

    def _new(self, seen: Sight) -> _Followed:
        known = _Followed(self._tracks, seen)
        self._tracks += 1
        self._open.append(known)
        return known


def by_features(encoder: IdentityEncoder) -> SamePerson:
    """Compare two sights by identity features; False where the encoder has no published distance to judge by.

    A track that is split in two loses nothing but a little smoothing; one that runs on over a cut swaps a stranger.
    """
    limit = encoder.same_person

    def same(before: Sight, now: Sight) -> bool:
        if limit is None:
            return False
        crops, points = [], []
        for seen in (before, now):
            crop, matrix = align_face(seen.image, seen.face.landmarks)
            crops.append(crop)
            points.append(transform_points(matrix, seen.face.landmarks))
        one, other = encoder.encode(crops, points)
        return float(np.linalg.norm(one - other)) < limit

    return same


def sight(image: Image, face: Detection, time: float) -> Sight:
    """What is kept of a face to know it again."""
    small = cv2.warpAffine(image, alignment_matrix(face.landmarks, _THUMB), (_THUMB, _THUMB), flags=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32).reshape(-1)
    grey -= grey.mean()
    look = np.asarray(grey / max(float(np.linalg.norm(grey)), 1e-6), dtype=np.float32)
    return Sight(image, face, time, look)


def likeness(one: Look, other: Look) -> float:
    """Correlation of two looks: 1 for the same picture, however bright."""
    return float(one @ other)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes (4,): 0 apart, 1 equal."""
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    return shared / max(_area(one) + _area(other) - shared, 1e-6)


def _area(box: Box) -> float:
    return float(np.prod(np.clip(box[2:] - box[:2], 0, None)))
