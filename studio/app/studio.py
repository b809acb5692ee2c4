"""The open project as the window works on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from psygnal import Signal

from studio.app.background import Background
from studio.app.runs import Runs
from studio.app.settings import UserSettings, WindowSettings
from studio.core.errors import StudioError
from studio.core.project import Project
from studio.core.records import Basis, FaceState, Identity
from studio.core.resources import assets
from studio.core.store.journal import Entry
from studio.faceset.people import delete, merge, rename
from studio.faceset.trash import TrashCounts, trash_rejected
from studio.provenance.consent import add_record, revoke

_SAMPLE = {"Mira": "mira.mp4", "Tomas": "tomas.mp4"}

# Entries of the journal that the window lists, and those it can go back by.
_SHOWN, _FAR = 200, 100_000


@dataclass(frozen=True)
class IdentityRow:
    """A person of the project as lists show them.

    Attributes:
        holds: whether the consent record allows anything today.
        counts: faces by state.
        names: what jobs may know them as: their name, former ones, those of whom was merged into them.
        merged: the ids of whom was merged into them.
    """

    identity: Identity
    holds: bool
    counts: Mapping[FaceState, int]
    names: frozenset[str] = frozenset()
    merged: frozenset[int] = frozenset()

    @property
    def used(self) -> int:
        """How many faces training and conversion use."""
        return sum(number for state, number in self.counts.items() if state is not FaceState.REJECTED)

    @property
    def faces(self) -> int:
        """How many faces there are."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class History:
    """Where the journal stands.

    Attributes:
        entries: the newest first, with those that were undone.
        undo, redo: titles of what these would act on; empty where there is nothing.
    """

    entries: tuple[Entry, ...] = ()
    undo: str = ""
    redo: str = ""


class _Reading(NamedTuple):
    """What was read of the project, and the store's version then."""

    version: int
    day: date
    people: tuple[IdentityRow, ...]
    history: History


