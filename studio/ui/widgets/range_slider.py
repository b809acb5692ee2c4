"""A slider for the limits of a score, over the distribution of what it filters."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.app.faceset.filters import Score
from studio.ui.theme import Theme
from studio.ui.widgets.own_return import OwnReturn

_BINS = 64
_HANDLE = 6
_STEPS, _FINE = 100, 1000


class RangeSlider(QWidget):
    """Two limits over a histogram: drag or arrow keys, Shift for fine steps, typing, reset by a double click.

    Attributes:
        limited: the user chose other limits; None for a side that is open.
    """

    limited = Signal(object, object)

    def __init__(self, score: Score, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"facesets.filter.{score.column}")
        self.setAccessibleName(f"Filter by {score.text.lower()}")
        self._score = score
        title = QLabel(score.text)
        self._low, self._high = self._box("lowest"), self._box("highest")
        self.track = _Track(score, theme)
        self.setFocusProxy(self.track)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(title, 1)
        for widget in (self._low, QLabel("to"), self._high):
            head.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.track)
        self.track.limited.connect(self._on_track)
        self._low.valueChanged.connect(lambda: self._on_typed(low=True))
        self._high.valueChanged.connect(lambda: self._on_typed(low=False))

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The limits shown; None for a side that is open."""
        return self.track.limits

    def show_values(self, values: NDArray[np.floating]) -> None:
        """Show the distribution of `values` (N,); unknown ones (NaN) are left out."""
        self.track.show_values(values)
        low, high = self.track.span
        for box in (self._low, self._high):
            box.blockSignals(True)
            box.setRange(low, high)
            box.setSingleStep(10**-self._score.decimals)
            box.blockSignals(False)
        self._write()
        self.setEnabled(high > low)

    def show_limits(self, low: float | None, high: float | None) -> None:
        """Show limits that were set elsewhere."""
        if (low, high) != self.track.limits:
            self.track.set_limits(low, high)
            self._write()

    def _box(self, which: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setDecimals(self._score.decimals)
        box.setSuffix(self._score.unit if self._score.unit == "°" else f" {self._score.unit}".rstrip())
        box.setKeyboardTracking(False)
        box.setFixedWidth(72)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setAccessibleName(f"{self._score.text}, {which} value")
        box.setToolTip(f"The {which} value shown")
        OwnReturn(box)
        return box

    def _on_track(self, low: float | None, high: float | None) -> None:
        self._write()
        self.limited.emit(low, high)

    def _on_typed(self, *, low: bool) -> None:
        # The other side stays what it is: its box shows it rounded.
        span, limits = self.track.span, list(self.track.limits)
        if low:
            limits[0] = None if self._low.value() <= span[0] else self._low.value()
        else:
            limits[1] = None if self._high.value() >= span[1] else self._high.value()
        if limits[0] is not None and limits[1] is not None and limits[0] > limits[1]:
            limits.reverse()
        self.track.set_limits(*limits)
        self._write()
        self.limited.emit(*limits)

    def _write(self) -> None:
        (low, high), span = self.track.limits, self.track.span
        for box, value in (
            (self._low, span[0] if low is None else low),
            (self._high, span[1] if high is None else high),
        ):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)


