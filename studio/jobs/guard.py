"""Asking for consent again while a long job runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.provenance.consent import require

_EVERY_S = 5.0


class ConsentGuard:
    """A job's reporter whose `check` also stops the job when somebody's record no longer holds.

    A job takes hours; a record may be revoked or expire meanwhile.
    """

    def __init__(self, reporter: JobReporter, project: Project, names: Sequence[str]) -> None:
        self._reporter = reporter
        self._project = project
        # By what they are, not by what they are called: somebody may be renamed meanwhile.
        self._people = tuple(project.store.identities.get(name).id for name in names)
        self._asked = time.monotonic()

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self._reporter.folder

    @property
    def launch(self) -> Mapping[str, Any]:
        """How this start differs from the frozen configuration."""
        return self._reporter.launch

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        """Pass it on."""
        self._reporter.progress(stage, done, total)

    def event(self, kind: str, **data: Any) -> None:
        """Pass it on."""
        self._reporter.event(kind, **data)

    def note(self, text: str) -> None:
        """Pass it on."""
        self._reporter.note(text)

    def orders(self) -> Sequence[Mapping[str, Any]]:
        """Pass them on."""
        return self._reporter.orders()

    def check(self) -> None:
        """Obey the user; every few seconds, ask the store whether all records hold.

        Raises:
            ConsentError: one does not.
            IdentityError: somebody was deleted or merged into somebody else.
        """
        self._reporter.check()
        now = time.monotonic()
        if now - self._asked < _EVERY_S:
            return
        self._asked = now
        for person in self._people:
            require(self._project.store.identities.by_id(person), "going on")
