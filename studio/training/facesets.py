"""The faces of A and B as a function of the step.

A training draws from the faces it began with until it is told to take those that are kept now. From which step on is
recorded with its other changes, and which faces in a list of its own: so a resumed run draws the same again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from studio.core.errors import FacesetError, UsageError
from studio.core.records import TrainingFace
from studio.faceset.frozen import SIDES, list_path, read_list, write_list
from studio.training.changes import Changes
from studio.training.data import FacePair, require_whole


class Source(Protocol):
    """Where faces of A and B come from."""

    def kept(self) -> FacePair:
        """The faces that are kept now.

        Raises:
            StudioError: a faceset has none, or consent does not hold any more.
        """
        ...

    def chosen(self, ids: Mapping[str, Sequence[int]]) -> FacePair:
        """The faces of these ids by side, in their order; those that are gone are left out."""
        ...


class Facesets:
    """The faces that each step of one run draws from."""

    def __init__(self, folder: Path, first: FacePair, source: Source | None, changes: Changes) -> None:
        """`first` are the faces the run began with; later ones are read from its folder.

        Raises:
            RunError: a list of faces is damaged.
            FacesetError: a side of one has no face any more.
        """
        self._folder = folder
        self._source = source
        self._changes = changes
        self._lists = {0: first}
        self._unprepared = 0
        for number in changes.lists:
            self._lists[number] = _required(self._from().chosen(read_list(list_path(folder, number))))

    @property
    def all(self) -> FacePair:
        """The faces of all lists."""
        return _joined([a for a, _ in self._lists.values()]), _joined([b for _, b in self._lists.values()])

    def at(self, step: int) -> FacePair:
        """The faces that `step` draws from."""
        return self._lists[self._changes.faces(step)]

    def prepare(self, step: int) -> FacePair:
        """As `at`; whoever prepares a batch asks so, and what is prepared stays as it is."""
        self._unprepared = step + 1
        return self.at(step)

    def take_latest(self) -> tuple[int, FacePair]:
        """Draw from the faces that are kept now, from the first step on that is not prepared; returns that and them.

        Raises:
            StudioError: consent does not hold any more, or the faces are none or can't be read; nothing changes.
        """
        faces, step = _required(self._from().kept()), self._unprepared
        known = {*self.at(step)[0], *self.at(step)[1]}
        for face in (*faces[0], *faces[1]):
            if face not in known:
                require_whole(face)
        number = 1 + max(self._lists)
        ids = {side: [face.id for face in own] for side, own in zip(SIDES, faces, strict=True)}
        write_list(list_path(self._folder, number), ids)
        self._changes.take_faces(step, number)
        self._lists[number] = faces
        return step, faces

    def _from(self) -> Source:
        if self._source is None:
            raise UsageError("This training knows of no other faces.", hint="Start a new one.", code="usage.faces")
        return self._source


def require_faces(faces: FacePair) -> None:
    """Refuse a side without faces.

    Raises:
        FacesetError: there is one.
    """
    for key, own in zip(("first", "second"), faces, strict=True):
        if not own:
            raise FacesetError(
                f"The {key} identity has no kept faces.",
                hint="Extract faces with `studio extract`, or keep some of the rejected ones.",
                code="faceset.empty",
            )


def _required(faces: FacePair) -> FacePair:
    require_faces(faces)
    return faces


def _joined(lists: Sequence[Sequence[TrainingFace]]) -> list[TrainingFace]:
    return [face for faces in lists for face in faces]
