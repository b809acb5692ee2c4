"""Extraction: the faces of videos and images, found, aligned, parsed, described and stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from pydantic import Field

from studio.core.config import Settings
from studio.core.errors import FacesetError, MediaError
from studio.core.files import sha256
from studio.core.project import Project
from studio.core.records import FaceMasks, Identity, Image, Points
from studio.core.reporter import Reporter, Silent
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan, StoredMedium
from studio.faces.align import align_face, transform_points
from studio.faces.phash import perceptual_hash
from studio.faces.pose import head_pose
from studio.faces.protocols import Detection, Engines
from studio.faces.quality import blur_score
from studio.faceset.folder import ExtractedFace, FacesetFolder
from studio.video.media import Medium, read_image
from studio.video.probe import probe
from studio.video.read import Frame, read_frames

_BATCH = 16


class ExtractSettings(Settings):
    """How faces are collected."""

    every: int = Field(1, ge=1, le=10_000, description="Look at every N-th frame only.")
    min_size: float = Field(48, ge=0, le=4096, description="Pass over faces smaller than this in the frame, in pixels.")


@dataclass
class ExtractSummary:
    """What an extraction did: frames looked at, faces seen in them, faces that were new, media that can't be read."""

    frames_read: int = 0
    faces_found: int = 0
    faces_written: int = 0
    media_skipped: int = 0


def extract(
    project: Project,
    identity: Identity,
    media: Sequence[Medium],
    engines: Engines,
    settings: ExtractSettings,
    reporter: Reporter | None = None,
) -> ExtractSummary:
    """Add the faces of `media` to the faceset; what an earlier extraction has looked at is passed over.

    Memory is bounded by a batch of frames. After a stop or a kill the next call goes on where this one was.

    Raises:
        FacesetError: the faceset was begun with other engines, or another extraction is adding to it.
        MediaError: a medium can't be read, or none of them shows a face.
    """
    reporter = reporter or Silent()
    extraction = _Extraction(project, identity, engines, settings, reporter)
    with FacesetFolder(project, identity).held():
        _bind_engines(project, identity, engines)
        show_faces = [extraction.run_one_of(media, number) for number in range(len(media))]
    if not any(show_faces):
        raise MediaError(
            f"No face was found in {', '.join(str(medium.path) for medium in media[:3])}.",
            hint="Use pictures in which the face is upright, unobstructed and at least 80 pixels high.",
            code="media.noface",
        )
    return extraction.summary


