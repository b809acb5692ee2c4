"""The panel in which a swap is trained and watched."""

from __future__ import annotations

import html
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from studio.app.studio import Studio
from studio.app.training import words
from studio.app.training.monitor import Monitor
from studio.app.training.steering import Steering
from studio.app.training.trained import hidden_words, trained_people
from studio.core.records import Identity
from studio.ui.actions import Actions
from studio.ui.panels.training.commands import Commands
from studio.ui.panels.training.curve_bar import CurveBar, Readout
from studio.ui.panels.training.loss_plot import SIDE_TOKENS, LossPlot
from studio.ui.panels.training.preview_view import PreviewView
from studio.ui.panels.training.run_column import RunColumn
from studio.ui.panels.training.start_form import StartForm
from studio.ui.theme import Theme
from studio.ui.widgets.back_button import BackButton
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.inline_bar import InlineBar
from studio.ui.widgets.one_line import OneLine

_REFRESH_MS = 1000
_RIGHT = 320


class TrainingPanel(QWidget):
    """Curves over previews in the middle, the training on show and the other runs at the right.

    Attributes:
        worst_wanted: the faces of the person with this id are wanted, those that are learned worst first.
        monitor, steering: the panel's model.
        selected_faces: the person and the faces that are selected in the facesets panel; None where none are.
        column: the right column while a training is watched.
        form: the right column while there is none, or a new one is wanted.
    """

    worst_wanted = Signal(int)

    def __init__(
        self,
        studio: Studio,
        theme: Theme,
        actions: Actions,
        selected_faces: Callable[[], tuple[int, list[int]] | None] = lambda: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel.training")
        self.setAccessibleName("Training")
        self._studio = studio
        self._theme = theme
        self._actions = actions
        self.selected_faces = selected_faces
        self._log = ""
        self._hovered: float | None = None
        self.monitor = Monitor(studio)
        self.steering = Steering(studio, self.monitor)
        self.empty = EmptyState(theme)
        self.empty.say(
            "mdi6.chart-line",
            "Here a swap is trained and watched: losses, previews, checkpoints.",
            "Choose two people at the right, and start.",
        )
        self.notice = InlineBar(theme)
        self.notice.setObjectName("training.notice")
        self.bar = CurveBar(actions)
        self.readout = Readout()
        self.plot = LossPlot(theme)
        self.preview = PreviewView(studio, theme, actions)
        self.column = RunColumn(studio, self.monitor, self.steering, theme, actions)
        self.form = StartForm(studio, theme, actions)
        self._back = BackButton(self.form, theme, "Back to the training")
        self.status = OneLine()
        self.status.setObjectName("training.status")
        self.status.setContentsMargins(12, 4, 12, 4)
        self._compose()
        self._commands = Commands(self, studio, actions)
        self._connect()
        self._clock = QTimer(self, interval=_REFRESH_MS)
        self._clock.timeout.connect(self._tick)
        self._clock.start()
        self._on_rows()

    def begin_new(self) -> None:
        """Show the form that starts a training."""
        self._right.setCurrentWidget(self.form)
        self.form.setFocus()

    def watch(self, run: str) -> None:
        """Show the training called `run`, as soon as it is there."""
        self._show_column()
        self.monitor.show(run)
        self._studio.runs.poll()

    def pin_selected(self) -> None:
        """Have previews show the faces that are selected in the facesets panel."""
        selected = self.selected_faces()
        if selected is not None:
            self.steering.pin(*selected)

    def shown_people(self) -> list[Identity]:
        """Whom the training on show trains, without those whose faces must not be shown."""
        course = self.monitor.course
        known = trained_people(self._studio.people, course.config) if course is not None else {}
        return [row.identity for row in known.values() if row.holds]

    def ask_worst(self) -> None:
        """Ask whose worst faces are wanted."""
        menu = QMenu(self)
        menu.setAccessibleName("Worst faces")
        for person in self.shown_people():
            name = person.name.replace("&", "&&")
            menu.addAction(f"Faces of {name}").triggered.connect(
                lambda _checked, person=person.id: self.worst_wanted.emit(person)
            )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.column.below("worst"))

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date when one comes back."""
        super().showEvent(event)
        self._tick()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of the session."""
        self._clock.stop()
        self.column.keep_notes()
        self.form.close_view()
        self._studio.people_changed.disconnect(self._on_people)
        self.monitor.close()
        super().closeEvent(event)

    def _compose(self) -> None:
        top = QWidget()
        curves = QVBoxLayout(top)
        curves.setContentsMargins(0, 0, 0, 0)
        curves.setSpacing(0)
        curves.addWidget(self.bar)
        curves.addWidget(self.readout)
        curves.addWidget(self.plot, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(top)
        split.addWidget(self.preview)
        split.setChildrenCollapsible(False)
        split.setSizes([400, 360])
        watch = QWidget()
        middle = QVBoxLayout(watch)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.notice)
        middle.addWidget(split, 1)
        middle.addWidget(self.status)
        self._watch = watch
        self._main = QStackedWidget()
        self._main.addWidget(self.empty)
        self._main.addWidget(watch)
        self._right = QStackedWidget()
        self._right.setFixedWidth(_RIGHT)
        self._right.addWidget(self.column)
        self._right.addWidget(self.form)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._main, 1)
        layout.addWidget(self._right)

    def _connect(self) -> None:
        monitor = self.monitor
        monitor.rows_changed.connect(self._on_rows)
        monitor.shown_changed.connect(self._on_shown)
        monitor.told.connect(self._on_told)
        monitor.drawn.connect(self._draw)
        self.bar.wanted.connect(monitor.want)
        self.plot.hovered.connect(self._on_hovered)
        self.plot.chosen.connect(self.preview.go_to)
        self.preview.moved.connect(self.plot.show_moment)
        self._theme.changed.connect(self._read_out)
        self.form.started.connect(self.watch)
        self._back.clicked.connect(self._show_column)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.form, self._show_column)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._studio.people_changed.connect(self._on_people)

    def _show_column(self) -> None:
        if self.monitor.row is not None:
            self._right.setCurrentWidget(self.column)

    def _tick(self) -> None:
        # What nobody sees is read when they look.
        if self.isVisible():
            self.monitor.look()

    def _on_rows(self) -> None:
        row = self.monitor.row
        self._main.setCurrentWidget(self._watch if row is not None else self.empty)
        if row is None:
            self._right.setCurrentWidget(self.form)
        self._back.setVisible(row is not None)
        self._show_run()
        if row is not None and row.state in ("died", "failed") and not self._log:
            self._read_log()

    def _on_shown(self, _name: str) -> None:
        self._log = ""
        self._on_rows()
        self._on_told()
        self._draw()

    def _on_told(self) -> None:
        course = self.monitor.course
        self._show_previews()
        self.plot.show_markers(course.markers if course is not None else ())
        self._show_run()

    def _on_people(self, _people: object) -> None:
        self._show_previews()
        self._commands.look()

    def _show_previews(self) -> None:
        course = self.monitor.course
        hidden = hidden_words(self._studio.people, course.config) if course is not None else ""
        if hidden:
            self.preview.hide_previews(hidden)
        else:
            self.preview.show_previews(self.monitor.shown, course.previews if course is not None else ())

    def _show_run(self) -> None:
        row = self.monitor.row
        self.column.show_run()
        self._commands.look()
        if row is None:
            self.notice.clear()
            return
        said, details = words.end_words(row, self.monitor.course, self._log)
        if said:
            self.notice.say(said, details, "error", [self._actions["training.resume"]])
        else:
            self.notice.clear()
        self.status.setText(words.status_words(row, self.monitor.course))

    def _read_log(self) -> None:
        row = self.monitor.row
        assert row is not None

        def show(text: str) -> None:
            if self.monitor.shown == row.run:
                self._log = text
                self._show_run()

        self._studio.background.run(lambda: self._studio.runs.read_log(row), show, self._studio.report, lane="runs")

    def _draw(self) -> None:
        names = (self.monitor.shown, *self.monitor.overlaid)
        self.plot.show_curves([self.monitor.curves[name] for name in names if name in self.monitor.curves])
        self._read_out()

    def _on_hovered(self, step: float | None) -> None:
        self._hovered = step
        self._read_out()

    def _read_out(self) -> None:
        """Say what the curves are where the pointer is, or at their ends."""
        curves = self.monitor.curves.get(self.monitor.shown, ())
        course = self.monitor.course
        if not curves or course is None or not len(course.steps):
            self.readout.say("")
            return
        step = self._hovered if self._hovered is not None else float(course.steps[-1])
        parts = [f"Step {min(max(step, 0), float(course.steps[-1])):,.0f}"]
        for curve in curves:
            value = curve.smooth.at(step)
            name = html.escape(str(course.config.get(curve.side, curve.side.upper())))
            colour = self._theme.colour(SIDE_TOKENS[curve.side]).name()
            said = f"{value:.4g}" if value is not None else "-"
            parts.append(f'<span style="color:{colour}">{curve.side.upper()}</span> {name} {said}')
        self.readout.say("&nbsp;&nbsp;&nbsp;&nbsp;".join(parts))
