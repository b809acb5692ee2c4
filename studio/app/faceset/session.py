"""The faceset on show, held against the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from psygnal import Signal

from studio.app.faceset.culling import Culling
from studio.app.faceset.faces import ShownFaces
from studio.app.faceset.filters import Filters
from studio.app.faceset.freshness import Freshness
from studio.app.faceset.marks import Marks
from studio.app.faceset.presentation import Presentation
from studio.app.faceset.proposal import Pending
from studio.app.faceset.seen import Seen
from studio.app.faceset.selection import Selection
from studio.app.studio import Studio
from studio.core.project import Project
from studio.core.records import Identity
from studio.core.store.columns import FaceColumns
from studio.core.store.media import StoredMedium


@dataclass(frozen=True, eq=False)
class Loaded:
    """One reading of a faceset.

    Attributes:
        media: by id.
        engines: what the faceset was begun with; None while it is empty.
    """

    identity: Identity
    columns: FaceColumns
    media: Mapping[int, StoredMedium]
    engines: str | None


class FacesetSession:
    """The faceset of one identity as the panel works on it.

    What is read from the store is read on the store's lane, in the order of the edits; a reading that an edit has
    overtaken is made again.

    Attributes:
        identity: whose faceset it is; None where none is shown.
        faces, filters, presentation, selection, marks, seen, culling, pending: its parts.
        media: by id.
        engines: what it was begun with; None while it is empty.
        identity_changed: another identity is shown, or the record of the same one has changed.
        loaded: the faces are there, for the first time since `identity_changed`.
    """

    identity_changed = Signal(object)
    loaded = Signal()

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._freshness = Freshness()
        self._ready = False
        self._reading = False
        self.identity: Identity | None = None
        self.media: Mapping[int, StoredMedium] = {}
        self.engines: str | None = None
        self.faces = ShownFaces()
        self.filters = Filters()
        self.selection = Selection()
        self.presentation = Presentation(self.faces, self.filters)
        self.marks = Marks(studio, self.faces, self._freshness)
        self.seen = Seen(self.faces, self._store_seen)
        self.culling = Culling(
            self.marks, self.seen, self.selection, self.presentation, lambda: studio.settings.auto_advance
        )
        self.pending = Pending(self.faces, self.marks, self.presentation)
        self.faces.reset.connect(self._on_reset)
        self.faces.extended.connect(self._on_extended)
        studio.rewound.connect(self._reread)

    @property
    def ready(self) -> bool:
        """Whether the faces of the identity are there."""
        return self._ready

    def show(self, identity: Identity | None) -> None:
        """Show the faceset of `identity`, or none."""
        self.seen.flush()
        self.identity, self._ready = identity, False
        self.marks.of(identity)
        self.filters.clear()
        self.faces.show(FaceColumns.empty())
        self.identity_changed.emit(identity)
        self._reread()

    def refresh(self) -> None:
        """See whether somebody else has changed the project: an extraction, the command line; call it now and then."""
        if self.identity is not None and not self._reading:
            self._read(only_newer=True)

    def close(self) -> None:
        """Store what was noted."""
        self.seen.flush()

    def _on_reset(self) -> None:
        # The arrangement comes last: whoever hears of it may look at all the others.
        self.seen.forget()
        self.selection.clear(len(self.faces))
        self.pending.forget()
        self.presentation.forget()

    def _on_extended(self, first: int) -> None:
        self.selection.resize(len(self.faces))
        self.pending.extend(first)
        self.presentation.extend(first)

    def _reread(self, _entry: object = None) -> None:
        if self.identity is not None:
            self._read(only_newer=False)

    def _read(self, *, only_newer: bool) -> None:
        project, identity, edits = self._studio.project, self.identity, self.marks.edits
        assert identity is not None
        if project is None:
            return

        def read() -> Loaded | None:
            news = self._freshness.is_news(project)
            return _load(project, identity) if news or not only_newer else None

        def shown(loaded: Loaded | None) -> None:
            self._reading = False
            if self.identity is None or self.identity.id != identity.id:
                return
            if edits != self.marks.edits:
                self._read(only_newer=False)
            elif loaded is not None:
                self._take(loaded)

        self._reading = True
        self._studio.background.run(read, shown, self._failed)

    def _take(self, loaded: Loaded) -> None:
        changed = loaded.identity != self.identity
        self.identity, self.media, self.engines = loaded.identity, loaded.media, loaded.engines
        self.presentation.media = {medium.id: medium.source for medium in loaded.media.values()}
        first, self._ready = not self._ready, True
        self.faces.update(loaded.columns)
        if changed:
            self.marks.of(loaded.identity)
            self.identity_changed.emit(loaded.identity)
        if first:
            self.loaded.emit()

    def _failed(self, error: Exception) -> None:
        self._reading = False
        self._studio.report(error)

    def _store_seen(self, ids: list[int]) -> None:
        project, identity = self._studio.project, self.identity
        if project is not None and identity is not None:

            def write() -> None:
                self._freshness.own(project, lambda: project.store.faces.set_seen(identity, ids))

            self._studio.background.run(write, lambda _none: None, self._studio.report)


def _load(project: Project, identity: Identity) -> Loaded:
    return Loaded(
        project.store.identities.by_id(identity.id),
        project.store.faces.columns(identity),
        {medium.id: medium for medium in project.store.media.of(identity)},
        project.store.identities.engines(identity),
    )
