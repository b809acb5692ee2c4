"""What a training will take, measured before it starts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from psygnal import Signal

from studio.app.asking import Asking
from studio.app.studio import Studio
from studio.app.training.plan import TrainingPlan
from studio.core.estimate import Estimate
from studio.core.project import Project

LANE = "forecast"


@dataclass(frozen=True)
class Forecast(Estimate):
    """What `studio estimate` has measured, in words.

    Attributes:
        steps: in all.
    """

    steps: int

    @classmethod
    def read(cls, answer: dict[str, Any]) -> Forecast:
        """From the command's answer."""
        return cls(**{field.name: answer[field.name] for field in fields(cls)})

    def time_words(self) -> str:
        """How long it will take."""
        if self.hours is None or self.seconds_per_step is None:
            return ""
        each = f"{self.seconds_per_step:.2f} s" if self.seconds_per_step >= 0.1 else f"{self.seconds_per_step:.3f} s"
        return f"{lasting(self.hours)} for {self.steps:,} steps on {self.device}, {each} a step."

    def memory_words(self) -> str:
        """Whether it fits, and what would."""
        free = f"{gigabytes(self.free_mb)} are free"
        if self.fits:
            return f"Fits: needs {gigabytes(self.memory_mb)}, {free}."
        if self.largest_batch == 0:
            return f"Does not fit, not even with one face at a time: {free}."
        return (
            f"A batch of {self.batch_size} does not fit: {free}."
            f" Batches of {self.fitting_batch}, {self.accumulate} to a step, fit and train alike."
        )


class Forecasts:
    """Measures what the plan will take; remembers the last for each preset while the window is open.

    Attributes:
        changed: there is another one, or measuring began or ended.
        failed: why there is none; a StudioError.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, studio: Studio, plan: TrainingPlan) -> None:
        self._studio = studio
        self._plan = plan
        self._asking = Asking(studio.background, LANE, self.changed.emit)
        # By preset: what was asked, and what came of it.
        self._known: dict[str, tuple[list[str], Forecast]] = {}
        studio.closing.connect(self.cancel)
        studio.project_changed.connect(self._forget)

    def close(self) -> None:
        """End what is being measured, and let go of the session."""
        self.cancel()
        self._studio.closing.disconnect(self.cancel)
        self._studio.project_changed.disconnect(self._forget)

    @property
    def measuring(self) -> bool:
        """Whether it is at work."""
        return self._asking.busy

    @property
    def last(self) -> Forecast | None:
        """The last one of the plan's preset."""
        known = self._known.get(self._plan.preset)
        return known[1] if known is not None else None

    @property
    def outdated(self) -> bool:
        """Whether the plan is not what the last one was measured for."""
        known = self._known.get(self._plan.preset)
        return known is not None and (bool(self._plan.obstacle()) or known[0] != self._plan.arguments("estimate"))

    def measure(self) -> None:
        """Measure the plan by `studio estimate`; a minute or so. Only where there is no obstacle."""
        if self.measuring:
            return
        preset, asked = self._plan.preset, self._plan.arguments("estimate")
        self._asking.ask(
            asked,
            lambda answer: self._known.update({preset: (asked, Forecast.read(answer))}),
            self.failed.emit,
        )

    def cancel(self) -> None:
        """Stop measuring; what was known stays."""
        self._asking.cancel()

    def _forget(self, _project: Project | None) -> None:
        self.cancel()
        self._known = {}
        self.changed.emit()


def lasting(hours: float) -> str:
    """A length of time in the unit one thinks of it in."""
    if hours < 1:
        minutes = max(1, round(hours * 60))
        return f"About {minutes} {'minute' if minutes == 1 else 'minutes'}"
    if hours < 48:
        return f"About {hours:.1f} hours"
    days = hours / 24
    return f"About {days:,.0f} days" if days < 730 else f"About {days / 365:,.0f} years"


def gigabytes(megabytes: float) -> str:
    """Memory in GB."""
    return f"{megabytes / 1024:.1f} GB"
