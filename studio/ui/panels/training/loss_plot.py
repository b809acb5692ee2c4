"""The curves of the losses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.app.training.course import ASTRAY, LATEST, SET, Marker
from studio.app.training.curves import Curve, Values
from studio.ui.panels.training.marker_strip import MarkerStrip
from studio.ui.theme import Theme

SIDE_TOKENS = {"a": "plot_a", "b": "plot_b"}
# Of the curve as told, where a smoothed one lies over it; of runs that are compared, the nearest first.
_FAINT = 0.35
_SHADES = (1.0, 0.6, 0.4, 0.3)
_ZOOM, _PAN = 1.5, 0.1
_FEWEST_STEPS = 10.0
# Room at the right of the last step, for the names of the curves.
_ROOM = 0.06
_LINES = {SET: "doubtful", LATEST: "kept", ASTRAY: "rejected"}
_MOST_LINES = 100
_EVEN = 16


class LossPlot(QWidget):
    """Curves over steps: dragging moves, the wheel zooms, a double click shows all; heights follow what is in view.

    Each curve is drawn from about two values a pixel, however many were told.

    Attributes:
        hovered: the pointer is at this step; None where it is elsewhere.
        chosen: a step was clicked, or one of the markers.
    """

    hovered = Signal(object)
    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training.plot")
        self.setAccessibleName("Losses")
        self._theme = theme
        self._curves: tuple[tuple[Curve, ...], ...] = ()
        self._log = False
        self._following = True
        self._heights: list[float] = []
        self.view = _View()
        self.strip = MarkerStrip(theme)
        self.setFocusProxy(self.view)
        self._plot = self.view.getPlotItem()
        self._box = self._plot.getViewBox()
        self._drawn: list[tuple[pg.PlotCurveItem, Curve, bool]] = []
        self._names: list[pg.TextItem] = []
        self._lines: list[pg.InfiniteLine] = []
        self._moment = pg.InfiniteLine(0, angle=90)
        self._compose()
        self.view.asked.connect(self._on_key)
        self.view.left.connect(lambda: self.hovered.emit(None))
        self.view.scene().sigMouseMoved.connect(self._on_moved)
        self.view.scene().sigMouseClicked.connect(self._on_clicked)
        self.strip.chosen.connect(self.chosen)
        self._box.sigXRangeChanged.connect(self._on_range)
        self._box.sigResized.connect(self._on_range)
        theme.changed.connect(self._paint)
        self._paint()

    @property
    def steps_in_view(self) -> tuple[float, float]:
        """The first and the last step in view."""
        first, last = self._box.viewRange()[0]
        return float(first), float(last)

    def show_curves(self, curves: Sequence[tuple[Curve, ...]]) -> None:
        """Show the curves of runs, the one that is watched first; what is in view stays, and the end is followed."""
        same = [each[0].run for each in curves] == [each[0].run for each in self._curves]
        self._curves = tuple(curves)
        self._make_items()
        self._box.setLimits(xMin=0, xMax=max(self._end, _FEWEST_STEPS), minXRange=_FEWEST_STEPS)
        if self._following or not same:
            self.fit()
        else:
            self._draw()

    def show_markers(self, markers: Sequence[Marker]) -> None:
        """Show what happened at which step."""
        self.strip.show_markers(markers)
        for line in self._lines:
            self._plot.removeItem(line)
        rare = [marker for marker in markers if marker.kind in _LINES][-_MOST_LINES:]
        self._lines = [pg.InfiniteLine(marker.step, angle=90) for marker in rare]
        for line, marker in zip(self._lines, rare, strict=True):
            line.setPen(pg.mkPen(self._theme.colour(_LINES[marker.kind]), style=Qt.PenStyle.DotLine))
            self._plot.addItem(line, ignoreBounds=True)

    def show_moment(self, step: int | None) -> None:
        """Show which step the preview is of."""
        self._moment.setVisible(step is not None)
        if step is not None:
            self._moment.setValue(step)

    def set_log(self, on: bool) -> None:
        """Show losses on a logarithmic scale, or on a plain one."""
        self._log = on
        self._plot.getAxis("left").setLogMode(y=on)
        self._draw()

    def fit(self) -> None:
        """Show all steps, and go on to do so when there are more."""
        self._following = True
        self._box.setXRange(0, max(self._end, _FEWEST_STEPS), padding=0)
        self._draw()

    def look_at(self, first: float, last: float) -> None:
        """Show the steps from `first` to `last`."""
        self._following = False
        self._box.setXRange(first, last, padding=0)

    def _compose(self) -> None:
        self._plot.hideButtons()
        self._plot.setMenuEnabled(False)
        self._box.setMouseEnabled(x=True, y=False)
        self._box.disableAutoRange()
        self._plot.addItem(self._moment, ignoreBounds=True)
        self._moment.hide()
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=-4, maxTickLevel=1)
        self._plot.getAxis("left").setWidth(56)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.strip)

    @property
    def _end(self) -> float:
        last = [float(curve.raw.steps[-1]) for run in self._curves for curve in run if len(curve.raw.steps)]
        return max(last, default=0.0) * (1 + _ROOM)

    def _make_items(self) -> None:
        for item, _curve, _smooth in self._drawn:
            self._plot.removeItem(item)
        for name in self._names:
            self._plot.removeItem(name)
        self._drawn, self._names = [], []
        # The run that is watched lies over those it is compared with.
        for place, run in reversed(list(enumerate(self._curves))):
            shade = _SHADES[min(place, len(_SHADES) - 1)]
            for curve in run:
                smooth = curve.smooth is not curve.raw
                if place == 0 and smooth:
                    self._add(curve, False, shade * _FAINT)
                self._add(curve, True, shade)
        for curve in self._curves[0] if self._curves else ():
            name = pg.TextItem(curve.side.upper(), anchor=(0, 0.5))
            name.setColor(self._theme.colour(SIDE_TOKENS[curve.side]))
            name.setFont(self._theme.font("small"))
            self._plot.addItem(name, ignoreBounds=True)
            self._names.append(name)

    def _add(self, curve: Curve, smooth: bool, shade: float) -> None:
        item = pg.PlotCurveItem(pen=pg.mkPen(self._shaded(curve.side, shade)))
        self._plot.addItem(item, ignoreBounds=True)
        self._drawn.append((item, curve, smooth))

    def _shaded(self, side: str, shade: float) -> QColor:
        full, ground = self._theme.colour(SIDE_TOKENS[side]), self._theme.colour("window")
        mixed = [
            under + (over - under) * shade
            for over, under in (
                (full.redF(), ground.redF()), (full.greenF(), ground.greenF()), (full.blueF(), ground.blueF())
            )
        ]  # fmt: skip
        return QColor.fromRgbF(*mixed)

    def _on_range(self, *_news: object) -> None:
        self._draw()

    def _draw(self) -> None:
        (first, last), bins = self.steps_in_view, max(64, int(self._box.width()))
        lowest, highest = np.inf, -np.inf
        for item, curve, smooth in self._drawn:
            # The curve as told lies beneath as a band: half as fine does for it.
            pyramid, fineness = (curve.smooth, bins) if smooth else (curve.raw, bins // 2)
            steps, values = pyramid.view(first, last, fineness)
            values = self._scaled(values)
            known = np.isfinite(values)
            whole = bool(known.all())
            item.setData(steps, values, connect="all" if whole else "finite", skipFiniteCheck=whole)
            if smooth and known.any():
                lowest, highest = min(lowest, float(values[known].min())), max(highest, float(values[known].max()))
        if lowest <= highest:
            self._show_heights(lowest, highest)
        for name, curve in zip(self._names, self._curves[0] if self._curves else (), strict=True):
            self._place_name(name, curve, last)
        self.strip.look(first, last, self._box.mapRectToScene(self._box.boundingRect()))

    def _show_heights(self, lowest: float, highest: float) -> None:
        """Bring what lies between into view, and a little more, up to even figures: the axis then seldom changes."""
        span = (highest - lowest) or abs(highest) or 1.0
        even = 2.0 ** np.ceil(np.log2(span)) / _EVEN
        low, high = np.floor((lowest - 0.02 * span) / even) * even, np.ceil((highest + 0.02 * span) / even) * even
        if [low, high] != self._heights:
            self._heights = [low, high]
            self._box.setYRange(low, high, padding=0)

    def _place_name(self, name: pg.TextItem, curve: Curve, last: float) -> None:
        steps = curve.smooth.steps
        value = curve.smooth.at(last) if len(steps) else None
        name.setVisible(value is not None)
        if value is not None:
            name.setPos(min(float(steps[-1]), last), float(self._scaled(np.array([value]))[0]))

    def _scaled(self, values: Values) -> Values:
        if not self._log:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log10(values)

    def _on_key(self, key: Qt.Key) -> None:
        first, last = self.steps_in_view
        width, middle = last - first, (first + last) / 2
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = width * (_PAN if key == Qt.Key.Key_Right else -_PAN)
            self.look_at(first + by, last + by)
        elif key == Qt.Key.Key_Minus:
            self.look_at(middle - width * _ZOOM / 2, middle + width * _ZOOM / 2)
        else:
            self.look_at(middle - width / _ZOOM / 2, middle + width / _ZOOM / 2)

    def _on_moved(self, place: QPointF) -> None:
        inside = self._box.sceneBoundingRect().contains(place)
        self.hovered.emit(float(self._box.mapSceneToView(place).x()) if inside else None)

    def _on_clicked(self, event: object) -> None:
        place = event.scenePos()  # type: ignore[attr-defined]
        if event.double():  # type: ignore[attr-defined]
            self.fit()
        elif self._box.sceneBoundingRect().contains(place):
            self.chosen.emit(round(self._box.mapSceneToView(place).x()))

    def _paint(self) -> None:
        self.view.setBackground(self._theme.colour("window"))
        self._moment.setPen(pg.mkPen(self._theme.colour("muted")))
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(pg.mkPen(self._theme.colour("line")))
            axis.setTextPen(pg.mkPen(self._theme.colour("muted")))
            axis.setTickFont(self._theme.font("small"))
        self.view.focus = self._theme.colour("focus")
        self._make_items()
        self._draw()


class _View(pg.PlotWidget):  # type: ignore[misc]
    """The plot, with keys of its own: arrows move, plus and minus zoom.

    Attributes:
        asked: one of these keys was pressed.
        left: the pointer has left.
    """

    asked = Signal(Qt.Key)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Curves of the losses")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(self.Shape.NoFrame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for another view."""
        keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus)
        if event.key() in keys:
            self.asked.emit(Qt.Key(event.key()))
        else:
            event.ignore()

    def leaveEvent(self, event: QMouseEvent) -> None:
        """Say so."""
        super().leaveEvent(event)
        self.left.emit()
