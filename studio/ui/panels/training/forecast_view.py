"""How long a training will take and whether it fits, measured on demand."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from studio.app.training.forecast import Forecast, Forecasts
from studio.app.training.plan import TrainingPlan
from studio.core.errors import StudioError
from studio.ui.theme import Theme, icon

_ICON = 16


class ForecastView(QWidget):
    """The last forecast of the preset, a button that measures, and what would fit where it does not."""

    def __init__(self, plan: TrainingPlan, forecasts: Forecasts, theme: Theme) -> None:
        super().__init__()
        self._plan = plan
        self._forecasts = forecasts
        self._theme = theme
        self._problem = ""
        title = QLabel("Forecast")
        title.setProperty("role", "title")
        self.measure = QPushButton("Measure", objectName="training.measure")
        self.measure.clicked.connect(self._on_measure)
        self.take = QPushButton(objectName="training.take", accessibleName="Take what fits")
        self.take.setToolTip("Set batch size and accumulation to what fits; the weights learn alike")
        self.take.clicked.connect(self._on_take)
        self._badge = QLabel()
        self._memory, self._time, self._note, self._complaint = (QLabel(wordWrap=True) for _ in range(4))
        self._note.setProperty("role", "small")
        self._complaint.setProperty("role", "problem")
        # How far it is can't be known: it is over when the network has had a few steps.
        self._progress = QProgressBar(minimum=0, maximum=0, textVisible=False, accessibleName="Measuring")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.measure)
        memory = QHBoxLayout()
        memory.setSpacing(8)
        memory.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignTop)
        memory.addWidget(self._memory, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._time)
        layout.addLayout(memory)
        for widget in (self.take, self._note, self._progress, self._complaint):
            layout.addWidget(widget)
        forecasts.changed.connect(self.show_forecast)
        forecasts.failed.connect(self._on_failed)
        theme.changed.connect(self.show_forecast)

    @property
    def words(self) -> str:
        """All that is said."""
        labels = (self._time, self._memory, self._note, self._complaint)
        return " ".join(label.text() for label in labels if label.text())

    def close_view(self) -> None:
        """Let go of the forecasts."""
        self._forecasts.changed.disconnect(self.show_forecast)
        self._forecasts.failed.disconnect(self._on_failed)

    def show_forecast(self) -> None:
        """Show what is known of the plan."""
        measuring, last = self._forecasts.measuring, self._forecasts.last
        self.measure.setText("Cancel" if measuring else "Measure again" if last else "Measure")
        self.measure.setAccessibleName(f"{self.measure.text()} the forecast")
        self.measure.setEnabled(measuring or not self._plan.obstacle())
        self.measure.setToolTip(
            "Stop measuring" if measuring else "Try this network on this machine: its memory and its pace, in a minute"
        )
        self._progress.setVisible(measuring)
        _say(self._time, last.time_words() if last else "")
        _say(self._memory, last.memory_words() if last else "")
        _say(self._note, self._noted(last))
        _say(self._complaint, self._problem)
        self._show_badge(last)
        self._show_offer(last)

    def _noted(self, last: Forecast | None) -> str:
        if self._forecasts.measuring:
            return "Measuring: some seconds, minutes for a large network on a processor."
        if last is None:
            return "Memory and hours are measured on this machine, by a few steps of this very network."
        return "Measured for other people or settings." if self._forecasts.outdated else ""

    def _show_badge(self, last: Forecast | None) -> None:
        self._badge.setVisible(last is not None)
        fits = last is not None and last.fits
        name, token = ("mdi6.check-circle-outline", "kept") if fits else ("mdi6.alert-circle-outline", "doubtful")
        self._badge.setPixmap(icon(self._theme, name, token).pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))

    def _show_offer(self, last: Forecast | None) -> None:
        offered = last is not None and not last.fits and last.largest_batch > 0 and not self._forecasts.outdated
        self.take.setVisible(offered)
        if last is not None and offered:
            self.take.setText(f"Take batches of {last.fitting_batch}, {last.accumulate} to a step")

    def _on_measure(self) -> None:
        self._problem = ""
        if self._forecasts.measuring:
            self._forecasts.cancel()
        else:
            self._forecasts.measure()

    def _on_take(self) -> None:
        last = self._forecasts.last
        if last is not None:
            self._plan.set_values({"batch_size": str(last.fitting_batch), "accumulate": str(last.accumulate)})

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self._problem = f"{error.message} {error.hint}".strip()
        self.show_forecast()


def _say(label: QLabel, words: str) -> None:
    label.setText(words)
    label.setVisible(bool(words))
