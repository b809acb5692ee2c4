"""Whether what is shown is what the store holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from studio.core.project import Project

T = TypeVar("T")


class Freshness:
    """Remembers the version of the store that is shown; used on the store's lane only.

    A write of our own is shown already, so it is no news: unless somebody else wrote in between.
    """

    def __init__(self) -> None:
        self._known = -1

    def forget(self) -> None:
        """Nothing is shown."""
        self._known = -1

    def is_news(self, project: Project) -> bool:
        """Whether the store differs from what is shown; from now on it counts as shown."""
        version = project.store.version()
        news, self._known = version != self._known, version
        return news

    def own(self, project: Project, write: Callable[[], T]) -> T:
        """Do `write`, which is shown already."""
        current = project.store.version() == self._known
        result = write()
        if current:
            self._known = project.store.version()
        return result
