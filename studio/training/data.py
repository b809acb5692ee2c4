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
from pathlib import Path

import numpy as np

from studio.core.errors import FacesetError
from studio.core.framing import FACE_SIZE
from studio.core.records import FaceMasks, Image, TrainingFace
from studio.core.vision import cv2
from studio.training.augment import Augmentation, StoredFace, drawn, stored_face, working_size
from studio.training.augment_cpu import changed
from studio.training.batch import Batch, RawBatch, ReadyBatch

FacePair = tuple[Sequence[TrainingFace], Sequence[TrainingFace]]

_AHEAD = 4
# The signature, and the chunk that begins every PNG, up to its width and height; and the chunk that ends it.
_PNG_HEAD = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s2I", 13, b"IHDR", FACE_SIZE, FACE_SIZE)
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


@dataclass(frozen=True)
class Plan:
    """What decides a run's batches.

    Attributes:
        batch_size: samples of each identity in a step.
        part: the number of this process and how many processes share the samples.
        warp_until: the first step that is no longer warped.
        on_device: whether the faces are changed in batches on the device that trains, not one by one by the threads.
    """

    seed: int
    batch_size: int
    size: int
    bounds: Augmentation
    warp_until: float
    part: tuple[int, int] = (0, 1)
    on_device: bool = False

    @property
    def samples(self) -> range:
        """The numbers of the samples that this process takes."""
        number, count = self.part
        return range(self.batch_size * number // count, self.batch_size * (number + 1) // count)


class FaceCache:
    """Decoded faces at the network's working size, up to a number of bytes; beyond it faces are decoded each time.

    Faces are drawn evenly, so what came first is worth as much as what came last, and nothing is ever thrown out.
    """

    def __init__(self, size: int, limit_bytes: int) -> None:
        """`size` is the network's."""
        self._size = size
        self._room = limit_bytes
        self._faces: dict[Path, StoredFace] = {}
        self._lock = threading.Lock()

    def get(self, face: TrainingFace) -> StoredFace:
        """A face as it is stored; not to be written to.

        Raises:
            FacesetError: a file is missing or is no picture of 512 px.
        """
        kept = self._faces.get(face.image)
        if kept is not None:
            return kept
        loaded = stored_face(*load_face(face, working_size(self._size)), self._size)
        with self._lock:
            if face.image not in self._faces and loaded.nbytes <= self._room:
                self._faces[face.image] = loaded
                self._room -= loaded.nbytes
        return loaded


def load_face(face: TrainingFace, side: int) -> tuple[Image, Image]:
    """Read an aligned face and its masks and average them down to `side` px.

    Returns:
        the face (side, side, 3) uint8 RGB, and masks of face, eyes and mouth (side, side, 3) uint8, 0 to 255.

    Raises:
        FacesetError: a file is missing or is no picture of 512 px.
    """
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
    shown, stored, changes = [], [], []
    for index in plan.samples:
        random = np.random.default_rng((plan.seed, step, identity, index))
        shown.append(faces[int(random.integers(len(faces)))])
        stored.append(cache.get(shown[-1]))
        changes.append(drawn(working_size(plan.size), plan.bounds, step < plan.warp_until, random))
    ids, share = tuple(face.id for face in shown), len(shown) / plan.batch_size
    if plan.on_device:
        return RawBatch(stored, changes, plan.size, ids, share)
    samples = [changed(face, plan.size, change) for face, change in zip(stored, changes, strict=True)]
    return ReadyBatch(
        inputs=np.stack([sample.input for sample in samples]),
        targets=np.stack([sample.target for sample in samples]),
        masks=np.stack([sample.masks for sample in samples]),
        faces=ids,
        share=share,
    )


@contextmanager
def batches(
    plan: Plan, facesets: Callable[[int], FacePair], steps: range, workers: int, cache_bytes: int
) -> Iterator[Iterator[tuple[int, Batch, Batch]]]:
    """Inside the context, iterate over (step, batch of A, batch of B), prepared a few steps ahead by threads.

    `facesets` gives the faces of A and B that a step draws from; it is asked as the step begins to be prepared. The
    threads have ended when the context has.
    """
    cache = FaceCache(plan.size, cache_bytes)
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
