"""Scores of a video: face by face, gathered over clips of 25 frames and over the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from studio.core.errors import DetectorError
from studio.core.records import Image
from studio.core.reporter import Reporter, Silent
from studio.detection.folders import DetectorCard, StoredDetector, load_detector
from studio.detection.frequency import FrequencyScorer
from studio.faces.align import align_face
from studio.faces.protocols import FaceFinder
from studio.video.probe import probe
from studio.video.read import Frame, read_frames

CLIP_FRAMES = 25
_STRIDE = 24
_BATCH = 8


class FaceScorer(Protocol):
    """Tells how probably an aligned face is a fake."""

    def score(self, face: Image) -> float:
        """0..1 for a face (512, 512, 3) RGB uint8."""
        ...


@dataclass(frozen=True)
class ClipScore:
    """The score of the time from `start` to `end` in seconds; None where no frame of it has a face."""

    start: float
    end: float
    score: float | None


@dataclass(frozen=True)
class VideoScore:
    """What a detector says of a video.

    Attributes:
        file: as the user gave it.
        score: how probably it is a fake, 0..1, the mean over its clips; None where no face was found.
        label: "fake" where the score is at least the threshold; None without a score.
        detector, validated, trained_on: what gave the score, and what that is worth.
        frames, frames_with_face: how many were read, and in how many a face was found.
        reason: why there is no score.
    """

    file: str
    score: float | None
    label: Literal["fake", "real"] | None
    threshold: float
    detector: str
    validated: bool
    trained_on: str
    frames: int
    frames_with_face: int
    clips: list[ClipScore]
    reason: str | None = None


@dataclass(frozen=True)
class Detector:
    """A detector ready to score.

    Attributes:
        card: what it is.
        scorer: what scores a face.
    """

    card: DetectorCard
    scorer: FaceScorer


def open_detector(folder: Path) -> Detector:
    """The detector in `folder`.

    Raises:
        DetectorError: the folder is none, is damaged, or is of a kind this version can't run.
    """
    stored: StoredDetector = load_detector(folder)
    if stored.card.kind == "frequency":
        return Detector(stored.card, FrequencyScorer(stored.parameters))
    raise DetectorError(f"There is no way to run a detector of the kind {stored.card.kind!r}.", code="detector.kind")


def clip_starts(frames: int) -> list[int]:
    """Where the clips of a video of `frames` frames begin: every 24 frames, the last moved back to end with it."""
    if frames <= CLIP_FRAMES:
        return [0]
    return sorted({*range(0, frames - _STRIDE, _STRIDE), frames - CLIP_FRAMES})


def score_video(video: Path, detector: Detector, finder: FaceFinder, reporter: Reporter | None = None) -> VideoScore:
    """Score a video by the largest face of each frame.

    Raises:
        MediaError: the video can't be read.
        Stopped: the user asked to stop.
    """
    reporter = reporter or Silent()
    info = probe(video)
    times: list[float] = []
    scores: list[float | None] = []
    frames = read_frames(video, on_damage=reporter.note)
    for batch in _batches(frames, _BATCH):
        reporter.check()
        for frame, found in zip(batch, finder.find([frame.image for frame in batch]), strict=True):
            times.append(frame.time)
            if found:
                face, _ = align_face(frame.image, found[0].landmarks)
                scores.append(detector.scorer.score(face))
            else:
                scores.append(None)
        reporter.progress("score", len(scores), info.frames)
    times.append(times[-1] + float(1 / info.rate))
    return summarise(str(video), scores, times, detector.card)


def summarise(file: str, scores: Sequence[float | None], times: Sequence[float], card: DetectorCard) -> VideoScore:
    """Gather the scores of a video's frames (None where no face was found) over its clips and the whole.

    Args:
        times: when each frame begins, in seconds, and when the last one ends: one more than there are scores.
    """
    clips = []
    for start in clip_starts(len(scores)):
        end = min(start + CLIP_FRAMES, len(scores))
        clips.append(ClipScore(round(times[start], 4), round(times[end], 4), _mean(scores[start:end])))
    score = _mean([clip.score for clip in clips])
    return VideoScore(
        file=file,
        score=score,
        label=None if score is None else "fake" if score >= card.threshold else "real",
        threshold=card.threshold,
        detector=card.name,
        validated=card.validated,
        trained_on=card.trained_on,
        frames=len(scores),
        frames_with_face=sum(score is not None for score in scores),
        clips=clips,
        reason="no face was found in any frame" if score is None else None,
    )


def _mean(scores: Sequence[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return float(np.mean(known)) if known else None


def _batches(frames: Iterator[Frame], size: int) -> Iterator[list[Frame]]:
    while batch := list(islice(frames, size)):
        yield batch
