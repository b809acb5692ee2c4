"""How badly each face of a faceset is learned, as the newest training of its person tells."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from studio.app.faceset.session import FacesetSession
from studio.app.runs import RunRow
from studio.app.studio import IdentityRow, Studio
from studio.app.training.monitor import KIND, LANE
from studio.app.training.trained import trained_people
from studio.core.errors import RunError
from studio.core.runs import RunFolder

RANKING = "training error"
_FILE = "errors.json"


@dataclass(frozen=True, eq=False)
class _Told:
    """What one run told of one person: the losses by the ids of faces."""

    path: Path
    written: float
    losses: Mapping[int, float]


class FaceErrors:
    """The mean loss of each face of the faceset on show.

    Attributes:
        values: (N,) by index of the session's faces, NaN where nothing is known; empty where no training tells.
        changed: there are others.
    """

    changed = Signal()

    def __init__(self, studio: Studio, session: FacesetSession) -> None:
        self._studio = studio
        self._session = session
        self._told: _Told | None = None
        self._looking = False
        self.values: NDArray[np.float64] = np.zeros(0)
        session.identity_changed.connect(self._forget)
        session.faces.reset.connect(self._on_faces)
        session.faces.extended.connect(self._on_faces)

    def look(self) -> None:
        """See whether a training has told more; call it now and then."""
        identity, project = self._session.identity, self._studio.project
        rows = [row for row in self._studio.runs.rows if row.kind == KIND]
        if identity is None or project is None or not rows or self._looking:
            return
        known, person, people = self._told, identity.id, self._studio.people

        def take(told: _Told | None) -> None:
            self._looking = False
            shown = self._session.identity
            if told is not known and shown is not None and shown.id == person:
                self._told = told
                self._on_faces()

        def failed(error: Exception) -> None:
            self._looking = False
            self._studio.report(error)

        self._looking = True
        self._studio.background.run(lambda: _read(rows, people, person, known), take, failed, lane=LANE)

    def _forget(self, _identity: object = None) -> None:
        self._told = None
        self._on_faces()

    def _on_faces(self, _first: int = 0) -> None:
        losses, ids = (self._told.losses if self._told is not None else {}), self._session.faces.columns.ids
        values = np.array([losses.get(int(face), np.nan) for face in ids]) if losses else np.zeros(0)
        if not np.array_equal(values, self.values, equal_nan=True):
            self.values = values
            self.changed.emit()


def _read(rows: list[RunRow], people: Sequence[IdentityRow], person: int, known: _Told | None) -> _Told | None:
    """What the newest training of `person` that tells of faces says; `known` itself where that is nothing new."""
    for row in rows:
        path = row.folder / _FILE
        if not path.exists():
            continue
        side = _side_of(row, people, person)
        if side is None:
            continue
        written = path.stat().st_mtime
        if known is not None and (known.path, known.written) == (path, written):
            return known
        try:
            told = json.loads(path.read_text(encoding="utf-8"))[side]
            return _Told(path, written, {int(face): float(loss) for face, (loss, _times) in told.items()})
        except (ValueError, KeyError, TypeError, OSError):
            # Of another version, or just gone: an older training may still tell.
            continue
    return None


def _side_of(row: RunRow, people: Sequence[IdentityRow], person: int) -> str | None:
    try:
        config = RunFolder(row.folder).config
    except RunError:
        return None
    return next((side for side, known in trained_people(people, config).items() if known.identity.id == person), None)
