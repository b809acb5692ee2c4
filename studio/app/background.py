"""Work that must not hold up the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")

STORE = "store"
COMPUTE = "compute"


class Background(Protocol):
    """Runs work elsewhere and hands back what came of it.

    Work of one lane runs in the order it was given, one piece at a time: `STORE` for whatever touches the project's
    database, `COMPUTE` for long sums. What came of it is handed over where the window lives.
    """

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
        *,
        lane: str = STORE,
    ) -> None:
        """Run `work`, then call `then` with its result, or `failed` with what it raised."""
        ...

    def close(self) -> None:
        """Finish what was begun and start nothing more."""
        ...


class Inline:
    """Runs work at once: for scripts and for tests of what has no window."""

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
        *,
        lane: str = STORE,  # noqa: ARG002
    ) -> None:
        """Run `work` here and now."""
        try:
            result = work()
        except Exception as error:
            failed(error)
            return
        then(result)

    def close(self) -> None:
        """Nothing is ever left to do."""
