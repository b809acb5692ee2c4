"""What a training is started with."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.app.studio import Studio
from studio.app.training.fields import PRESETS, preset_words
from studio.app.training.forecast import Forecasts
from studio.app.training.pairing import Pairing
from studio.app.training.plan import SIDES, TrainingPlan
from studio.core.errors import StudioError
from studio.ui.actions import Actions
from studio.ui.panels.training.forecast_view import ForecastView
from studio.ui.panels.training.more_settings import MoreSettings
from studio.ui.panels.training.person_picker import PersonPicker
from studio.ui.theme import Theme, icon
from studio.ui.widgets.own_return import OwnReturn

_MOST_STEPS = 100_000_000
_ICON = 16


class StartForm(QWidget):
    """Two people, a preset, settings and a forecast, and the button that starts the training.

    Attributes:
        started: a run with this name was started.
        plan: what is filled in.
    """

    started = Signal(str)

    def __init__(self, studio: Studio, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training.form")
        self.setAccessibleName("New training")
        self._studio = studio
        self._theme = theme
        self._starting = False
        self.plan = TrainingPlan(studio)
        self._pairing = Pairing(studio, self.plan)
        self._forecasts = Forecasts(studio, self.plan)
        self.people = {side: PersonPicker(self.plan, self._pairing, side, theme) for side in SIDES}
        self._gaps = {side: QLabel(wordWrap=True) for side in SIDES}
        self.preset = QComboBox(objectName="training.preset", accessibleName="Preset")
        self._preset_words = QLabel(wordWrap=True)
        self.steps = QSpinBox(objectName="training.steps", accessibleName="Steps in all")
        self.more = MoreSettings(self.plan, theme)
        self.forecast = ForecastView(self.plan, self._forecasts, theme)
        self._badge = QLabel()
        self._reason = QLabel(wordWrap=True, objectName="training.reason")
        self._facesets = actions.button("view.facesets")
        self._facesets.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.start = QPushButton("Start training", objectName="training.start", accessibleName="Start training")
        self._fill()
        self._compose()
        self._connect()
        self.setFocusProxy(self.people["a"].box)
        self._show()
        self._show_poses()

    def close_view(self) -> None:
        """Let go of the session; a forecast that is being measured ends."""
        self.plan.changed.disconnect(self._show)
        self._pairing.changed.disconnect(self._show_poses)
        self._forecasts.changed.disconnect(self._on_forecast)
        self.forecast.close_view()
        self._forecasts.close()
        self._pairing.close()
        self.plan.close()

    def _fill(self) -> None:
        for name in PRESETS:
            self.preset.addItem(name.capitalize(), name)
            self.preset.setItemData(self.preset.count() - 1, preset_words(name), Qt.ItemDataRole.ToolTipRole)
        self.preset.setToolTip("Network, batch and rate; all else can be changed below")
        self.steps.setRange(1, _MOST_STEPS)
        self.steps.setSingleStep(1000)
        self.steps.setGroupSeparatorShown(True)
        self.steps.setToolTip("How many steps in all; a run can be given more later")
        self.steps.lineEdit().setTextMargins(6, 0, 6, 0)
        OwnReturn(self.steps)
        for label in (self._preset_words, *self._gaps.values()):
            label.setProperty("role", "small")
        self.start.setProperty("role", "primary")

    def _compose(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(16)
        column.addLayout(_column(_titled("People"), *self.people.values(), spacing=12))
        column.addLayout(_column(*self._gaps.values(), spacing=4))
        column.addWidget(_line())
        column.addLayout(self._network())
        column.addLayout(_column(_titled("More settings"), self.more, spacing=4))
        column.addWidget(_line())
        column.addWidget(self.forecast)
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True, accessibleName="Settings of the training")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(area, 1)
        layout.addWidget(_line())
        layout.addLayout(self._foot())

    def _network(self) -> QVBoxLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(8)
        form.addRow("Preset", self.preset)
        form.addRow(self._preset_words)
        form.addRow("Steps", self.steps)
        column = _column(_titled("Network"), spacing=8)
        column.addLayout(form)
        return column

    def _foot(self) -> QVBoxLayout:
        said = QHBoxLayout()
        said.setSpacing(8)
        said.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self._reason, 1)
        said.addWidget(self._facesets, 0, Qt.AlignmentFlag.AlignTop)
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 12, 12, 12)
        foot.setSpacing(8)
        foot.addLayout(said)
        foot.addWidget(self.start)
        return foot

    def _connect(self) -> None:
        self.plan.changed.connect(self._show)
        self._pairing.changed.connect(self._show_poses)
        self._forecasts.changed.connect(self._on_forecast)
        self.preset.activated.connect(lambda _index: self.plan.use_preset(self.preset.currentData()))
        self.steps.valueChanged.connect(self.plan.set_steps)
        self.start.clicked.connect(self._start)
        self._theme.changed.connect(self._show)

    def _show(self) -> None:
        plan = self.plan
        self.preset.setCurrentIndex(self.preset.findData(plan.preset))
        self._preset_words.setText(preset_words(plan.preset))
        self.steps.blockSignals(True)
        self.steps.setValue(plan.steps)
        self.steps.blockSignals(False)
        self.more.show_plan()
        self.forecast.show_forecast()
        self._say(self._cautions())

    def _on_forecast(self) -> None:
        self._say(self._cautions())

    def _show_poses(self) -> None:
        for side in SIDES:
            self.people[side].show_plan()
            words = self._pairing.words(side)
            self._gaps[side].setText(words)
            self._gaps[side].setVisible(bool(words))

    def _cautions(self) -> str:
        last = self._forecasts.last
        unfit = last is not None and not last.fits and not self._forecasts.outdated
        return self.plan.obstacle() or ("The batch does not fit into memory: see Forecast." if unfit else "")

    def _say(self, reason: str, token: str = "doubtful") -> None:
        """Say why the training can't or should not be started, or that it is being started."""
        obstacle = self.plan.obstacle()
        words = "Starting…" if self._starting else reason
        self._reason.setText(words)
        for widget in (self._reason, self._badge):
            widget.setVisible(bool(words))
        name, token = ("mdi6.progress-clock", "muted") if self._starting else ("mdi6.alert-circle-outline", token)
        self._badge.setPixmap(icon(self._theme, name, token).pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))
        self._facesets.setVisible("Facesets" in words)
        self.start.setEnabled(not obstacle and not self._starting)
        self.start.setToolTip(words or "Train on the faces that are used now; the run outlives the window")
        self.start.setAccessibleDescription(words)

    def _start(self) -> None:
        self._starting = True
        self._say("")
        self._studio.runs.start(self.plan.arguments("train"), self._on_started, self._on_failed)

    def _on_started(self, run: str) -> None:
        self._starting = False
        self._say(self._cautions())
        self.started.emit(run)

    def _on_failed(self, error: Exception) -> None:
        self._starting = False
        if not isinstance(error, StudioError):
            raise error
        self._say(f"{error.message} {error.hint}".strip(), "rejected")


def _titled(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("role", "title")
    return label


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    return line


def _column(*widgets: QWidget, spacing: int) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(spacing)
    for widget in widgets:
        column.addWidget(widget)
    return column