class _Track(QWidget):
    """The histogram with its two handles."""

    limited = Signal(object, object)

    def __init__(self, score: Score, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._decimals = score.decimals
        self._counts: NDArray[np.float64] = np.zeros(_BINS)
        self._chosen = 0
        self.span = (0.0, 1.0)
        self.limits: tuple[float | None, float | None] = (None, None)
        self.setMinimumHeight(44)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{score.text} limits")
        self.setToolTip(
            "Drag the handles; double-click to show everything again.\n"
            "Keys: Left and Right move a handle, with Shift in fine steps; Up and Down choose which; Home resets"
        )
        theme.changed.connect(self.update)

    def show_values(self, values: NDArray[np.floating]) -> None:
        known = values[~np.isnan(values)]
        if len(known):
            scale = 10.0**self._decimals
            low, high = math.floor(float(known.min()) * scale) / scale, math.ceil(float(known.max()) * scale) / scale
            self.span = (low, high)
            # A tenth of the time of np.histogram, which looks for the edges of bins of any width.
            places = ((known - low) * (_BINS / (high - low))).astype(np.intp) if high > low else np.zeros(1, np.intp)
            counts = np.bincount(np.minimum(places, _BINS - 1), minlength=_BINS)
            # Roots keep the tails, which are what one filters, from vanishing beside the peak.
            self._counts = np.sqrt(counts / max(1, counts.max()))
        else:
            self.span, self._counts = (0.0, 0.0), np.zeros(_BINS)
        self.update()

    def set_limits(self, low: float | None, high: float | None) -> None:
        self.limits = (low, high)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        floor = self.height() - 12
        left, right = (self._x(value) for value in self._ends())
        width = (self.width() - 2 * _HANDLE) / _BINS
        for number, count in enumerate(self._counts.tolist()):
            x = _HANDLE + number * width
            inside = left - width <= x <= right
            bar = QRectF(x, floor - count * (floor - 2), max(1.0, width - 1), count * (floor - 2))
            painter.fillRect(bar, self._theme.colour("muted" if inside else "line"))
        painter.fillRect(QRectF(_HANDLE, floor, self.width() - 2 * _HANDLE, 2), self._theme.colour("line"))
        painter.fillRect(QRectF(left, floor, right - left, 2), self._theme.colour("accent"))
        for side, x in enumerate((left, right)):
            focused = self.hasFocus() and side == self._chosen
            painter.setPen(QPen(self._theme.colour("focus" if focused else "window"), 2 if focused else 1))
            painter.setBrush(self._theme.colour("text" if self.isEnabled() else "disabled"))
            painter.drawPolygon(
                QPolygonF([QPointF(x, floor - 1), QPointF(x + 6, floor + 9), QPointF(x - 6, floor + 9)])
            )
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        left, right = (self._x(value) for value in self._ends())
        x = event.position().x()
        self._chosen = 0 if abs(x - left) < abs(x - right) or (left == right and x < left) else 1
        self._drag(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event.position().x())

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._take(None, None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        # A step that rounding takes back would not move at all.
        step = max((self.span[1] - self.span[0]) / (_FINE if fine else _STEPS), 10.0 ** -(self._decimals + 1))
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._set(self._ends()[self._chosen] + (step if event.key() == Qt.Key.Key_Right else -step))
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._chosen = int(event.key() == Qt.Key.Key_Up)
            self.update()
        elif event.key() == Qt.Key.Key_Home:
            self._take(None, None)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def _ends(self) -> tuple[float, float]:
        low, high = self.limits
        return (
            self.span[0] if low is None else min(max(low, self.span[0]), self.span[1]),
            self.span[1] if high is None else max(min(high, self.span[1]), self.span[0]),
        )

    def _x(self, value: float) -> float:
        extent = self.span[1] - self.span[0]
        share = (value - self.span[0]) / extent if extent else 0.0
        return _HANDLE + share * (self.width() - 2 * _HANDLE)

    def _drag(self, x: float) -> None:
        share = (x - _HANDLE) / max(1, self.width() - 2 * _HANDLE)
        self._set(self.span[0] + min(max(share, 0.0), 1.0) * (self.span[1] - self.span[0]))

    def _set(self, value: float) -> None:
        low, high = self._ends()
        value = round(value, self._decimals + 1)
        if low == high != value:
            # One handle lies on the other: the one that can go that way is meant.
            self._chosen = int(value > high)
        low, high = (min(value, high), high) if self._chosen == 0 else (low, max(value, low))
        self._take(None if low <= self.span[0] else low, None if high >= self.span[1] else high)

    def _take(self, low: float | None, high: float | None) -> None:
        if (low, high) != self.limits:
            self.limits = (low, high)
            self.update()
            self.limited.emit(low, high)
