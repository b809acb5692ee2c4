"""Extraction: the faces of videos and images, found, aligned, parsed, described and stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from itertools import islice

from pydantic import Field

from studio.core.ahead import ahead
from studio.core.config import Settings
from studio.core.errors import FacesetError, MediaError
from studio.core.files import sha256
from studio.core.project import Project
from studio.core.records import Identity
from studio.core.reporter import Reporter, Silent
from studio.core.store.media import Scan, StoredMedium
from studio.faceset.crew import Lookers, Work
from studio.faceset.folder import EncodedFace, FacesetFolder
from studio.faceset.looking import Sight
from studio.faceset.skipping import Skipping
from studio.video.media import Medium, read_image
from studio.video.probe import probe
from studio.video.read import Frame, read_frames

# Frames decoded ahead of those that look at them, and faces stored in one transaction.
_AHEAD = 8
_COMMIT = 16


class ExtractSettings(Settings):
    """How faces are collected."""

    every: int = Field(1, ge=1, le=10_000, description="Look at every N-th frame only.")
    min_size: float = Field(48, ge=0, le=4096, description="Pass over faces smaller than this in the frame, in pixels.")
    similar: float = Field(
        0, ge=0, le=255, description="Pass over frames that differ by less than this from the last one (6 is modest)."
    )
    aligned: bool = Field(
        False, description="The pictures are aligned faces, as DeepFaceLab or faceswap make them: one in each."
    )


@dataclass
class ExtractSummary:
    """What an extraction did.

    Attributes:
        frames_read: frames looked at; frames_skipped: passed over as similar.
        faces_found: faces seen in them; faces_written: those that were new.
        media_skipped: media that can't be read; pictures_without_face: those that could be, and show none.
        faces_assumed: aligned faces that no detector found, and whose pictures were taken as a whole.
    """

    frames_read: int = 0
    frames_skipped: int = 0
    faces_found: int = 0
    faces_written: int = 0
    media_skipped: int = 0
    pictures_without_face: int = 0
    faces_assumed: int = 0


def frame_counts(media: Sequence[Medium]) -> list[int | None]:
    """How many frames each of `media` has; None where that is not known, or the medium can't be read."""
    return [_frames(medium) for medium in media]


def extract(
    project: Project,
    identity: Identity,
    media: Sequence[Medium],
    lookers: Lookers,
    engines: str,
    settings: ExtractSettings,
    reporter: Reporter | None = None,
    batch: int = 1,
    counts: Sequence[int | None] | None = None,
) -> ExtractSummary:
    """Add the faces of `media` to the faceset; what an earlier extraction has looked at is passed over.

    Frames are decoded ahead of the lookers, and what they see is stored in the order of the frames. Memory is bounded
    by a few frames. After a stop or a kill the next call goes on where this one was.

    Args:
        lookers: who looks at the frames, with `settings.min_size`.
        engines: what they look with, as recorded with each face.
        batch: how many frames are looked at together.
        counts: the `frame_counts` of `media`, where the caller has them.

    Raises:
        FacesetError: the faceset was begun with other engines, or another extraction is adding to it.
        MediaError: a medium can't be read, or none of them shows a face.
    """
    extraction = _Extraction(project, identity, lookers, settings, reporter or Silent(), batch)
    counts = frame_counts(media) if counts is None else counts
    with FacesetFolder(project, identity).held():
        _bind_engines(project, identity, engines)
        if not extraction.run(media, counts):
            raise MediaError(
                f"No face was found in {', '.join(str(medium.path) for medium in media[:3])}.",
                hint="Use pictures in which the face is upright, unobstructed and at least 80 pixels high.",
                code="media.noface",
            )
    return extraction.summary


@dataclass(eq=False)
class _Source:
    """A medium whose frames are being looked at.

    Attributes:
        state: "open" while frames come, then "read", or "failed" where it could not be read to its end.
        faces: how many were seen.
        passed: frames before the next one.
        length: frames that are expected of it.
    """

    medium: Medium
    stored_as: StoredMedium
    skipping: Skipping
    length: int
    state: str = "open"
    faces: int = 0
    passed: int = 0


_Piece = Work[_Source]