class Studio:
    """A window's session: the project, its people, its journal and its runs.

    What touches the project's database runs on the store's lane.

    Attributes:
        project: None where none is open.
        runs: the project's jobs.
        people: as last read.
        history: as last read.
        project_changed: another project is open, or none.
        closing: the project is about to be closed: now is the time to store what was noted of it.
        people_changed, history_changed: they were read again.
        rewound: faces may differ from what is shown: an undo, a redo, or an edit that failed.
        failed: something went wrong that the user must know.
        message: something happened that the user may like to know.
    """

    project_changed = Signal(object)
    closing = Signal()
    people_changed = Signal(object)
    history_changed = Signal(object)
    rewound = Signal()
    failed = Signal(object)
    message = Signal(str)

    def __init__(self, background: Background, settings: UserSettings) -> None:
        self.background = background
        self.user = settings
        self.project: Project | None = None
        self.runs = Runs(background)
        self.people: tuple[IdentityRow, ...] = ()
        self.history = History()
        self._version, self._day = -1, date.min
        self._looking = False

    @property
    def settings(self) -> WindowSettings:
        """What the user has set."""
        return self.user.values

    def open(self, folder: Path) -> None:
        """Open the project in `folder` in place of any other."""
        self._open(lambda: Project(folder))

    def create(self, folder: Path) -> None:
        """Make an empty project in `folder` and open it."""
        self._open(lambda: Project.create(folder))

    def open_sample(self, folder: Path) -> None:
        """Open the sample in `folder`, or make it there: two synthetic persons, whose faces are then extracted."""
        if (folder / "project.toml").is_file():
            self.open(folder)
            return

        def made() -> Project:
            project = Project.create(folder)
            for name in _SAMPLE:
                add_record(project, name, Basis.SYNTHETIC, "A rendered head: nobody looks like this")
            return project

        def extract() -> None:
            for name, clip in _SAMPLE.items():
                self.runs.start(["extract", str(folder), name, str(assets() / "sample" / clip)])

        self._open(made, extract)

    def close(self) -> None:
        """Close the project; its jobs go on."""
        if self.project is not None:
            self.closing.emit()
        project, self.project = self.project, None
        if project is not None:
            self.runs.watch(None)
            self.people, self.history = (), History()
            self.project_changed.emit(None)
            self.background.run(project.close, lambda _none: None, self.report)

    def edit(self, work: Callable[[Project], Entry | None], then: Callable[[Entry | None], None] | None = None) -> None:
        """Make an edit of the journal on the store's lane; what shows it already is put right where it fails."""
        project = self._opened()

        def done(entry: Entry | None) -> None:
            self.refresh()
            if then is not None:
                then(entry)

        def failed(error: Exception) -> None:
            self.report(error)
            self.rewound.emit()
            self.refresh()

        self.background.run(lambda: work(project), done, failed)

    def add_identity(
        self,
        name: str,
        basis: Basis,
        note: str,
        document: Path | None,
        expires: date | None,
        added: Callable[[Identity], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Record why the face of `name` may be used."""
        project = self._opened()
        self.background.run(
            lambda: add_record(project, name, basis, note, document=document, expires=expires), added, failed
        )

    def rename(self, identity: Identity, name: str) -> None:
        """Call `identity` otherwise."""
        self._edit_people(lambda project: rename(project, identity, name))

    def merge(self, source: Identity, into: Identity, merged: Callable[[], None] = lambda: None) -> None:
        """Add the faces of `source` to those of `into` and hide `source`."""
        self._edit_people(lambda project: merge(project, source, into), merged)

    def delete(self, identity: Identity) -> None:
        """Hide `identity` and its faceset."""
        self._edit_people(lambda project: delete(project, identity))

    def revoke(self, identity: Identity) -> None:
        """Withdraw the consent record of `identity`; files that rest on it stay, and are counted."""
        project = self._opened()

        def revoked(derived: list[Path]) -> None:
            files = f"{len(derived):,} {'file' if len(derived) == 1 else 'files'}"
            self.message.emit(f"Revoked the consent of {identity.name}. What rests on it stays: {files}.")
            self.refresh()

        self.background.run(lambda: revoke(project, identity), revoked, self.report)

    def trash_rejected(self, identity: Identity) -> None:
        """Move the files of the rejected faces to the system's trash."""
        project = self._opened()

        def moved(counts: TrashCounts) -> None:
            faces = "face" if counts.faces == 1 else "faces"
            self.message.emit(f"Moved {counts.faces:,} rejected {faces} of {identity.name} to the trash.")
            self.rewound.emit()
            self.refresh()

        self.background.run(lambda: trash_rejected(project, identity), moved, self.report)

    def extract(self, identity: Identity, media: Sequence[Path], options: Sequence[str] = ()) -> None:
        """Start to extract the faces of `identity` from videos, pictures and folders."""
        folder = str(self._opened().folder)
        self.runs.start(["extract", folder, identity.name, *(str(path) for path in media), *options])
        of = media[0].name if len(media) == 1 else f"{len(media)} files"
        self.message.emit(f"Extracting faces of {identity.name} from {of}.")

    def undo(self) -> None:
        """Take the last entry of the journal back."""
        self._move(lambda project: project.store.journal.undo(), "Undone", "There is nothing to undo.")

    def redo(self) -> None:
        """Make the entry undone last again."""
        self._move(lambda project: project.store.journal.redo(), "Made again", "There is nothing to redo.")

    def go_to(self, entry: Entry) -> None:
        """Undo what came after `entry`, or where it is undone itself, make everything up to it again."""
        self._move(
            lambda project: _moved_to(project, entry), "Made again" if entry.undone else "Undone", "Nothing to do."
        )

    def refresh(self) -> None:
        """Read the people and the history again."""
        self._reread(lambda project: _read(project))

    def look(self) -> None:
        """See what the jobs do and whether anybody has changed the project; call it about once a second."""
        self.runs.poll()
        if self.project is not None and not self._looking:
            self._reread(lambda project: _read(project) if self._is_old(project) else None)

    def _reread(self, read: Callable[[Project], _Reading | None]) -> None:
        project = self.project
        if project is None:
            return

        def take(news: _Reading | None) -> None:
            self._looking = False
            if news is not None and project is self.project:
                self._take(news)

        def failed(error: Exception) -> None:
            self._looking = False
            self.report(error)

        self._looking = True
        self.background.run(lambda: read(project), take, failed)

    def _is_old(self, project: Project) -> bool:
        # Records expire at midnight.
        return project.store.version() != self._version or date.today() != self._day

    def report(self, error: Exception) -> None:
        """Tell the user what went wrong.

        Raises:
            Exception: `error`, where it is none of ours: a mistake in the program.
        """
        if not isinstance(error, StudioError):
            raise error
        self.failed.emit(error)

    def _edit_people(
        self, work: Callable[[Project], Entry | None], then: Callable[[], None] = lambda: None
    ) -> None:  # fmt: skip
        def done(entry: Entry | None) -> None:
            then()
            if entry is not None:
                self.message.emit(f"{entry.title}.")
                self.rewound.emit()

        self.edit(work, done)

    def _open(self, opened: Callable[[], Project], then: Callable[[], None] = lambda: None) -> None:
        def show(project: Project) -> None:
            self.close()
            self.project = project
            self.user.opened(project.folder)
            self.runs.watch(project.runs)
            self.project_changed.emit(project)
            self.refresh()
            then()

        self.background.run(opened, show, self.report)

    def _move(self, work: Callable[[Project], Entry | None], done: str, nothing: str) -> None:
        project = self._opened()

        def moved(entry: Entry | None) -> None:
            self.message.emit(f"{done}: {entry.title}." if entry else nothing)
            if entry is not None:
                self.rewound.emit()
            self.refresh()

        self.background.run(lambda: work(project), moved, self.report)

    def _opened(self) -> Project:
        assert self.project is not None
        return self.project

    def _take(self, read: _Reading) -> None:
        self._version, self._day, people, history = read
        if people != self.people:
            self.people = people
            self.people_changed.emit(people)
        if history != self.history:
            self.history = history
            self.history_changed.emit(history)


def _read(project: Project) -> _Reading:
    store, today = project.store, date.today()
    version = store.version()
    people = tuple(
        IdentityRow(
            identity, identity.holds(today), store.faces.counts(identity), store.identities.names(identity),
            frozenset(other.id for other in store.identities.merged(identity)),
        )
        for identity in store.identities.all()
    )  # fmt: skip
    entries = tuple(store.journal.history(_SHOWN))
    undo = next((entry.title for entry in entries if not entry.undone), "")
    redo = next((entry.title for entry in reversed(entries) if entry.undone), "")
    return _Reading(version, today, people, History(entries, undo, redo))


def _moved_to(project: Project, entry: Entry) -> Entry | None:
    journal = project.store.journal
    entries = journal.history(_FAR)
    if entry.undone:
        steps = [journal.redo() for other in entries if other.undone and other.id <= entry.id]
    else:
        steps = [journal.undo() for other in entries if not other.undone and other.id > entry.id]
    return steps[-1] if steps else None
