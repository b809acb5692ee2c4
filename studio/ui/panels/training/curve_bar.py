"""Which curves are shown, and what they say where the pointer is."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QSpinBox, QWidget

from studio.app.training.curves import BOTH, TOTAL, Part
from studio.app.training.monitor import Wanted
from studio.ui.actions import Actions
from studio.ui.widgets.flow import FlowBar
from studio.ui.widgets.own_return import OwnReturn

_REGIONS = (("Whole loss", TOTAL), ("Face", "face"), ("Eyes", "eyes"), ("Mouth", "mouth"))
_TERMS = (("DSSIM + MSE", BOTH), ("DSSIM", "dssim"), ("MSE", "mse"))
# Steps of the slider a factor of ten, and the widest window.
_FINE, _WIDEST = 20, 100_000


class CurveBar(FlowBar):
    """Part of the loss, smoothing and scale.

    Attributes:
        wanted: other curves are wanted; a `Wanted`.
    """

    wanted = Signal(object)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        region = _choice("training.part", "Part of the loss", "Which region's loss is shown", _REGIONS)
        term = _choice("training.term", "Term of the loss", "Which term of it: (1 - SSIM) / 2, MSE or both", _TERMS)
        smoothing, steps = _smoothing(), _steps()
        words = QLabel("Smoothing")
        words.setProperty("role", "muted")
        super().__init__(
            (region, term),
            (words, smoothing, steps),
            (actions.button("training.log"), actions.button("training.fit"), actions.button("training.beside")),
            parent=parent,
        )
        self.region, self.term, self.smoothing, self.window_box = region, term, smoothing, steps
        self.region.activated.connect(self._tell)
        self.term.activated.connect(self._tell)
        self.smoothing.valueChanged.connect(self._on_slider)
        self.window_box.valueChanged.connect(self._on_box)

    @property
    def value(self) -> Wanted:
        """What is wanted now."""
        return Wanted(Part(self.region.currentData(), self.term.currentData()), float(self.window_box.value()))

    def _tell(self, _news: object = None) -> None:
        self.wanted.emit(self.value)

    def _on_slider(self, place: int) -> None:
        self.window_box.setValue(round(10 ** (place / _FINE)) if place else 0)

    def _on_box(self, steps: int) -> None:
        self.smoothing.blockSignals(True)
        self.smoothing.setValue(round(math.log10(steps) * _FINE) if steps else 0)
        self.smoothing.blockSignals(False)
        self._tell()


class Readout(QWidget):
    """The values of A and B, where the pointer is or at the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.RichText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.addWidget(self._words)

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def say(self, rich: str) -> None:
        """Say `rich` text."""
        self._words.setText(rich)


class _Slider(QSlider):
    """Goes back to nothing on a double click."""

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.setValue(0)


def _smoothing() -> _Slider:
    slider = _Slider(Qt.Orientation.Horizontal)
    slider.setObjectName("training.smoothing")
    slider.setAccessibleName("Smoothing")
    slider.setToolTip("The mean over so many steps is drawn over the curve as told; a double click turns it off")
    slider.setRange(0, round(math.log10(_WIDEST) * _FINE))
    slider.setFixedWidth(112)
    return slider


def _steps() -> QSpinBox:
    box = QSpinBox(accessibleName="Smoothing in steps", toolTip="Steps that the mean is taken over")
    box.setRange(0, _WIDEST)
    box.setSuffix(" steps")
    box.setSpecialValueText("off")
    box.setKeyboardTracking(False)
    box.setFixedWidth(104)
    OwnReturn(box)
    return box


def _choice(name: str, accessible: str, tip: str, items: tuple[tuple[str, str], ...]) -> QComboBox:
    box = QComboBox(objectName=name, accessibleName=accessible, toolTip=tip)
    for words, value in items:
        box.addItem(words, value)
    return box
