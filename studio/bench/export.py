"""An export, beside a plain loop, beside its slowest stage alone, and its memory where a video is ten times as long."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from studio.bench.faces import embedded_engines
from studio.bench.memory import peak
from studio.bench.table import Row
from studio.conversion.analysis import analyse
from studio.conversion.convert import convert_video
from studio.conversion.driver import DriverAnalysis, FaceTable
from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.conversion.generator import Generator
from studio.conversion.parts import parts_of
from studio.core.files import remove
from studio.core.resources import assets
from studio.core.vision import cv2
from studio.faces.align import align_face, seen_in_frame, transform_box
from studio.faces.protocols import Engines
from studio.nets.autoencoder import SwapAutoencoder
from studio.nets.presets import PRESETS
from studio.swap.compose import place_generated
from studio.swap.masks import blend_mask
from studio.training.checkpoints import CheckpointRecord, save
from studio.video.probe import probe
from studio.video.read import Frame, read_frames
from studio.video.write import VideoWriter

CLIP = "tomas.mp4"
FRAMES = 150
LENGTHS = (300, 3000)
_TIMES = 3
_SETTINGS = ConvertSettings(label=False)


@dataclass(frozen=True, eq=False)
class _Job:
    """A driver's video, analysed, and an untrained network of the size of `demo` to swap it with."""

    video: Path
    analysis: DriverAnalysis
    generator: Generator
    engines: Engines

    @classmethod
    def of(cls, folder: Path) -> _Job:
        """Everything an export needs, in `folder`."""
        spec = PRESETS["demo"]
        torch.manual_seed(0)
        record = CheckpointRecord(step=0, loss=None, network=spec, settings={}, files={})
        network = save(folder / "checkpoints", record, SwapAutoencoder(spec).state_dict(), {}, keep=1)
        engines, video = embedded_engines(), assets() / "sample" / CLIP
        analysis = analyse(video, folder / "analyses", engines.finder, engines.parser, engines.encoder)
        return cls(video, analysis, Generator(network, "cpu"), engines)

    def converter(self) -> FrameConverter:
        """A converter of its frames."""
        return FrameConverter(
            self.analysis, self.generator, "b", frozenset({0}), self.engines.finder, self.engines.parser, _SETTINGS
        )

    def export(self, out: Path) -> None:
        """The export as the job makes it, but for the signature."""
        convert_video(self.video, self.analysis, self.converter(), _SETTINGS, out)
        remove(parts_of(out))


def export() -> Sequence[Row]:
    """The sample clip, analysed: seconds a frame of an export, beside a plain loop over OpenCV's clone and writer."""
    with tempfile.TemporaryDirectory() as name:
        job = _Job.of(Path(name))
        ours, theirs = [], []
        for turn in range(_TIMES):
            ours.append(_timed(lambda: job.export(Path(name) / "ours.mp4")) / FRAMES)
            theirs.append(_timed(lambda: _plain(job, Path(name) / "plain.mp4")) / FRAMES)
            sys.stderr.write(f"export: {turn + 1} of {_TIMES}\n")
    each, plain = float(np.median(ours)), float(np.median(theirs))
    notes = (
        f"{FRAMES} frames of 480 px, {os.cpu_count()} cores: {1 / each:.1f} frames a second with H.264, against"
        f" {1 / plain:.1f} of a loop that decodes, generates, finds the generated mask, clones by cv2.seamlessClone and"
        f" writes by cv2.VideoWriter, one frame after the other; both from the same analysis; medians of {_TIMES}"
    )
    return [Row.compared("export", each, plain, unit="s a frame", limit="≥ 1.4", notes=notes)]


def limit() -> Sequence[Row]:
    """The same export, beside its slowest stage alone: swapping the faces of frames in memory, on as many threads."""
    with tempfile.TemporaryDirectory() as name:
        job = _Job.of(Path(name))
        frames = list(read_frames(job.video))
        ours, theirs = [], []
        for turn in range(_TIMES):
            ours.append(_timed(lambda: job.export(Path(name) / "ours.mp4")))
            theirs.append(_timed(lambda: _swapped(job, frames)))
            sys.stderr.write(f"export.limit: {turn + 1} of {_TIMES}\n")
    notes = (
        f"the time that swapping the faces of {FRAMES} frames in memory takes alone on the same threads, as a share of"
        f" the whole export's; medians of {_TIMES}"
    )
    share = float(np.median(theirs) / np.median(ours))
    return [Row.absolute("export.limit", share, "", limit="≥ 0.85", notes=notes)]


