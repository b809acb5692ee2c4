"""Repairs by hand on top of a driver analysis: the analysis itself stays as it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.conversion.driver import DriverAnalysis, FaceTable, packed_png
from studio.core.records import FaceMasks, Points
from studio.core.store.repairs import Repair
from studio.faces.pose import head_pose

_POINTS = (68, 2)
_POINT_BYTES = 68 * 2 * 4
# A repair is for the face that lies within this share of its size of where the face was.
_NEAR = 0.5


def skipped(frame: int) -> Repair:
    """The frame is to stay the driver's."""
    return Repair("skip", frame)


def moved(frame: int, at: Points, landmarks: Points, masks: FaceMasks) -> Repair:
    """The face around `at` has these landmarks (68, 2), in pixels of the frame, and these masks.

    Where there is no face it is a face that the analysis had missed.
    """
    points = np.asarray(landmarks, "<f4").reshape(_POINTS)
    return Repair("landmarks", frame, *_middle(at), points.tobytes() + packed_png(masks).tobytes())


def painted(frame: int, at: Points, masks: FaceMasks) -> Repair:
    """The face around `at` has these masks."""
    return Repair("mask", frame, *_middle(at), packed_png(masks).tobytes())


def repaired(analysis: DriverAnalysis, repairs: Sequence[Repair]) -> DriverAnalysis:
    """The analysis as it is with repairs, later ones over earlier ones.

    One for a face that this analysis does not have, as another engine may not find it, adds the face if it brings
    landmarks and is left out if not.
    """
    if not repairs:
        return analysis
    faces = analysis.faces
    # Copied once: every repair then changes what it is about.
    faces = replace(
        faces, landmarks=faces.landmarks.copy(), box=faces.box.copy(), pose=faces.pose.copy(), own_masks={}
    )  # fmt: skip
    for repair in repairs:
        if repair.kind != "skip" and repair.frame < analysis.frames:
            faces = _with(faces, repair)
    frames = frozenset(repair.frame for repair in repairs if repair.kind == "skip")
    return replace(analysis, faces=faces, skipped=frames, repairs=_digest(repairs))


def sides(analysis: DriverAnalysis, span: tuple[int, int], same_person: float | None) -> list[tuple[int, int]]:
    """For each face that goes on over the frames of `span`: its rows in the table before and after them.

    A track ends where its face is away for long; one that begins behind `span` then goes on with one that ended before
    it, the nearest in time first. No face may be seen between either of the two and `span`: there is another shot, or
    the face itself on a third track.

    Args:
        same_person: the distance of features up to which two tracks show one person; None where nobody published one,
            and only a single face on each side is taken for the same.
    """
    faces = analysis.faces
    before = {int(faces.track[row]): row for row in range(len(faces)) if faces.frame[row] < span[0]}
    after = {int(faces.track[row]): row for row in reversed(range(len(faces))) if faces.frame[row] >= span[1]}
    found = [(row, after[track]) for track, row in before.items() if track in after]
    ended, begun = (sorted(one.keys() - other.keys()) for one, other in ((before, after), (after, before)))
    features = {track.id: track.feature for track in analysis.tracks}

    def only_away(one: int, other: int) -> bool:
        before_it = (faces.frame > faces.frame[before[one]]) & (faces.frame < span[0])
        behind_it = (faces.frame >= span[1]) & (faces.frame < faces.frame[after[other]])
        return not (before_it | behind_it).any()

    pairs = [(one, other) for one in ended for other in begun if only_away(one, other)]
    if same_person is not None:
        away = {pair: float(np.linalg.norm(features[pair[0]] - features[pair[1]])) for pair in pairs}
        pairs = [pair for pair in pairs if away[pair] <= same_person]
    elif len(pairs) > 1:
        pairs = []
    pairs.sort(key=lambda pair: int(faces.frame[after[pair[1]]] - faces.frame[before[pair[0]]]))
    taken: set[int] = set()
    for one, other in pairs:
        if taken.isdisjoint((one, other)):
            taken |= {one, other}
            found.append((before[one], after[other]))
    return found


def between(faces: FaceTable, times: NDArray[np.float64], frame: int, rows: tuple[int, int]) -> Points:
    """Landmarks (68, 2) at `frame`, evenly in time between those of two rows before and after it."""
    one, other = rows
    begin, end = times[faces.frame[one]], times[faces.frame[other]]
    share = np.float32((times[frame] - begin) / (end - begin))
    return np.asarray((1 - share) * faces.landmarks[one] + share * faces.landmarks[other], np.float32)


def row_near(faces: FaceTable, frame: int, x: float, y: float) -> int | None:
    """The row of the face at this place of a frame, as it was found; None if there is none."""
    first, end = np.searchsorted(faces.frame, [frame, frame + 1])
    if first == end:
        return None
    away = np.linalg.norm(faces.found[first:end].mean(axis=1) - (x, y), axis=1)
    row = int(first + away.argmin())
    size = float((faces.box[row, 2:] - faces.box[row, :2]).max())
    return row if away.min() <= _NEAR * size else None


def _with(faces: FaceTable, repair: Repair) -> FaceTable:
    """A table that may be changed with one repair more."""
    assert repair.x is not None
    assert repair.y is not None
    row = row_near(faces, repair.frame, repair.x, repair.y)
    if repair.kind == "mask":
        if row is not None:
            faces.own_masks[row] = repair.data
        return faces
    points = np.frombuffer(repair.data[:_POINT_BYTES], "<f4").astype(np.float32).reshape(_POINTS)
    masks = repair.data[_POINT_BYTES:]
    if row is None:
        return _added(faces, repair.frame, points, masks)
    faces.box[row] += np.tile(points.mean(axis=0) - faces.landmarks[row].mean(axis=0), 2)
    faces.landmarks[row], faces.pose[row], faces.own_masks[row] = points, head_pose(points), masks
    return faces


def _added(faces: FaceTable, frame: int, points: Points, masks: bytes) -> FaceTable:
    """The table with one more face, of the track that is nearest in time and place."""
    row = int(np.searchsorted(faces.frame, frame, side="right"))
    low, high = points.min(axis=0), points.max(axis=0)
    size = float((high - low).max())
    near = (
        np.abs(faces.frame - frame) + np.linalg.norm(faces.landmarks.mean(axis=1) - points.mean(axis=0), axis=1) / size
    )
    track = int(faces.track[near.argmin()]) if len(faces) else 0

    begin = int(faces.mask_ends[row - 1]) if row else 0
    values: dict[str, Any] = {
        "frame": frame, "track": track, "box": np.concatenate([low, high]), "landmarks": points, "found": points,
        "confidence": 0.0, "pose": head_pose(points), "occlusion": 0.0, "mask_ends": begin,
    }  # fmt: skip
    more: dict[str, Any] = {n: np.insert(getattr(faces, n), row, value, axis=0) for n, value in values.items()}
    later = {number + (number >= row): data for number, data in faces.own_masks.items()}
    return replace(faces, **more, own_masks={**later, row: masks})


def _middle(at: Points) -> tuple[float, float]:
    x, y = np.asarray(at, np.float64).reshape(-1, 2).mean(axis=0)
    return float(x), float(y)


def _digest(repairs: Sequence[Repair]) -> str:
    digest = hashlib.sha256()
    for repair in repairs:
        digest.update(repr((repair.kind, repair.frame, repair.x, repair.y)).encode() + repair.data)
    return digest.hexdigest()
