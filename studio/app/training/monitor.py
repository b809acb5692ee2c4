"""The trainings of the open project as the panel watches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from psygnal import Signal

from studio.app.runs import RunRow
from studio.app.studio import Studio
from studio.app.training.course import Course
from studio.app.training.curves import Curve, Part
from studio.core.project import Project

KIND = "train"
LANE = "training"


@dataclass(frozen=True)
class Wanted:
    """Which curves are wanted: a part of the loss, smoothed over a number of steps."""

    part: Part = field(default_factory=Part)
    window: float = 0.0


class Monitor:
    """Which training is on show and which lie beneath it, what they have told, and their curves.

    Events are read and curves are made on a lane of their own.

    Attributes:
        rows: the trainings of the project, the newest first.
        shown: name of the one on show; empty where there is none.
        overlaid: names of those whose curves are shown too.
        courses: what each of them has told, by name.
        curves: made of them, by name.
        wanted: which curves.
        rows_changed: a training began, ended or went on.
        shown_changed: another training is on show.
        told: there are news of the one on show, or others beside it.
        drawn: there are other curves.
    """

    rows_changed = Signal()
    shown_changed = Signal(str)
    told = Signal()
    drawn = Signal()

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._readers: dict[str, _Reader] = {}
        self._looking = False
        self._again = False
        self.rows: tuple[RunRow, ...] = ()
        self.shown = ""
        self.overlaid: tuple[str, ...] = ()
        self.courses: dict[str, Course] = {}
        self.curves: dict[str, tuple[Curve, ...]] = {}
        self.wanted = Wanted()
        studio.runs.changed.connect(self._on_runs)
        studio.project_changed.connect(self._on_project)
        self._on_runs(studio.runs.rows)

    def close(self) -> None:
        """Let go of the session."""
        self._studio.runs.changed.disconnect(self._on_runs)
        self._studio.project_changed.disconnect(self._on_project)

    @property
    def row(self) -> RunRow | None:
        """The training on show."""
        return self.row_of(self.shown)

    @property
    def course(self) -> Course | None:
        """What the training on show has told; None until it was read."""
        return self.courses.get(self.shown)

    def row_of(self, name: str) -> RunRow | None:
        """The training called `name`."""
        return next((row for row in self.rows if row.run == name), None)

    def show(self, name: str) -> None:
        """Show the training called `name`."""
        if name != self.shown:
            self.shown = name
            self.overlaid = tuple(each for each in self.overlaid if each != name)
            self.shown_changed.emit(name)
            self.look()

    def overlay(self, name: str, *, on: bool) -> None:
        """Show the curves of another training beneath, or no longer."""
        others = tuple(each for each in self.overlaid if each != name)
        self.overlaid = (*others, name) if on and name != self.shown else others
        self.told.emit()
        self.drawn.emit()
        self.look()

    def want(self, wanted: Wanted) -> None:
        """Have other curves made."""
        if wanted != self.wanted:
            self.wanted = wanted
            self.look()

    def look(self) -> None:
        """Read what is new; call it about once a second."""
        names = [name for name in (self.shown, *self.overlaid) if self.row_of(name) is not None]
        if self._looking:
            self._again = True
        elif names:
            self._looking, self._again = True, False
            readers, wanted = [self._reader(name) for name in names], self.wanted
            self._studio.background.run(
                lambda: {reader.name: news for reader in readers if (news := reader.read(wanted)) is not None},
                self._take, self._failed, lane=LANE,
            )  # fmt: skip

    def _reader(self, name: str) -> _Reader:
        if name not in self._readers:
            row = self.row_of(name)
            assert row is not None
            self._readers[name] = _Reader(name, row.folder)
        return self._readers[name]

    def _take(self, news: Mapping[str, _News]) -> None:
        self._looking = False
        told = any(name in self._readers for name in news)
        for name, each in news.items():
            # Those of a project that was closed meanwhile are of no use.
            if name in self._readers:
                self.courses[name], self.curves[name] = each.course, each.curves
        if told:
            self.told.emit()
            self.drawn.emit()
        if self._again or any(not each.course.complete for each in news.values()):
            self.look()

    def _failed(self, error: Exception) -> None:
        self._looking = False
        self._studio.report(error)

    def _on_runs(self, rows: tuple[RunRow, ...]) -> None:
        before, self.rows = self.rows, tuple(row for row in rows if row.kind == KIND)
        if self.rows == before:
            return
        new = [row for row in self.rows if row.run not in {known.run for known in before}]
        if self.row is None or (new and new[0].live and not self._is_live(self.shown)):
            first = next((row for row in self.rows if row.live), None) or next(iter(self.rows), None)
            self.show(first.run if first is not None else "")
        self.rows_changed.emit()
        self.look()

    def _is_live(self, name: str) -> bool:
        row = self.row_of(name)
        return row is not None and row.live

    def _on_project(self, _project: Project | None) -> None:
        self._readers, self.courses, self.curves, self.overlaid = {}, {}, {}, ()
        self._on_runs(self._studio.runs.rows)


@dataclass(frozen=True, eq=False)
class _News:
    course: Course
    curves: tuple[Curve, ...]


class _Reader:
    """Reads one run and makes its curves; used on the lane, made anywhere."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._course: Course | None = None
        self._wanted: Wanted | None = None

    def read(self, wanted: Wanted) -> _News | None:
        """What is new; None where that is nothing."""
        # Numba takes a while to come, and the window does not wait for it.
        from studio.app.training.curves import curves_of
        from studio.app.training.log import RunLog

        if self._course is None:
            self._log = RunLog(self._folder)
            course = self._log.sketch() or self._log.look()
        else:
            course = self._log.look()
        if course is None and wanted == self._wanted:
            return None
        self._course, self._wanted = course or self._course, wanted
        assert self._course is not None
        return _News(self._course, curves_of(self._course, wanted.part, wanted.window))
