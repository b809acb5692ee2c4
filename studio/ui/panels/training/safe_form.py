"""Changing safe settings of a training at work."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.app.training.course import Course
from studio.app.training.safe import SAFE_SETTINGS
from studio.ui.widgets.own_return import OwnReturn


class SafeForm(QWidget):
    """A box a setting; what differs from what holds is applied together.

    Attributes:
        applied: these settings, by name, shall have other values.
    """

    applied = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holding: dict[str, float] = {}
        self.boxes = {setting.name: _Box() for setting in SAFE_SETTINGS}
        form = QFormLayout()
        form.setVerticalSpacing(4)
        for setting in SAFE_SETTINGS:
            box = self.boxes[setting.name]
            box.setObjectName(f"training.safe.{setting.name}")
            box.setAccessibleName(setting.text)
            box.setToolTip(setting.tip)
            box.setDecimals(setting.decimals)
            box.setRange(setting.lowest, setting.highest)
            box.setSuffix(f" {setting.unit}".rstrip())
            box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
            box.setFixedWidth(112)
            box.setAlignment(Qt.AlignmentFlag.AlignRight)
            box.valueChanged.connect(self._say)
            OwnReturn(box)
            label = QLabel(setting.text)
            label.setProperty("role", "muted")
            form.addRow(label, box)
        self.apply = QPushButton("Apply", objectName="training.safe.apply", accessibleName="Apply settings")
        self.apply.setToolTip("Change these settings from the next step on; it is recorded, so resuming stays exact")
        self.apply.clicked.connect(lambda _checked: self.applied.emit(self.changed))
        self._reset = QPushButton("Reset", accessibleName="Reset settings", toolTip="Show what holds again")
        self._reset.clicked.connect(lambda _checked: self._fill())
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self._reset)
        buttons.addWidget(self.apply)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(form)
        layout.addLayout(buttons)
        self._say()

    @property
    def changed(self) -> dict[str, Any]:
        """What differs from what holds."""
        found: dict[str, Any] = {}
        for setting in SAFE_SETTINGS:
            value = self.boxes[setting.name].value()
            if setting.name in self._holding and value != self._shown(setting.name):
                found[setting.name] = value if setting.decimals else round(value)
        return found

    def show_course(self, course: Course | None, *, live: bool) -> None:
        """Show the settings that hold; what somebody is just typing stays."""
        holding = {
            setting.name: float(course.settings[setting.name])
            for setting in SAFE_SETTINGS
            if course is not None and isinstance(course.settings.get(setting.name), int | float)
        }
        if holding != self._holding:
            self._holding = holding
            self._fill()
        for name, box in self.boxes.items():
            box.setEnabled(live and name in holding)
        self._say()

    def _shown(self, name: str) -> float:
        """What holds, as the box would show it."""
        return float(round(self._holding[name], self.boxes[name].decimals()))

    def _fill(self) -> None:
        for name in self._holding:
            self.boxes[name].setValue(self._shown(name))
        self._say()

    def _say(self, _news: object = None) -> None:
        possible = bool(self.changed) and all(self.boxes[name].isEnabled() for name in self.changed)
        self.apply.setEnabled(possible)
        self._reset.setEnabled(bool(self.changed))


class _Box(QDoubleSpinBox):
    """Shows no more digits than there are."""

    def textFromValue(self, value: float) -> str:
        words = f"{value:,.{self.decimals()}f}"
        return words.rstrip("0").rstrip(".") if "." in words else words
