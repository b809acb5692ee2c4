"""The menu of the filters that were kept under names."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QWidget

from studio.app.faceset.filters import Filters
from studio.app.faceset.shelf import FilterShelf


class SavedFiltersMenu(QMenu):
    """Each saved set puts itself in force; the last submenu forgets one."""

    def __init__(self, shelf: FilterShelf, filters: Filters, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("facesets.saved")
        self.setAccessibleName("Saved filters")
        self._shelf = shelf
        self._filters = filters
        self._forget: QMenu | None = None
        shelf.changed.connect(self._fill)
        self._fill()

    def close_view(self) -> None:
        """Let go of the filters."""
        self._shelf.changed.disconnect(self._fill)

    def _fill(self) -> None:
        self.clear()
        if self._forget is not None:
            self._forget.deleteLater()
            self._forget = None
        if not self._shelf.sets:
            self.addAction("No filters are saved yet").setEnabled(False)
            return
        for name, value in self._shelf.sets.items():
            self.addAction(_shown(name)).triggered.connect(lambda _checked=False, value=value: self._filters.set(value))
        self.addSeparator()
        self._forget = QMenu("Forget", self)
        for name in self._shelf.sets:
            act = self._forget.addAction(_shown(name))
            act.triggered.connect(lambda _checked=False, name=name: self._shelf.remove(name))
        self.addMenu(self._forget)


def _shown(name: str) -> str:
    """The name as a menu takes it: an ampersand alone would underline a letter."""
    return name.replace("&", "&&")
