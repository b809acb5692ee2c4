"""Filters kept under names in the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from psygnal import Signal

from studio.app.faceset.filters import FILTERS, FilterSet, SavedFilters
from studio.app.studio import Studio
from studio.core.project import Project


class FilterShelf:
    """The saved filters of the open project.

    Attributes:
        sets: by name, in the order of saving.
        changed: there are others.
    """

    changed = Signal()

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.sets: Mapping[str, FilterSet] = {}
        studio.project_changed.connect(self._on_project)
        self._on_project(studio.project)

    def save(self, name: str, value: FilterSet) -> None:
        """Keep `value` under `name`, in place of what had that name."""
        self._change(lambda saved: saved.save(name, value), f"Saved the filters {name}.")

    def remove(self, name: str) -> None:
        """Forget the filters called `name`."""
        self._change(lambda saved: saved.remove(name), f"Removed the filters {name}.")

    def _on_project(self, project: Project | None) -> None:
        self._show({})
        if project is not None:
            self._change(lambda _saved: None)

    def _change(self, work: Callable[[SavedFilters], None], told: str = "") -> None:
        project = self._studio.project
        if project is None:
            return
        saved = SavedFilters(project.folder / FILTERS)

        def done() -> Mapping[str, FilterSet]:
            work(saved)
            return saved.all()

        def show(sets: Mapping[str, FilterSet]) -> None:
            if project is self._studio.project:
                self._show(sets)
                if told:
                    self._studio.message.emit(told)

        self._studio.background.run(done, show, self._studio.report)

    def _show(self, sets: Mapping[str, FilterSet]) -> None:
        self.sets = sets
        self.changed.emit()