class _Extraction:
    """One call of `extract`: who looks, where faces go, and the counts."""

    def __init__(
        self,
        project: Project,
        identity: Identity,
        lookers: Lookers,
        settings: ExtractSettings,
        reporter: Reporter,
        batch: int,
    ) -> None:
        self._project = project
        self._identity = identity
        self._lookers = lookers
        self._settings = settings
        self._reporter = reporter
        self._batch = batch
        self._folder = FacesetFolder(project, identity)
        self._sources: deque[_Source] = deque()
        self._begun: set[int] = set()
        self._passed = 0
        self._total: int | None = None
        self._shows_a_face = False
        self.summary = ExtractSummary()

    def run(self, media: Sequence[Medium], counts: Sequence[int | None]) -> bool:
        """Extract what is new in `media`; says whether any of them shows a face.

        One stream of work through all of them: no looker idles while one ends and the next begins.
        """
        known = [count for count in counts if count is not None]
        self._total = sum(known) if len(known) == len(counts) else None
        group: list[Sight] = []
        source: _Source | None = None
        pieces = self._pieces(media, counts)
        with closing(pieces), closing(self._lookers.look(pieces, self._reporter.check)) as seen:
            for current, sights in seen:
                if source is not None and (source is not current or len(group) >= _COMMIT):
                    self._store(source, group)
                    group = []
                source = current
                group += sights
                self._finish(source)
        if source is not None:
            self._store(source, group)
        self._finish(None)
        return self._shows_a_face

    def _pieces(self, media: Sequence[Medium], counts: Sequence[int | None]) -> Generator[_Piece]:
        for medium, count in zip(media, counts, strict=True):
            source: _Source | None = None
            try:
                source = self._opened(medium, count or 0)
                if source is None:
                    self._advance(count or 0)
                    continue
                self._sources.append(source)
                yield from self._pieces_of(source)
                source.state = "read"
            except MediaError as error:
                if len(media) == 1:
                    raise
                self.summary.media_skipped += 1
                self._reporter.note(f"Passed over: {error.message}")
                if source is None:
                    self._advance(count or 0)
                else:
                    source.state = "failed"

    def _opened(self, medium: Medium, length: int) -> _Source | None:
        """The medium as a source; None where an earlier extraction has seen all of it."""
        if medium.kind == "video":
            probe(medium.path)
        digest = sha256(medium.path)
        stored = self._project.store.media.add(
            self._identity, str(medium.path), str(medium.path.resolve()), medium.group, digest
        )
        settings = self._settings
        scans = self._project.store.media.scans(stored)
        # A copy of what this very call looks at has no scan yet.
        if stored.id in self._begun or any(
            scan.covers_all(settings.every, settings.min_size, settings.similar, settings.aligned) for scan in scans
        ):
            self._reporter.note(f"{medium.path}: nothing new.")
            self._shows_a_face |= self._project.store.media.has_faces(stored)
            return None
        self._begun.add(stored.id)
        return _Source(medium, stored, Skipping(settings.similar), length)

    def _pieces_of(self, source: _Source) -> Iterator[_Piece]:
        scans = self._project.store.media.scans(source.stored_as)
        with self._decoded(source) as decoded:
            frames = (frame for frame in decoded if not any(self._covered(scan, frame) for scan in scans))
            while batch := list(islice(frames, self._batch)):
                known = self._project.store.faces.positions(source.stored_as, [frame.index for frame in batch])
                yield _Piece(batch, frozenset(known), source)

    def _covered(self, scan: Scan, frame: Frame) -> bool:
        settings = self._settings
        return scan.covers(frame.index, settings.min_size, settings.similar, settings.aligned)

    def _decoded(self, source: _Source) -> AbstractContextManager[Iterator[Frame]]:
        path = source.medium.path
        if source.medium.kind == "image":
            return nullcontext(iter([Frame(index=0, time=0.0, pts=0, image=read_image(path))]))
        frames = read_frames(
            path, every=self._settings.every, on_damage=lambda text: self._reporter.note(f"{path}: {text}")
        )
        return ahead(source.skipping(frames) if self._settings.similar else frames, _AHEAD)

    def _store(self, source: _Source, sights: Sequence[Sight]) -> None:
        if not sights:
            return
        faces: list[EncodedFace] = [face for sight in sights for face in sight.new]
        self._folder.add(source.stored_as, faces, self._scan(sights[-1].frame + 1, complete=False))
        self.summary.frames_read += len(sights)
        self.summary.faces_written += len(faces)
        source.faces += sum(sight.faces for sight in sights)
        assumed = sum(face.record.confidence == 0 for face in faces) if self._settings.aligned else 0
        self.summary.faces_assumed += assumed
        if assumed:
            self._reporter.note(f"No face was detected, the whole picture is taken for one: {source.medium.path}")
        self._advance(sights[-1].frame + 1 - source.passed)
        source.passed = sights[-1].frame + 1

    def _finish(self, current: _Source | None) -> None:
        """Note which media are seen to their end: those before the current one, all of whose work is stored."""
        while self._sources and self._sources[0] is not current:
            source = self._sources.popleft()
            self.summary.frames_skipped += source.skipping.skipped
            self.summary.faces_found += source.faces
            if source.state == "read":
                self._folder.add(source.stored_as, [], self._scan(0, complete=True))
            has_face = self._project.store.media.has_faces(source.stored_as)
            self._shows_a_face |= has_face
            if source.state == "read" and source.medium.kind == "image" and not has_face:
                self.summary.pictures_without_face += 1
                if self._settings.aligned:
                    self._reporter.note(f"No face: {source.medium.path}")
            self._advance(max(0, source.length - source.passed))

    def _advance(self, frames: int) -> None:
        """Tell how far this is: in frames of all the media, looked at or passed over."""
        if frames:
            self._passed += frames
            self._reporter.progress("extract", self._passed, self._total)

    def _scan(self, next_frame: int, *, complete: bool) -> Scan:
        settings = self._settings
        return Scan(settings.every, settings.min_size, next_frame, complete, settings.similar, settings.aligned)


def _frames(medium: Medium) -> int | None:
    if medium.kind == "image":
        return 1
    try:
        return probe(medium.path).frames
    except MediaError:
        return None


def _bind_engines(project: Project, identity: Identity, engines: str) -> None:
    begun = project.store.identities.engines(identity)
    if begun is None:
        project.store.identities.set_engines(identity, engines)
    elif begun != engines:
        raise FacesetError(
            f"The faceset of {identity.name!r} was begun with {begun}; {engines} places landmarks differently.",
            hint="Go on with the engine it was begun with (--engine), or use a new identity.",
            code="faceset.engine",
        )
