"""The driver analysis: find, follow, smooth and segment the faces of a video, once for all that use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.conversion.driver import AnalysisKey, DriverAnalysis, FaceTable, Track, packed_png
from studio.conversion.problems import problems_of
from studio.conversion.smoothing import smoothed
from studio.conversion.store import key_of, load_analysis, save_analysis
from studio.conversion.tracks import Follower, by_features
from studio.core.reporter import Reporter, Silent
from studio.faces.align import align_face, transform_points
from studio.faces.pose import head_pose
from studio.faces.protocols import Detection, FaceFinder, IdentityEncoder, Parser
from studio.faces.quality import occlusion
from studio.video.probe import probe
from studio.video.read import Frame, read_frames

_BATCH = 8

# Faces whose identity features stand for their track: enough for a median, at 80 ms each with the embedded encoder.
_DESCRIBED = 7


@dataclass(frozen=True)
class _Tools:
    """The engines an analysis works with."""

    finder: FaceFinder
    parser: Parser
    encoder: IdentityEncoder


@dataclass
class _Sightings:
    """What looking at every frame has found: one entry a frame, one entry a face."""

    pts: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    frame: list[int] = field(default_factory=list)
    track: list[int] = field(default_factory=list)
    faces: list[Detection] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


def analyse(
    video: Path,
    folder: Path,
    finder: FaceFinder,
    parser: Parser,
    encoder: IdentityEncoder,
    *,
    smooth: bool = True,
    reporter: Reporter | None = None,
) -> DriverAnalysis:
    """The driver analysis of `video`: the one kept below `folder` if nothing it depends on has changed, else a new one.

    Two passes over the frames, one batch of them in memory at a time. With `smooth`, landmarks and boxes are smoothed
    over time in each track; without, every frame stands for itself, as in the paper. A video without any face is
    analysed like any other.

    Raises:
        MediaError: the video can't be read.
        Stopped: the user asked for it; nothing is kept.
    """
    reporter = reporter or Silent()
    info = probe(video)
    key = key_of(video, finder, parser, encoder, smooth=smooth)
    kept = load_analysis(folder, key)
    if kept is not None:
        # Kept by content: the video may have been moved since.
        return replace(kept, video=video)
    tools = _Tools(finder, parser, encoder)
    seen = _look(video, tools, info.frames, reporter)
    faces = _table(seen, smooth=smooth)
    analysis = _segment(video, tools, seen, faces, key, (info.width, info.height), reporter)
    save_analysis(folder, analysis)
    return analysis


def _look(video: Path, tools: _Tools, total: int | None, reporter: Reporter) -> _Sightings:
    """First pass: find the faces of every frame and follow them."""
    seen = _Sightings()
    follower = Follower(by_features(tools.encoder))
    frames = read_frames(video, on_damage=seen.damage.append)
    for batch in _batches(frames):
        reporter.check()
        for frame, faces in zip(batch, tools.finder.find([frame.image for frame in batch]), strict=True):
            seen.pts.append(frame.pts)
            seen.times.append(frame.time)
            seen.frame += [frame.index] * len(faces)
            seen.track += follower.follow(frame.image, frame.time, faces)
            seen.faces += faces
        reporter.progress("find", len(seen.pts), total)
    return seen


def _table(seen: _Sightings, *, smooth: bool) -> FaceTable:
    """The faces as arrays, still without masks; landmarks and boxes smoothed track by track."""
    count = len(seen.faces)
    found = np.array([face.landmarks for face in seen.faces], np.float32).reshape(count, 68, 2)
    boxes = np.array([face.box for face in seen.faces], np.float32).reshape(count, 4)
    frame, track = np.array(seen.frame, np.int32), np.array(seen.track, np.int32)
    landmarks = found.copy()
    if smooth:
        times = np.array(seen.times, np.float64)
        for number in np.unique(track):
            rows = np.flatnonzero(track == number)
            breaks = np.diff(frame[rows], prepend=frame[rows[0]] - 1) != 1
            landmarks[rows] = smoothed(times[frame[rows]], found[rows], breaks)
            boxes[rows] = smoothed(times[frame[rows]], boxes[rows], breaks)
    return FaceTable(
        frame=frame, track=track, box=boxes, landmarks=landmarks, found=found,
        confidence=np.array([face.confidence for face in seen.faces], np.float32),
        pose=np.array([head_pose(points) for points in landmarks], np.float32).reshape(count, 3),
        occlusion=np.zeros(count, np.float32),
        masks=np.zeros(0, np.uint8), mask_ends=np.zeros(count, np.int64),
    )  # fmt: skip


def _segment(
    video: Path,
    tools: _Tools,
    seen: _Sightings,
    faces: FaceTable,
    key: AnalysisKey,
    size: tuple[int, int],
    reporter: Reporter,
) -> DriverAnalysis:
    """Second pass: the masks of every aligned face, and the features of a few of each track."""
    describe = _chosen(faces)
    masks: list[NDArray[np.uint8]] = []
    features: dict[int, list[NDArray[np.float32]]] = {}
    for frame in read_frames(video):
        reporter.check()
        while len(masks) < len(faces) and faces.frame[len(masks)] == frame.index:
            row = len(masks)
            crop, matrix = align_face(frame.image, faces.landmarks[row])
            points = transform_points(matrix, faces.landmarks[row])
            found = tools.parser.parse(crop, points)
            masks.append(packed_png(found))
            faces.occlusion[row] = occlusion(points, found)
            if row in describe:
                feature = tools.encoder.encode([crop], [points])[0]
                features.setdefault(int(faces.track[row]), []).append(feature)
        reporter.progress("segment", frame.index + 1, len(seen.pts))
    return _finished(video, seen, faces, masks, features, key, size)


def _finished(
    video: Path,
    seen: _Sightings,
    faces: FaceTable,
    masks: list[NDArray[np.uint8]],
    features: dict[int, list[NDArray[np.float32]]],
    key: AnalysisKey,
    size: tuple[int, int],
) -> DriverAnalysis:
    whole = FaceTable(
        frame=faces.frame, track=faces.track, box=faces.box, landmarks=faces.landmarks, found=faces.found,
        confidence=faces.confidence, pose=faces.pose, occlusion=faces.occlusion,
        masks=np.concatenate(masks) if masks else np.zeros(0, np.uint8),
        mask_ends=np.cumsum([len(data) for data in masks], dtype=np.int64),
    )  # fmt: skip
    return DriverAnalysis(
        key=key, video=video, width=size[0], height=size[1],
        pts=np.array(seen.pts, np.int64), times=np.array(seen.times, np.float64), faces=whole,
        tracks=tuple(_track(whole, number, features[number]) for number in sorted(features)),
        problems=problems_of(len(seen.pts), whole), damage=" ".join(seen.damage),
    )  # fmt: skip


def _track(faces: FaceTable, number: int, features: list[NDArray[np.float32]]) -> Track:
    frames = faces.frame[faces.track == number]
    median = np.median(np.stack(features), axis=0).astype(np.float32)
    return Track(number, int(frames.min()), int(frames.max()), len(frames), median)


def _chosen(faces: FaceTable) -> set[int]:
    """Rows of the faces to describe: spread evenly over each track."""
    chosen: set[int] = set()
    for number in np.unique(faces.track):
        rows = np.flatnonzero(faces.track == number)
        places = np.linspace(0, len(rows) - 1, min(_DESCRIBED, len(rows)) + 2)[1:-1] if len(rows) > 2 else [0]
        chosen.update(int(rows[round(place)]) for place in places)
    return chosen


def _batches(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    while batch := list(islice(frames, _BATCH)):
        yield batch
