"""Random changes to faces, beside a plain version that takes them one by one at 512 px."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.bench.faces import CLIPS, stored_faces
from studio.bench.table import Row
from studio.core.framing import FACE_SIZE, central_square
from studio.core.records import Image, TrainingFace
from studio.core.vision import cv2
from studio.nets.presets import PRESETS
from studio.training.augment import CLAHE_LIMIT, WARP_MARGIN, Augmentation, Change, drawn
from studio.training.augment_cpu import Sample
from studio.training.data import FaceCache, Plan, load_face, make_batch

FACES = 24
_BATCH = 8
_TIMES = 15


def augment() -> Sequence[Row]:
    """Batches of the real loader on one core, beside the same changes made plainly; half of them warped.

    The network of the preset `paper` sees faces of 512 px in either case; smaller networks get smaller ones.
    """
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        faces = stored_faces(Path(folder) / "faces", CLIPS[0], FACES)
        return [_measured(name, faces) for name in ("paper", "light", "demo")]


def _measured(preset: str, faces: Sequence[TrainingFace]) -> Row:
    size = PRESETS[preset].size
    plan = Plan(seed=0, batch_size=_BATCH, size=size, bounds=Augmentation(), warp_until=_TIMES)
    whole = {face.id: load_face(face, FACE_SIZE) for face in faces}
    cache = FaceCache(size, 1 << 30)
    for face in faces:
        cache.get(face)
    ours, theirs = [], []
    for step in range(2 * _TIMES):
        began = time.perf_counter()
        batch = make_batch(plan, step, 0, faces, cache)
        ours.append((time.perf_counter() - began) / _BATCH)
        shown = [whole[number] for number in batch.faces]
        began = time.perf_counter()
        _plain_batch(plan, step, shown)
        theirs.append((time.perf_counter() - began) / _BATCH)
    sys.stderr.write(f"augment: {preset}\n")
    return _row(preset, size, _middle(ours), _middle(theirs))


def plain(face: Image, masks: Image, size: int, change: Change) -> Sample:
    """A change made as it is written down: each step on the whole picture (512, 512, 3) RGB, one after the other."""
    side = face.shape[0]
    if change.tiles is not None:
        lab = cv2.cvtColor(face, cv2.COLOR_RGB2LAB)
        equaliser = cv2.createCLAHE(clipLimit=CLAHE_LIMIT, tileGridSize=(change.tiles, change.tiles))
        lab[..., 0] = equaliser.apply(lab[..., 0])
        face = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    levels, shares = np.arange(256, dtype=np.float64)[:, None], change.shares
    table = np.where(shares > 0, levels + shares * (255 - levels), levels * (1 + shares))
    lab = cv2.LUT(cv2.cvtColor(face, cv2.COLOR_RGB2LAB), np.rint(table).astype(np.uint8)[None])
    face = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    face, masks = (
        cv2.warpAffine(part, change.matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for part in (face, masks)
    )
    square = central_square(side)
    target, masks = (
        cv2.resize(part[square, square], (size, size), interpolation=cv2.INTER_AREA) for part in (face, masks)
    )
    shown = target if change.bend is None else _warped(face, size, change.bend)
    if change.mirrored:
        shown, target, masks = (np.ascontiguousarray(part[:, ::-1]) for part in (shown, target, masks))
    return Sample(shown, target, masks)


def _warped(face: Image, size: int, bend: NDArray[np.float64]) -> Image:
    square = central_square(face.shape[0])
    line = np.linspace(square.start, square.stop, bend.shape[0]) - 0.5
    grid = (np.stack(np.meshgrid(line, line), axis=-1) + bend).astype(np.float32)
    large = round(WARP_MARGIN * size)
    margin = (large - size) // 2
    dense = cv2.resize(grid, (large, large), interpolation=cv2.INTER_LINEAR)
    inner = np.ascontiguousarray(dense[margin : margin + size, margin : margin + size])
    out = cv2.remap(face, inner, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.uint8)


def _plain_batch(plan: Plan, step: int, faces: Sequence[tuple[Image, Image]]) -> None:
    samples = []
    for index, (face, masks) in enumerate(faces):
        random = np.random.default_rng((plan.seed, step, 0, index))
        random.integers(FACES)
        change = drawn(FACE_SIZE, plan.bounds, step < plan.warp_until, random)
        samples.append(plain(face, masks, plan.size, change))
    for part in ("input", "target", "masks"):
        np.stack([getattr(sample, part) for sample in samples])


def _row(preset: str, size: int, ours: float, theirs: float) -> Row:
    return Row.compared(
        "augment" if preset == "paper" else f"augment.{preset}",
        ours,
        theirs,
        unit="s a face",
        limit="≥ 2",
        notes=f"for {size} px: {1 / ours:,.0f} faces a second and core, against {1 / theirs:,.0f} of one picture after"
        " the other at 512 px by OpenCV, the same random changes; half of them warped; medians",
    )


def _middle(seconds: Sequence[float]) -> float:
    """The mean of the medians of both halves: warped and not."""
    return float(np.mean([np.median(seconds[:_TIMES]), np.median(seconds[_TIMES:])]))
