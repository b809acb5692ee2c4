"""By what an export is known again when its credentials are gone: how its frames, and the faces put in, look.

A copy that was re-encoded or made smaller keeps the look of its frames, and so does the driver's own video. Hence each
fingerprint holds the look of the swapped face beside that of the driver's at the same place: only a picture whose face
is clearly nearer to the swap is the export's. As often only a part of an export shows a swap, a file is judged by its
best stretch, and not by all its frames.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Image
from studio.faces.phash import perceptual_hash
from studio.video.media import IMAGE_SUFFIXES, read_image
from studio.video.probe import probe
from studio.video.read import read_frames

# Of 256 bits. Re-encoded and halved frames of the sample differ by some 10, frames half a second away by 60 and more.
_SAME_FRAME = 40
# By so many bits a face must be nearer to the swap than to the driver's, or the other way round, to tell anything.
# Measured: copies differ by 24 and more at half the size, the driver's own frames never by more than 12.
_TELLING = 16
# And no farther from the swap than this: another swap of the same driver may be nearer to this one than to the driver.
# Measured: of copies re-encoded, or at half the size, 36 of 36 frames are known with it, of another swap at most 3.
_SAME_FACE = 40
_LOOKS = 3
_PER_SECOND = 5
_AT_LEAST = 6
# One frame alone may be like another by chance.
_LEAST_LEAD = 3
# What a frame of the export's counts against it whose face tells neither: another swap of the same driver has many of
# these between few that are nearer by chance, a copy has few, or none.
_DOUBT = 0.25

Words = NDArray[np.uint64]


class Fingerprint(NamedTuple):
    """One swapped face of one frame.

    Attributes:
        looks: (3, 4) uint64: the perceptual hashes of the whole frame, of the face in it, and of the driver's face.
        box: (4,) float32, x0 y0 x1 y1 of the face as shares of the frame's width and height.
    """

    looks: Words
    box: NDArray[np.float32]

    def text(self) -> str:
        """As hex digits."""
        return (self.looks.astype("<u8").tobytes() + self.box.astype("<f4").tobytes()).hex()

    @classmethod
    def read(cls, text: str) -> Fingerprint:
        """What `text` gave.

        Raises:
            ValueError: it is none.
        """
        data = bytes.fromhex(text)
        looks = np.frombuffer(data[: _LOOKS * 32], "<u8").astype(np.uint64).reshape(_LOOKS, 4)
        return cls(looks, np.frombuffer(data[_LOOKS * 32 :], "<f4").astype(np.float32).reshape(4))


@dataclass(frozen=True, eq=False)
class Fingerprints:
    """The fingerprints of one export: `looks` (N, 3, 4) uint64, `boxes` (N, 4) float32."""

    looks: Words
    boxes: NDArray[np.float32]

    @classmethod
    def of(cls, found: Sequence[Fingerprint]) -> Fingerprints:
        """One record of many."""
        looks = np.array([one.looks for one in found], np.uint64).reshape(-1, _LOOKS, 4)
        return cls(looks, np.array([one.box for one in found], np.float32).reshape(-1, 4))

    def packed(self) -> bytes:
        """As bytes, for the store."""
        file = io.BytesIO()
        np.savez(file, looks=self.looks, boxes=self.boxes)
        return file.getvalue()

    @classmethod
    def unpacked(cls, data: bytes) -> Fingerprints:
        """What `packed` gave."""
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return cls(archive["looks"], archive["boxes"])


@dataclass(frozen=True)
class Likeness:
    """How much of a file is an export's.

    Attributes:
        frames: frames of the file that were looked at; `known` of them show the export's faces.
        lead: by how many the known frames outnumber those that show the driver's own face, and a quarter of those that
            show neither clearly, in the stretch of the file where they do so most.
        bits: median bits of 256 in which the known frames differ.
    """

    frames: int
    known: int
    lead: float
    bits: float


def fingerprint(image: Image, driver: Image, box: NDArray[np.floating]) -> Fingerprint:
    """The fingerprint of a face that was put into a frame.

    Args:
        image: (H, W, 3) uint8, the frame as it is exported; driver: the same before.
        box: (4,) x0 y0 x1 y1 in pixels.
    """
    height, width = image.shape[:2]
    shares = np.clip(np.asarray(box, np.float64) / (width, height, width, height), 0, 1).astype(np.float32)
    looks = [perceptual_hash(image), perceptual_hash(_cut(image, shares)), perceptual_hash(_cut(driver, shares))]
    return Fingerprint(np.stack(looks), shares)


def stride_of(rate: float, frames: int | None = None) -> int:
    """Every how many frames a fingerprint is taken at `rate` frames a second; closer together if there are few."""
    usual = max(round(rate / _PER_SECOND), 1)
    return usual if frames is None else max(min(usual, frames // _AT_LEAST), 1)


def frames_to_compare(path: Path) -> Iterable[Image]:
    """The frames of a video, or the one image, that `compare` looks at.

    Raises:
        MediaError: the file can't be read.
    """
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return [read_image(path)]
    info = probe(path)
    return (frame.image for frame in read_frames(path, every=stride_of(float(info.rate), info.frames)))


def compare(frames: Iterable[Image], exports: Sequence[Fingerprints]) -> list[Likeness]:
    """How much of these frames each export accounts for."""
    counts = [_Count(export) for export in exports]
    looked = 0
    for image in frames:
        looked += 1
        whole = perceptual_hash(image)
        for count in counts:
            count.look(image, whole)
    return [count.likeness(looked) for count in counts]


def is_copy(likeness: Likeness) -> bool:
    """Whether a file shows so much of an export's faces that it is a copy of it, or of a part of it."""
    return likeness.lead >= min(_LEAST_LEAD, likeness.frames) > 0


class _Count:
    """Counts the frames of a file that are an export's."""

    def __init__(self, export: Fingerprints) -> None:
        self._export = export
        self._bits: list[int] = []
        self._ahead = self._lead = 0.0

    def look(self, image: Image, whole: Words) -> None:
        """Count the next frame, whose own hash is `whole`."""
        away = _bits(self._export.looks[:, 0], whole)
        if not len(away) or away.min() > _SAME_FRAME:
            return
        near = int(away.argmin())
        face = perceptual_hash(_cut(image, self._export.boxes[near]))
        to_swap, to_driver = (int(_bits(self._export.looks[near, place], face)) for place in (1, 2))
        if to_swap <= _SAME_FACE and to_driver - to_swap >= _TELLING:
            self._bits.append(int(away[near]))
            self._ahead += 1
            self._lead = max(self._lead, self._ahead)
        else:
            against = 1 if to_swap - to_driver >= _TELLING else _DOUBT
            self._ahead = max(self._ahead - against, 0)

    def likeness(self, looked: int) -> Likeness:
        """What came of `looked` frames."""
        return Likeness(looked, len(self._bits), self._lead, float(np.median(self._bits)) if self._bits else 0.0)


def _bits(one: Words, other: Words) -> NDArray[np.int64]:
    return np.asarray(np.bitwise_count(one ^ other).sum(axis=-1, dtype=np.int64))


def _cut(image: Image, shares: NDArray[np.float32]) -> Image:
    height, width = image.shape[:2]
    left, top = int(shares[0] * width), int(shares[1] * height)
    right, bottom = max(round(shares[2] * width), left + 1), max(round(shares[3] * height), top + 1)
    return np.ascontiguousarray(image[top:bottom, left:right])