class _Extraction:
    """One call of `extract`: the engines, where faces go, and the counts."""

    def __init__(
        self, project: Project, identity: Identity, engines: Engines, settings: ExtractSettings, reporter: Reporter
    ) -> None:
        self._project = project
        self._identity = identity
        self._engines = engines
        self._settings = settings
        self._reporter = reporter
        self._folder = FacesetFolder(project, identity)
        self.summary = ExtractSummary()

    def run_one_of(self, media: Sequence[Medium], number: int) -> bool:
        """Extract what is new in one of several media; one that can't be read does not spoil the others."""
        try:
            shows_a_face = self.run(media[number])
        except MediaError as error:
            if len(media) == 1:
                raise
            self.summary.media_skipped += 1
            self._reporter.note(f"Passed over: {error.message}")
            shows_a_face = False
        if len(media) > 1:
            self._reporter.progress("media", number + 1, len(media))
        return shows_a_face

    def run(self, medium: Medium) -> bool:
        """Extract what is new in `medium`; says whether it shows a face at all."""
        total = probe(medium.path).frames if medium.kind == "video" else 1
        digest = sha256(medium.path)
        stored = self._project.store.media.add(
            self._identity, str(medium.path), str(medium.path.resolve()), medium.group, digest
        )
        scans = self._project.store.media.scans(stored)
        if any(scan.covers_all(self._settings.every, self._settings.min_size) for scan in scans):
            self._reporter.note(f"{medium.path}: nothing new.")
            return self._project.store.media.has_faces(stored)
        frames = (frame for frame in self._frames(medium) if not self._seen(frame, scans))
        while batch := list(islice(frames, _BATCH)):
            self._reporter.check()
            self._add(stored, batch, complete=False)
            if medium.kind == "video":
                self._reporter.progress("extract", batch[-1].index + 1, total)
        self._folder.add(stored, [], self._scan(0, complete=True))
        if total and medium.kind == "video":
            self._reporter.progress("extract", total, total)
        return self._project.store.media.has_faces(stored)

    def _frames(self, medium: Medium) -> Iterator[Frame]:
        if medium.kind == "image":
            return iter([Frame(index=0, time=0.0, pts=0, image=read_image(medium.path))])
        return read_frames(
            medium.path, every=self._settings.every,
            on_damage=lambda text: self._reporter.note(f"{medium.path}: {text}"),
        )  # fmt: skip

    def _seen(self, frame: Frame, scans: Sequence[Scan]) -> bool:
        return any(scan.covers(frame.index, self._settings.min_size) for scan in scans)

    def _scan(self, next_frame: int, *, complete: bool) -> Scan:
        return Scan(self._settings.every, self._settings.min_size, next_frame, complete)

    def _add(self, medium: StoredMedium, frames: Sequence[Frame], *, complete: bool) -> None:
        found = self._engines.finder.find([frame.image for frame in frames])
        self.summary.frames_read += len(frames)
        known = self._project.store.faces.positions(medium, [frame.index for frame in frames])
        new: list[tuple[Frame, int, Detection]] = []
        for frame, detections in zip(frames, found, strict=True):
            for position, detection in enumerate(detections):
                if detection.size < self._settings.min_size:
                    continue
                self.summary.faces_found += 1
                if (frame.index, position) not in known:
                    new.append((frame, position, detection))
        faces = self._described(new)
        self._folder.add(medium, faces, self._scan(frames[-1].index + 1, complete=complete))
        self.summary.faces_written += len(faces)

    def _described(self, found: Sequence[tuple[Frame, int, Detection]]) -> list[ExtractedFace]:
        crops: list[Image] = []
        points: list[Points] = []
        masks: list[FaceMasks] = []
        for frame, _, detection in found:
            crop, matrix = align_face(frame.image, detection.landmarks)
            inside = transform_points(matrix, detection.landmarks).astype(np.float32)
            crops.append(crop)
            points.append(inside)
            masks.append(self._engines.parser.parse(crop, inside))
        features = self._engines.encoder.encode(crops, points)
        return [
            ExtractedFace(self._record(frame, position, detection, crop), crop, mask, detection.landmarks, feature)
            for (frame, position, detection), crop, mask, feature in zip(found, crops, masks, features, strict=True)
        ]

    def _record(self, frame: Frame, position: int, detection: Detection, crop: Image) -> NewFace:
        x0, y0, x1, y1 = (float(value) for value in detection.box)
        words = perceptual_hash(crop)
        return NewFace(
            frame=frame.index,
            time=frame.time,
            position=position,
            box=(x0, y0, x1, y1),
            confidence=detection.confidence,
            size=detection.size,
            blur=blur_score(crop),
            pose=head_pose(detection.landmarks),
            engines=self._engines.names,
            phash=(int(words[0]), int(words[1]), int(words[2]), int(words[3])),
        )


def _bind_engines(project: Project, identity: Identity, engines: Engines) -> None:
    begun = project.store.identities.engines(identity)
    if begun is None:
        project.store.identities.set_engines(identity, engines.names)
    elif begun != engines.names:
        raise FacesetError(
            f"The faceset of {identity.name!r} was begun with {begun}; {engines.names} places landmarks differently.",
            hint="Go on with the engine it was begun with (--engine), or use a new identity.",
            code="faceset.engine",
        )
