"""Batches that depend on seed and step alone.

Every sample draws from a generator seeded by (seed, step, identity, index). So a resumed run sees the very batches it
would have seen, with no state to save, and the number of threads changes nothing.
"""

from __future__ import annotations

import os
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.core.errors import FacesetError
from studio.core.framing import FACE_SIZE
from studio.core.records import FaceMasks, Image, TrainingFace
from studio.core.vision import cv2
from studio.nets.framing import to_tensor
from studio.training.augment import Augmentation, augmented, working_size

FacePair = tuple[Sequence[TrainingFace], Sequence[TrainingFace]]

_AHEAD = 4
_MEGABYTE = 1 << 20
# The signature, and the chunk that begins every PNG, up to its width and height; and the chunk that ends it.
_PNG_HEAD = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s2I", 13, b"IHDR", FACE_SIZE, FACE_SIZE)
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


@dataclass(frozen=True, eq=False)
class Batch:
    """N samples of one identity as uint8 arrays (N, S, S, 3): inputs, targets, and masks of face, eyes and mouth.

    `faces` are the ids of the faces they show; `share` is the part of a step's samples that these are.
    """

    inputs: NDArray[np.uint8]
    targets: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    faces: tuple[int, ...]
    share: float = 1.0

    def parts(self, count: int) -> list[Batch]:
        """The samples in their order in up to `count` batches, none larger than another by more than one."""
        bounds = [len(self.faces) * n // count for n in range(count + 1)]
        return [self._between(*ends) for ends in pairwise(bounds) if ends[0] < ends[1]]

    def _between(self, first: int, end: int) -> Batch:
        arrays = (self.inputs[first:end], self.targets[first:end], self.masks[first:end])
        return Batch(*arrays, self.faces[first:end], self.share * (end - first) / len(self.faces))

    def tensors(self, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """The three as float tensors (N, 3, S, S) in [0, 1] on `device`."""
        return to_tensor(self.inputs, device), to_tensor(self.targets, device), to_tensor(self.masks, device)


@dataclass(frozen=True)
class Plan:
    """What decides a run's batches.

    Attributes:
        batch_size: samples of each identity in a step.
        part: the number of this process and how many processes share the samples.
        warp_until: the first step that is no longer warped.
    """

    seed: int
    batch_size: int
    size: int
    bounds: Augmentation
    warp_until: float
    part: tuple[int, int] = (0, 1)

    @property
    def samples(self) -> range:
        """The numbers of the samples that this process takes."""
        number, count = self.part
        return range(self.batch_size * number // count, self.batch_size * (number + 1) // count)


class FaceCache:
    """Decoded faces at the network's working size, up to a number of bytes; beyond it faces are decoded each time.

    Faces are drawn evenly, so what came first is worth as much as what came last, and nothing is ever thrown out.
    """

    def __init__(self, side: int, limit_bytes: int) -> None:
        self.side = side
        self._room = limit_bytes
        self._faces: dict[Path, tuple[Image, Image]] = {}
        self._lock = threading.Lock()

    def get(self, face: TrainingFace) -> tuple[Image, Image]:
        """Face (W, W, 3) uint8 RGB and its masks (W, W, 3) uint8, 0 to 255; not to be written to.

        Raises:
            FacesetError: a file is missing or is no picture of 512 px.
        """
        kept = self._faces.get(face.image)
        if kept is not None:
            return kept
        loaded = load_face(face, self.side)
        needed = loaded[0].nbytes + loaded[1].nbytes
        with self._lock:
            if face.image not in self._faces and needed <= self._room:
                self._faces[face.image] = loaded
                self._room -= needed
        return loaded


def load_face(face: TrainingFace, side: int) -> tuple[Image, Image]:
    """Read an aligned face and its masks and average them down to `side` px; see `FaceCache.get`."""
    image = _read(face.image, cv2.IMREAD_COLOR_RGB)
    parts = FaceMasks.unpacked(_read(face.masks, cv2.IMREAD_GRAYSCALE))
    masks = np.stack([parts.face, parts.eyes, parts.mouth], axis=-1).astype(np.uint8) * 255
    if image.shape[0] != side:
        image, masks = (cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA) for part in (image, masks))
    return np.ascontiguousarray(image, dtype=np.uint8), np.ascontiguousarray(masks, dtype=np.uint8)


def require_whole(face: TrainingFace) -> None:
    """Refuse a face whose files are not there from beginning to end; nothing is decoded, so many can be asked for.

    Raises:
        FacesetError: one is missing, cut off or no PNG of 512 px.
    """
    for path in (face.image, face.masks):
        try:
            with path.open("rb") as file:
                head = file.read(len(_PNG_HEAD))
                file.seek(-len(_PNG_END), os.SEEK_END)
                end = file.read()
        except OSError:
            head = end = b""
        if (head, end) != (_PNG_HEAD, _PNG_END):
            raise _unreadable(path)


def make_batch(plan: Plan, step: int, identity: int, faces: Sequence[TrainingFace], cache: FaceCache) -> Batch:
    """The batch of `identity` (0 for A, 1 for B) at `step`; equal arguments give equal batches."""
    drawn, samples = [], []
    for index in plan.samples:
        random = np.random.default_rng((plan.seed, step, identity, index))
        drawn.append(faces[int(random.integers(len(faces)))])
        face, masks = cache.get(drawn[-1])
        samples.append(augmented(face, masks, plan.size, plan.bounds, step < plan.warp_until, random))
    return Batch(
        inputs=np.stack([sample.input for sample in samples]),
        targets=np.stack([sample.target for sample in samples]),
        masks=np.stack([sample.masks for sample in samples]),
        faces=tuple(face.id for face in drawn),
        share=len(drawn) / plan.batch_size,
    )


@contextmanager
def batches(
    plan: Plan, facesets: Callable[[int], FacePair], steps: range, workers: int, cache_bytes: int
) -> Iterator[Iterator[tuple[int, Batch, Batch]]]:
    """Inside the context, iterate over (step, batch of A, batch of B), prepared a few steps ahead by threads.

    `facesets` gives the faces of A and B that a step draws from; it is asked as the step begins to be prepared. The
    threads have ended when the context has.
    """
    cache = FaceCache(working_size(plan.size), cache_bytes)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="faces")

    def ahead() -> Iterator[tuple[int, Batch, Batch]]:
        waiting: deque[tuple[int, Future[Batch], Future[Batch]]] = deque()
        for step in steps:
            sides = enumerate(facesets(step))
            a, b = (pool.submit(make_batch, plan, step, key, faces, cache) for key, faces in sides)
            waiting.append((step, a, b))
            if len(waiting) > _AHEAD:
                yield _finished(*waiting.popleft())
        while waiting:
            yield _finished(*waiting.popleft())

    try:
        yield ahead()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _finished(step: int, a: Future[Batch], b: Future[Batch]) -> tuple[int, Batch, Batch]:
    return step, a.result(), b.result()


def _read(path: Path, flags: int) -> Image:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise FacesetError(
            f"The face {path} can't be read: {error.strerror}.",
            hint="Extract the faceset again.",
            code="faceset.file",
        ) from error
    image = cv2.imdecode(data, flags) if data.size else None
    if image is None or image.shape[:2] != (512, 512):
        raise _unreadable(path)
    return np.asarray(image, dtype=np.uint8)


def _unreadable(path: Path) -> FacesetError:
    return FacesetError(
        f"{path} is no aligned face of 512 pixels.", hint="Extract the faceset again.", code="faceset.file"
    )
