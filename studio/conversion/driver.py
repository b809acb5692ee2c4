"""What is known of a driver's video before anything is swapped: its frames, faces, tracks and problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.records import FaceMasks, Image, Points
from studio.core.vision import cv2
from studio.faces.protocols import Box

ProblemKind = Literal["no-face", "jump", "cut", "extreme-pose", "low-confidence", "occlusion"]


@dataclass(frozen=True)
class Track:
    """One face followed over time.

    Attributes:
        first, last: indices of the first and last frame that show it.
        faces: in how many frames it was found.
        feature: (D,) float32, the median identity feature of a few of its faces.
    """

    id: int
    first: int
    last: int
    faces: int
    feature: NDArray[np.float32]


@dataclass(frozen=True)
class Problem:
    """A stretch of frames, `first` to `last`, that wants a look; `track` is None where no face is concerned."""

    kind: ProblemKind
    first: int
    last: int
    track: int | None = None


@dataclass(frozen=True, eq=False)
class AnalysedFace:
    """One face of one frame.

    Attributes:
        box: (4,) float32, x0 y0 x1 y1 in pixels of the frame.
        landmarks: (68, 2) float32 in pixels of the frame; smoothed over time if the analysis was.
        masks: of the face aligned by these landmarks, 512 px.
    """

    track: int
    box: Box
    landmarks: Points
    confidence: float
    masks: FaceMasks


@dataclass(frozen=True, eq=False)
class FaceTable:
    """All faces of a video, one row each, ordered by frame.

    Attributes:
        frame, track: (N,) int32.
        box: (N, 4) float32; landmarks, found: (N, 68, 2) float32, as used and as the engine found them.
        confidence: (N,) float32, on the engine's own scale; pose: (N, 3) float32, yaw, pitch, roll in degrees.
        occlusion: (N,) float32, share of each face's hull that its mask leaves out (`quality.occlusion`).
        masks: (B,) uint8, the packed masks of all faces as PNG files behind one another; those of row i lie from
            `mask_ends[i - 1]` (0 for the first) to `mask_ends[i]`, (N,) int64.
        own_masks: by row the PNG file of masks that were made by hand, in place of those.
    """

    frame: NDArray[np.int32]
    track: NDArray[np.int32]
    box: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    found: NDArray[np.float32]
    confidence: NDArray[np.float32]
    pose: NDArray[np.float32]
    occlusion: NDArray[np.float32]
    masks: NDArray[np.uint8]
    mask_ends: NDArray[np.int64]
    own_masks: dict[int, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    def face(self, row: int) -> AnalysedFace:
        """The face in `row`, its masks unpacked."""
        packed = cv2.imdecode(self._png(row), cv2.IMREAD_GRAYSCALE)
        if packed is None:
            raise ValueError(f"the masks of face {row} are damaged")
        return AnalysedFace(
            int(self.track[row]),
            np.array(self.box[row]),
            np.array(self.landmarks[row]),
            float(self.confidence[row]),
            FaceMasks.unpacked(np.asarray(packed, dtype=np.uint8)),
        )

    def _png(self, row: int) -> NDArray[np.uint8]:
        if row in self.own_masks:
            return np.frombuffer(self.own_masks[row], np.uint8)
        begin = int(self.mask_ends[row - 1]) if row else 0
        return np.asarray(self.masks[begin : int(self.mask_ends[row])])


@dataclass(frozen=True)
class AnalysisKey:
    """What an analysis depends on; one with another key is of no use.

    Attributes:
        engines: names of finder, parser and encoder.
        smooth: whether landmarks and boxes were smoothed over time.
        size, sha256: of the video's file.
    """

    engines: tuple[str, str, str]
    smooth: bool
    size: int
    sha256: str


@dataclass(frozen=True, eq=False)
class DriverAnalysis:
    """The driver analysis that preview, single frames and the export all read.

    Attributes:
        video: path as given.
        width, height: of the upright frames.
        pts: (F,) int64, time stamp of each frame, ascending; times: (F,) float64, seconds.
        damage: what could not be read of the video, in a sentence; empty if nothing.
        skipped: frames that stay the driver's, by hand.
        repairs: a digest of everything that was repaired by hand; empty if nothing.
    """

    key: AnalysisKey
    video: Path
    width: int
    height: int
    pts: NDArray[np.int64]
    times: NDArray[np.float64]
    faces: FaceTable
    tracks: tuple[Track, ...]
    problems: tuple[Problem, ...]
    damage: str = ""
    skipped: frozenset[int] = frozenset()
    repairs: str = ""

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.pts)

    @property
    def faces_found(self) -> int:
        """Number of faces in all frames together."""
        return len(self.faces)

    @property
    def frames_with_face(self) -> int:
        """Number of frames that show at least one face."""
        return len(np.unique(self.faces.frame))

    def faces_at(self, pts: int) -> list[AnalysedFace]:
        """The faces of the frame with time stamp `pts`, largest first; empty for a frame that is not known."""
        index = int(np.searchsorted(self.pts, pts))
        if index == self.frames or self.pts[index] != pts:
            return []
        return [self.faces.face(row) for row in self._rows(index)]

    def _rows(self, index: int) -> Iterator[int]:
        first, end = np.searchsorted(self.faces.frame, [index, index + 1])
        return iter(range(int(first), int(end)))


def packed_png(masks: FaceMasks) -> Image:
    """The masks as the bytes of a PNG file, (B,) uint8: 1 to 3 kB instead of 768."""
    done, data = cv2.imencode(".png", masks.packed(), [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise ValueError("the masks can't be packed")
    return np.asarray(data, dtype=np.uint8).reshape(-1)
