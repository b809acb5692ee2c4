"""The actions of the training panel, and when each of them is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.app.studio import Studio
from studio.ui.actions import Actions

if TYPE_CHECKING:
    from studio.ui.panels.training.panel import TrainingPanel

_OVER = "This training is over."
_NONE = "No training is on show."


class Commands:
    """Binds the actions and keeps them true."""

    def __init__(self, panel: TrainingPanel, studio: Studio, actions: Actions) -> None:
        self._panel = panel
        self._studio = studio
        self._actions = actions
        steering, plot = panel.steering, panel.plot
        for name, do in (
            ("new", panel.begin_new),
            ("pause", steering.toggle_pause),
            ("stop", steering.stop),
            ("resume", steering.restart),
            ("save", lambda: steering.send("save", "Saving a checkpoint.")),
            ("preview", lambda: steering.send("preview", "Writing a preview.")),
            ("latest", lambda: steering.send("latest", "Taking the faces that are kept now.")),
            ("fork", panel.column.ask_fork),
            ("pin", panel.pin_selected),
            ("worst", panel.ask_worst),
            ("log", lambda: plot.set_log(actions["training.log"].isChecked())),
            ("fit", plot.fit),
            ("beside", lambda: panel.preview.compare(actions["training.beside"].isChecked())),
        ):
            actions.bind(f"training.{name}", do, panel)

    def look(self) -> None:
        """Say which of them are possible now."""
        row, course = self._panel.monitor.row, self._panel.monitor.course
        live, none = row is not None and row.live, _NONE if row is None else _OVER
        for name in ("stop", "save", "preview", "latest"):
            self._actions.enable(f"training.{name}", live, none)
        paused = row is not None and row.state == "paused"
        pause = self._actions["training.pause"]
        pause.setText("Go on" if paused else "Pause")
        self._actions.enable("training.pause", live and row is not None and row.state in ("running", "paused"), none)
        over = row is not None and row.state in ("failed", "stopped", "died")
        self._actions.enable("training.resume", over, "Only a training that did not reach its end can be resumed.")
        checkpoints = course is not None and bool(course.checkpoints)
        self._actions.enable("training.fork", checkpoints, "There is no checkpoint yet.")
        selected = self._panel.selected_faces() is not None
        self._actions.enable(
            "training.pin", live and selected, none if not live else "Select faces in the facesets panel first."
        )
        told = course is not None and course.errors is not None
        why = "Nobody's consent record holds." if told else "It is told with the first checkpoint."
        self._actions.enable("training.worst", told and bool(self._panel.shown_people()), why)
        for name in ("log", "fit", "beside"):
            self._actions.enable(f"training.{name}", row is not None, _NONE)
        self._panel.column.show_buttons(live=live)
