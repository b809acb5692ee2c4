"""Which networks there are to look with, and which videos to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psygnal import Signal

from studio.app.background import STORE
from studio.app.runs import RunRow
from studio.app.studio import IdentityRow, Studio
from studio.app.training.kept import kept_checkpoints
from studio.app.training.trained import hidden_words, trained_people
from studio.core.errors import RunError
from studio.core.project import Project
from studio.core.runs import RunFolder
from studio.video.media import VIDEO_SUFFIXES

KIND = "train"
LANE = "preview sources"


@dataclass(frozen=True)
class TrainedRun:
    """A training that has a network.

    Attributes:
        run: its name; title: whom it trains, in words.
        people: names of A and B as they are now.
        steps: of its checkpoints, ascending.
        hidden: why it may not be looked with; empty where it may.
    """

    run: str
    title: str
    people: tuple[str, str]
    steps: tuple[int, ...]
    hidden: str


class Sources:
    """The networks and videos of the open project.

    Attributes:
        runs: trainings with a checkpoint, the newest first.
        videos: by the name of a person the videos that their faces were extracted from and that are still there.
        changed: there are others.
    """

    changed = Signal()

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._looking = False
        self._again = False
        self.runs: tuple[TrainedRun, ...] = ()
        self.videos: Mapping[str, tuple[Path, ...]] = {}
        studio.runs.changed.connect(self._on_news)
        studio.people_changed.connect(self._on_news)
        self.look()

    def close(self) -> None:
        """Let go of the session."""
        self._studio.runs.changed.disconnect(self._on_news)
        self._studio.people_changed.disconnect(self._on_news)

    def run(self, name: str) -> TrainedRun | None:
        """The training called `name`."""
        return next((run for run in self.runs if run.run == name), None)

    def drivers(self, run: TrainedRun, target: str) -> tuple[Path, ...]:
        """The videos of whom `target` would be put onto."""
        others = [name for name in run.people if name != target]
        return self.videos.get(others[0], ()) if others else ()

    def look(self) -> None:
        """See what there is."""
        project = self._studio.project
        if project is None:
            self._take((), {})
            return
        if self._looking:
            self._again = True
            return
        self._looking = True
        rows = [row for row in self._studio.runs.rows if row.kind == KIND]
        people = self._studio.people

        def found(videos: Mapping[str, tuple[Path, ...]]) -> None:
            self._studio.background.run(
                lambda: _trained(rows, people), lambda runs: self._over(runs, videos), self._failed, lane=LANE
            )

        self._studio.background.run(lambda: _videos(project, people), found, self._failed, lane=STORE)

    def _over(self, runs: tuple[TrainedRun, ...], videos: Mapping[str, tuple[Path, ...]]) -> None:
        self._looking = False
        if self._studio.project is not None:
            self._take(runs, videos)
        if self._again:
            self._again = False
            self.look()

    def _take(self, runs: tuple[TrainedRun, ...], videos: Mapping[str, tuple[Path, ...]]) -> None:
        if (runs, videos) != (self.runs, self.videos):
            self.runs, self.videos = runs, videos
            self.changed.emit()

    def _failed(self, error: Exception) -> None:
        self._looking = False
        self._studio.report(error)

    def _on_news(self, _news: Any) -> None:
        self.look()


def _trained(rows: Sequence[RunRow], people: Sequence[IdentityRow]) -> tuple[TrainedRun, ...]:
    found = []
    for row in rows:
        steps = kept_checkpoints(row.folder)
        if not steps:
            continue
        try:
            config = RunFolder(row.folder).config
        except RunError:
            # Damaged, or removed since the runs were looked at.
            continue
        known = trained_people(people, config)
        names = tuple(known[side].identity.name if side in known else str(config.get(side)) for side in ("a", "b"))
        title = f"{names[0]} and {names[1]}"
        found.append(TrainedRun(row.run, title, (names[0], names[1]), steps, hidden_words(people, config)))
    return tuple(found)


def _videos(project: Project, people: Sequence[IdentityRow]) -> dict[str, tuple[Path, ...]]:
    found = {}
    for row in people:
        paths = dict.fromkeys(Path(medium.resolved) for medium in project.store.media.of(row.identity))
        videos = [path for path in paths if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()]
        found[row.identity.name] = tuple(videos)
    return found
