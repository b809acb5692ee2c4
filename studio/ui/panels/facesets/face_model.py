"""The faces on show as a flat item model."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.app.faceset.filters import SCORES
from studio.app.faceset.session import FacesetSession
from studio.core.records import STATES

ID_ROLE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class FaceModel(QAbstractListModel):
    """One row a face that passes the filters, in the order of the arrangement."""

    def __init__(self, session: FacesetSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._arrangement = session.presentation.arrangement

    def arrange(self) -> None:
        """Take over the session's arrangement, where it has other rows than the one before."""
        before, self._arrangement = self._arrangement, self._session.presentation.arrangement
        if before.order is not self._arrangement.order:
            self.beginResetModel()
            self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many faces pass the filters."""
        return 0 if parent.isValid() else len(self._arrangement)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The face's id under `ID_ROLE`; what a screen reader says of it, and its tool tip."""
        if not index.isValid():
            return None
        face = int(self._arrangement.order[index.row()])
        if role == ID_ROLE:
            return int(self._session.faces.columns.ids[face])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(self.describe(face))
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(self.describe(face))
        return None

    def describe(self, index: int) -> list[str]:
        """What is known of the face with `index`, in words."""
        columns = self._session.faces.columns
        state = STATES[columns.states[index]].value
        lines = [f"Face {columns.ids[index]}, {state}"]
        if columns.clusters[index] >= 0:
            lines.append(f"cluster {columns.clusters[index]}")
        for score in SCORES:
            value = float(getattr(columns, score.column)[index])
            if not math.isnan(value):
                unit = score.unit if score.unit == "°" else f" {score.unit}".rstrip()
                lines.append(f"{score.text.lower()} {value:.{score.decimals}f}{unit}")
        source = self._session.presentation.media.get(int(columns.media[index]))
        if source:
            lines.append(f"{source}, frame {columns.frames[index]}")
        if columns.corrections[index]:
            lines.append("corrected by hand")
        if self._session.pending.mask[index]:
            lines.append("would be rejected by the proposal")
        return lines
