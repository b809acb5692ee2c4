"""The filters of the facesets panel."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from studio.app.faceset.filters import SCORES, FilterSet
from studio.app.faceset.session import FacesetSession
from studio.core.records import STATES, FaceState
from studio.ui.theme import Theme
from studio.ui.widgets.range_slider import RangeSlider

_FIRST = ("blur", "yaw", "pitch", "size", "confidence")
# An extraction adds faces every second; histograms follow when it pauses for a moment. Of another faceset they follow
# when its first faces are painted, for which they would otherwise compete.
_SETTLE_MS, _BEGIN_MS = 300, 100


class FilterColumn(QWidget):
    """States and score ranges; the histograms are of the whole faceset.

    Attributes:
        settling: runs while the histograms have yet to follow.
    """

    def __init__(self, session: FacesetSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.states = {state: QCheckBox(state.value.capitalize()) for state in STATES}
        self.unseen = QCheckBox("Not seen yet", toolTip="Show only faces nobody has looked at")
        self.sliders = {score.column: RangeSlider(score, theme) for score in SCORES}
        self.settling = QTimer(self, singleShot=True)
        self.settling.timeout.connect(self._show_values)
        states = QHBoxLayout()
        states.setSpacing(8)
        for state, box in self.states.items():
            box.setAccessibleName(f"Show {state.value} faces")
            box.setToolTip(f"Show {state.value} faces")
            box.setChecked(True)
            box.toggled.connect(self._on_states)
            states.addWidget(box)
        states.addStretch()
        self.unseen.setAccessibleName("Show only unseen faces")
        self.unseen.toggled.connect(lambda on: session.filters.set(session.filters.value.changed({"unseen": on})))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(states)
        layout.addWidget(self.unseen)
        order = [*_FIRST, *(column for column in self.sliders if column not in _FIRST)]
        for column in order:
            slider = self.sliders[column]
            slider.limited.connect(lambda low, high, column=column: session.filters.limit(column, low, high))
            layout.addWidget(slider)
        session.faces.reset.connect(self._on_reset)
        session.faces.extended.connect(self._on_extended)
        session.filters.changed.connect(self._on_filters)

    def close_view(self) -> None:
        """Let go of the session."""
        self.settling.stop()
        self._session.faces.reset.disconnect(self._on_reset)
        self._session.faces.extended.disconnect(self._on_extended)
        self._session.filters.changed.disconnect(self._on_filters)

    def _on_reset(self) -> None:
        self.settling.start(_BEGIN_MS)

    def _on_extended(self, _first: int) -> None:
        self.settling.start(_SETTLE_MS)

    def _show_values(self) -> None:
        for column, slider in self.sliders.items():
            values = getattr(self._session.faces.columns, column)
            slider.show_values(values)
            slider.setVisible(bool(len(values) == 0 or not np.isnan(values).all()))

    def _on_states(self) -> None:
        shown = frozenset(state for state, box in self.states.items() if box.isChecked())
        value = None if len(shown) == len(STATES) else shown
        self._session.filters.set(self._session.filters.value.changed({"states": value}))

    def _on_filters(self, value: FilterSet) -> None:
        for column, slider in self.sliders.items():
            limits = value.ranges.get(column)
            slider.show_limits(limits.low if limits else None, limits.high if limits else None)
        shown = frozenset(FaceState) if value.states is None else value.states
        for state, box in self.states.items():
            box.blockSignals(True)
            box.setChecked(state in shown)
            box.blockSignals(False)
        self.unseen.blockSignals(True)
        self.unseen.setChecked(value.unseen)
        self.unseen.blockSignals(False)
