"""Reading a training's events as they come in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.app.training.course import COLUMNS, STEP, Course
from studio.app.training.kept import kept_checkpoints
from studio.app.training.said import Said
from studio.app.training.scanning import Scanned
from studio.core.runs import RunFolder

_PIECE = 4 << 20
# What is longer is shown by a sample of it first.
_LONG = 32 << 20
_SAMPLES, _SAMPLE = 192, 24 << 10


class RunLog:
    """Tails the events of one run: every look reads only what is new. Used on one lane.

    A line cut short by a crash is passed over; what a training did after the checkpoint it went back to is forgotten.
    Of its checkpoints those are known that are in its folder: a training removes old ones without a word.
    """

    def __init__(self, folder: Path) -> None:
        """Read the frozen configuration of the run in `folder`.

        Raises:
            RunError: there is no run, or its run.json is damaged.
        """
        run = RunFolder(folder)
        self._folder, self._name, self._config = folder, run.name, run.config
        self._path = folder / "events.jsonl"
        self._at = 0
        self._losses = _Losses()
        self._said = Said(folder)
        self._kept: tuple[int, ...] = ()
        self._told = False

    def sketch(self) -> Course | None:
        """The course of a long run by a sample of its losses, at once; None where it is short or was read before."""
        size = self._size()
        if self._at or size < _LONG:
            return None
        self._kept = kept_checkpoints(self._folder)
        losses = _Losses()
        with self._path.open("rb") as file:
            for at in np.linspace(0, size - _SAMPLE, _SAMPLES, dtype=np.int64).tolist():
                file.seek(at)
                piece = file.read(_SAMPLE)
                # Behind the line that was hit in its middle.
                found = Scanned(_bytes(piece[piece.find(b"\n") + 1 :])).values
                # Where the training went back, the later word holds.
                if found.shape[1]:
                    losses.back_to(found[0, 0] - 1)
                    losses.add(found)
        return self._course(losses, Said(self._folder), complete=False)

    def look(self) -> Course | None:
        """The course as it is now; None where nothing has changed since the last look."""
        size = self._size()
        more = size > self._at
        if more:
            self._read(size)
        # After reading: what is told to be saved is there.
        before, self._kept = self._kept, kept_checkpoints(self._folder)
        if self._told and not more and self._kept == before:
            return None
        self._told = True
        return self._course(self._losses, self._said, complete=True)

    def _size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def _read(self, size: int) -> None:
        with self._path.open("rb") as file:
            while self._at < size:
                file.seek(self._at)
                piece = file.read(_PIECE)
                scanned = Scanned(_bytes(piece))
                if scanned.consumed == 0:
                    # The last line is not complete yet, or longer than any that a training writes.
                    if len(piece) < _PIECE:
                        break
                    self._at += len(piece)
                    continue
                self._take(piece, scanned)
                self._at += scanned.consumed

    def _take(self, piece: bytes, scanned: Scanned) -> None:
        taken = 0
        for begin, end, before in scanned.others.tolist():
            try:
                event = json.loads(piece[begin:end])
                self._losses.add(scanned.values[:, taken:before])
                taken = before
                self._hear(event)
            except (ValueError, KeyError, TypeError):
                # As a reader of any other event does: what makes no sense is passed over.
                continue
        self._losses.add(scanned.values[:, taken:])

    def _hear(self, event: Mapping[str, Any]) -> None:
        now = self._losses.last_step
        if event["kind"] in ("resumed", "begun") and event.get("step") is not None:
            self._losses.back_to(int(event["step"]))
        self._said.hear(event, now)

    def _course(self, losses: _Losses, said: Said, *, complete: bool) -> Course:
        return Course(
            run=self._name,
            config=self._config,
            columns=losses.columns(),
            markers=tuple(said.markers),
            previews=tuple(said.previews),
            checkpoints=self._kept,
            changes=tuple(said.changes),
            errors=said.errors,
            error=said.error,
            faces=said.faces,
            complete=complete,
        )


class _Losses:
    """Columns that grow; what was handed out is never written to again."""

    def __init__(self) -> None:
        self._steps = np.zeros(1024)
        self._values = np.zeros((len(COLUMNS) - 1, 1024), dtype=np.float32)
        self._count = 0

    @property
    def last_step(self) -> int:
        return int(self._steps[self._count - 1]) if self._count else 0

    def add(self, values: NDArray[np.float64]) -> None:
        """Add (columns, n) values, without those that tell no step or one that was told already."""
        values = values[:, ~np.isnan(values[0])]
        if values.shape[1] and values[0, 0] <= self.last_step and self._count:
            values = values[:, values[0] > self.last_step]
        count = self._count + values.shape[1]
        if count > len(self._steps):
            self._move(max(count, 2 * len(self._steps)))
        self._steps[self._count : count] = values[0]
        self._values[:, self._count : count] = values[1:]
        self._count = count

    def back_to(self, step: float) -> None:
        """Forget what came after `step`."""
        kept = int(np.searchsorted(self._steps[: self._count], step, side="right"))
        if kept < self._count:
            self._count = kept
            self._move(len(self._steps))

    def columns(self) -> dict[str, NDArray[np.floating]]:
        named = zip(COLUMNS[1:], self._values[:, : self._count], strict=True)
        return {STEP: self._steps[: self._count], **dict(named)}

    def _move(self, room: int) -> None:
        steps, values = self._steps, self._values
        self._steps, self._values = np.zeros(room), np.zeros((len(values), room), dtype=np.float32)
        self._steps[: self._count] = steps[: self._count]
        self._values[:, : self._count] = values[:, : self._count]


def _bytes(piece: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(piece, dtype=np.uint8)
