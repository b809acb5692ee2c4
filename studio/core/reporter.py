"""How a stage tells what it does, and learns that it should stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class Reporter(Protocol):
    """What a job and its stages report to; jobs never print."""

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        """Tell that `done` of `total` units of `stage` are finished (cheap: call it for each)."""
        ...

    def event(self, kind: str, **data: Any) -> None:
        """Record something that happened, with JSON-ready data."""
        ...

    def note(self, text: str) -> None:
        """Tell the user a sentence (a warning, a fallback, a choice that was made)."""
        ...

    def check(self) -> None:
        """Raise `errors.Stopped` if the user asked to stop (cheap: call it between units of work).

        A job that takes orders (see `JobReporter.orders`) obeys them and checks again before it goes on.
        """
        ...


class JobReporter(Reporter, Protocol):
    """What a job gets: a reporter that also knows the run it reports for."""

    @property
    def folder(self) -> Path:
        """The run's folder."""
        ...

    @property
    def launch(self) -> Mapping[str, Any]:
        """How this start differs from the frozen configuration (see `RunFolder.set_launch`)."""
        ...

    def orders(self) -> Sequence[Mapping[str, Any]]:
        """The commands that came in since they were asked for last, less those that `check` obeys itself."""
        ...


class Silent:
    """A reporter that tells nobody; for functions used outside a job."""

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        """Ignore it."""

    def event(self, kind: str, **data: Any) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def check(self) -> None:
        """Never stop."""
