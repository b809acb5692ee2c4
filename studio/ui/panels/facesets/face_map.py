"""The map of the identity features, with a lasso."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainterPath, QPolygonF
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.app.faceset.filters import BY_COLUMN, SCORES
from studio.app.faceset.session import FacesetSession
from studio.core.records import STATES, FaceState
from studio.ui.theme import Theme

BY_CLUSTER, BY_STATE = "cluster", "state"
_SIZE, _BIG = 4, 8
_HEIGHT = 208
_TOKENS = {FaceState.UNMARKED: "muted", FaceState.KEPT: "kept", FaceState.REJECTED: "rejected"}
# Hues far apart for anyone, repeated where there are more clusters.
_HUES = ("#4c9be8", "#e08e45", "#5fb86a", "#d86fb4", "#c9b83f", "#8f7ff0", "#4fc4c0", "#f07a72", "#a5a5a5", "#9c6b3f")


class FaceMap(QWidget):
    """A dot a face, near where features are alike: drag a lasso to select, Shift adds, a click clears.

    Attributes:
        lassoed: these faces lie in the lasso; whether they are to be added to the selection.
    """

    lassoed = Signal(object, bool)

    def __init__(self, session: FacesetSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._points: NDArray[np.float32] = np.zeros((0, 2), dtype=np.float32)
        self._indices: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.plot = _LassoPlot()
        self.plot.setObjectName("facesets.map")
        self.plot.setAccessibleName("Map of the faces")
        self.plot.setToolTip("Faces that look alike lie near each other. Drag around some to select them; Shift adds")
        self.plot.setFixedHeight(_HEIGHT)
        self.plot.lassoed.connect(self._on_lasso)
        self._dots = pg.ScatterPlotItem(pxMode=True, size=_SIZE, pen=None)
        self._chosen = pg.ScatterPlotItem(pxMode=True, size=_BIG, brush=None)
        self.plot.addItem(self._dots)
        self.plot.addItem(self._chosen)
        self.colour_by = QComboBox(accessibleName="Colour of the map", toolTip="What the colours of the dots stand for")
        self.colour_by.addItem("Colour by cluster", BY_CLUSTER)
        self.colour_by.addItem("Colour by state", BY_STATE)
        for score in SCORES:
            self.colour_by.addItem(f"Colour by {score.text.lower()}", score.column)
        self.colour_by.currentIndexChanged.connect(self._paint)
        self._words = QLabel()
        self._words.setProperty("role", "small")
        head = QHBoxLayout()
        head.addWidget(self.colour_by, 1)
        head.addWidget(self._words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.plot)
        for signal in (session.faces.states_changed, session.faces.clusters_changed):
            signal.connect(self._repaint)
        session.faces.reset.connect(self.clear)
        session.selection.changed.connect(self._show_selection)
        session.presentation.arranged.connect(self._repaint)
        theme.changed.connect(self._paint)

    def close_view(self) -> None:
        """Let go of the session."""
        for signal in (self._session.faces.states_changed, self._session.faces.clusters_changed):
            signal.disconnect(self._repaint)
        self._session.faces.reset.disconnect(self.clear)
        self._session.selection.changed.disconnect(self._show_selection)
        self._session.presentation.arranged.disconnect(self._repaint)

    def clear(self) -> None:
        """Show no dots."""
        self.show_points(np.zeros(0, dtype=np.int64), np.zeros((0, 2), dtype=np.float32), "")

    def show_points(self, indices: NDArray[np.int64], points: NDArray[np.float32], method: str) -> None:
        """Show the faces `indices` (n,) at `points` (n, 2), which `method` has laid out."""
        self._indices, self._points = indices, points
        self._words.setText(method)
        self.plot.autoRange()
        self._paint()
        self.plot.autoRange()

    @property
    def shown(self) -> NDArray[np.bool_]:
        """(n,) which of the dots stand for faces that pass the filters."""
        rows = self._session.presentation.arrangement.rows
        known = self._indices < len(rows)
        shown = np.zeros(len(self._indices), dtype=bool)
        shown[known] = rows[self._indices[known]] >= 0
        return shown

    def _repaint(self, _news: object = None) -> None:
        self._paint()

    def _paint(self) -> None:
        self.plot.setBackground(self._theme.colour("window"))
        shown = self.shown
        points, indices = self._points[shown], self._indices[shown]
        if len(indices):
            self._dots.setData(pos=points, brush=self._brushes(indices), size=_SIZE, pen=None)
        else:
            self._dots.clear()
        self._show_selection()

    def _brushes(self, indices: NDArray[np.int64]) -> list[object]:
        columns, by = self._session.faces.columns, self.colour_by.currentData()
        if by == BY_STATE:
            palette = [pg.mkBrush(self._theme.colour(_TOKENS[state])) for state in STATES]
            return [palette[code] for code in columns.states[indices].tolist()]
        if by == BY_CLUSTER:
            hues = [pg.mkBrush(hue) for hue in _HUES]
            none = pg.mkBrush(self._theme.colour("disabled"))
            return [hues[c % len(hues)] if c >= 0 else none for c in columns.clusters[indices].tolist()]
        values = getattr(columns, BY_COLUMN[by].column)[indices]
        ranks = np.argsort(np.argsort(np.nan_to_num(values, nan=-np.inf))) / max(1, len(values) - 1)
        ramp = [
            pg.mkBrush(_blend(self._theme.colour("rejected"), self._theme.colour("kept"), n / 31)) for n in range(32)
        ]
        return [ramp[step] for step in (ranks * 31).astype(int).tolist()]

    def _show_selection(self) -> None:
        mask = self._session.selection.mask
        known = self._indices < len(mask)
        chosen = np.zeros(len(self._indices), dtype=bool)
        chosen[known] = mask[self._indices[known]]
        chosen &= self.shown
        if chosen.any():
            self._chosen.setData(
                pos=self._points[chosen], pen=pg.mkPen(self._theme.colour("text")), brush=None, size=_BIG
            )
        else:
            self._chosen.clear()

    def _on_lasso(self, outline: QPolygonF, add: bool) -> None:
        path = QPainterPath()
        path.addPolygon(outline)
        path.closeSubpath()
        box = path.boundingRect()
        x, y = self._points[:, 0], self._points[:, 1]
        near = self.shown & (x >= box.left()) & (x <= box.right()) & (y >= box.top()) & (y <= box.bottom())
        candidates = np.flatnonzero(near)
        inside = [n for n in candidates.tolist() if path.contains(QPointF(float(x[n]), float(y[n])))]
        self.lassoed.emit(self._indices[inside], add)


class _LassoPlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot without axes in which dragging draws a lasso; the wheel zooms."""

    lassoed = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hideAxis("left")
        self.hideAxis("bottom")
        self.setMenuEnabled(False)
        self.hideButtons()
        self._line = pg.PlotCurveItem(pen=pg.mkPen("#ffffff", width=1, style=Qt.PenStyle.DashLine))
        self.addItem(self._line)
        self._outline: list[QPointF] = []

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._outline = [self._to_plot(event)]
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._outline and event.buttons() & Qt.MouseButton.LeftButton:
            self._outline.append(self._to_plot(event))
            self._line.setData([p.x() for p in self._outline], [p.y() for p in self._outline])
            event.accept()
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._outline:
            outline, self._outline = QPolygonF(self._outline), []
            self._line.setData([], [])
            self.lassoed.emit(outline, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            event.accept()
        else:
            super().mouseReleaseEvent(event)

    def _to_plot(self, event: QMouseEvent) -> QPointF:
        point: QPointF = self.getViewBox().mapSceneToView(self.mapToScene(event.position().toPoint()))
        return point


def _blend(first: QColor, second: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        first.redF() + (second.redF() - first.redF()) * share,
        first.greenF() + (second.greenF() - first.greenF()) * share,
        first.blueF() + (second.blueF() - first.blueF()) * share,
    )