def memory() -> Sequence[Row]:
    """The peak of the memory of an export of 3,000 frames, beside that of 300, each in a process of its own."""
    peaks = []
    for frames in LENGTHS:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            peaks.append(pool.apply(_peak_of, (frames,)))
        sys.stderr.write(f"export.memory: {frames} frames, {peaks[-1]:.0f} MB\n")
    short, long = peaks
    notes = f"peak resident memory of {LENGTHS[1]} frames over that of {LENGTHS[0]}: {long:.0f} and {short:.0f} MB"
    return [Row.absolute("export.memory", long / short, "", limit="≤ 1.1", notes=notes)]


def _peak_of(frames: int) -> float:
    """MB at most while a video of so many frames is exported."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = _Job.of(folder)
        video = _looped(job.video, folder / "long.mp4", frames)
        long = replace(job, video=video, analysis=_repeated(job.analysis, video, frames))
        long.export(folder / "out.mp4")
        return peak()


def _looped(clip: Path, out: Path, frames: int) -> Path:
    info = probe(clip)
    step = round(1 / (info.rate * info.time_base))
    with VideoWriter(out, info.width, info.height, rate=info.rate, time_base=info.time_base, like=info) as writer:
        count = 0
        while count < frames:
            for frame in read_frames(clip, 0, frames - count):
                writer.write(frame.image, count * step)
                count += 1
    return out


def _repeated(analysis: DriverAnalysis, video: Path, frames: int) -> DriverAnalysis:
    """The analysis of a clip as that of the clip over and over."""
    times = -(-frames // analysis.frames)
    info = probe(video)
    pts = np.arange(frames, dtype=np.int64) * round(1 / (info.rate * info.time_base))
    faces = analysis.faces
    frame = np.concatenate([faces.frame + turn * analysis.frames for turn in range(times)])
    kept = frame < frames
    lengths = np.diff(faces.mask_ends, prepend=0)

    def again(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values] * times)[kept]

    table = FaceTable(
        frame=frame[kept].astype(np.int32), track=again(faces.track), box=again(faces.box),
        landmarks=again(faces.landmarks), found=again(faces.found), confidence=again(faces.confidence),
        pose=again(faces.pose), occlusion=again(faces.occlusion),
        masks=np.concatenate([faces.masks] * times), mask_ends=np.cumsum(again(lengths)),
    )  # fmt: skip
    seconds = pts.astype(np.float64) * float(info.time_base)
    return replace(analysis, video=video, pts=pts, times=seconds, faces=table, problems=())


def _plain(job: _Job, out: Path) -> None:
    """One frame after the other, as a first script would do it."""
    info = probe(job.video)
    writer = cv2.VideoWriter(str(out), cv2.VideoWriter.fourcc(*"mp4v"), float(info.rate), (info.width, info.height))
    capture = cv2.VideoCapture(str(job.video))
    for pts in job.analysis.pts.tolist():
        _, picture = capture.read()
        image = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        (face,) = job.analysis.faces_at(pts)
        crop, matrix = align_face(image, face.landmarks)
        placed = place_generated(job.generator.generate([crop], "b")[0])
        shown = np.where(face.masks.face[..., None], placed, crop)
        points = job.engines.finder.landmarks_in(shown, transform_box(matrix, face.box))
        generated = job.engines.parser.parse(shown, points).face
        driver = face.masks.face & seen_in_frame(matrix, info.width, info.height)
        mask = blend_mask(driver, generated, _SETTINGS.squeeze).astype(np.uint8) * 255
        back = cv2.invertAffineTransform(matrix)
        size = (info.width, info.height)
        in_frame, where = (cv2.warpAffine(part, back, size, flags=cv2.INTER_LINEAR) for part in (placed, mask))
        x, y, width, height = cv2.boundingRect(where)
        if width and height:
            centre = (x + width // 2, y + height // 2)
            image = cv2.seamlessClone(in_frame, image, where, centre, cv2.NORMAL_CLONE)
        writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    writer.release()
    capture.release()


def _swapped(job: _Job, frames: Sequence[Frame]) -> None:
    converter = job.converter()
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        for _ in pool.map(converter.convert, frames):
            pass


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
