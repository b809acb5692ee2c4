"""The preview pictures of a run, through its whole history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from studio.app.studio import Studio
from studio.app.training.course import Preview
from studio.ui.actions import Actions
from studio.ui.panels.training.loss_plot import SIDE_TOKENS
from studio.ui.panels.training.preview_pictures import PreviewPictures
from studio.ui.theme import Theme
from studio.ui.widgets.picture_view import PictureView

_COLUMNS = ("A", "A rebuilt", "A as B", "B", "B rebuilt", "B as A")
_BAR = 20
_NOTHING = "No preview yet"


class PreviewView(QWidget):
    """The same faces at any moment of the run; two moments side by side where that is wanted.

    Attributes:
        moved: the preview of this step is on show; None where there is none.
    """

    moved = Signal(object)

    def __init__(self, studio: Studio, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training.preview")
        self.setAccessibleName("Previews")
        self._previews: tuple[Preview, ...] = ()
        self._run = ""
        self.pictures = PreviewPictures(studio, self)
        self.moments = (_Moment(theme, "Preview", "training.history"), _Moment(theme, "Other moment", "training.other"))
        self.setFocusProxy(self.moments[0].picture)
        self._beside = actions["training.beside"]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for moment in self.moments:
            layout.addWidget(moment, 1)
            moment.slider.valueChanged.connect(lambda _place, moment=moment: self._show(moment))
        self.moments[1].hide()
        for one, other in (self.moments, reversed(self.moments)):
            one.picture.looked.connect(other.picture.look)
        self.pictures.arrived.connect(self._on_arrived)

    @property
    def preview(self) -> Preview | None:
        """The one on show."""
        return self._at(self.moments[0])

    def show_previews(self, run: str, previews: Sequence[Preview]) -> None:
        """Show those of a run; who looked at the newest one goes on to do so."""
        if run != self._run:
            self._run = run
            for moment in self.moments:
                moment.picture.missing = _NOTHING
                moment.picture.show_image(None)
            self.pictures.forget()
            self._previews = ()
        if self._previews != tuple(previews[: len(self._previews)]):
            # The training went back: pictures of the same names will be others.
            self.pictures.forget()
        before, self._previews = len(self._previews), tuple(previews)
        for moment in self.moments:
            newest = moment.slider.value() >= before - 1 and moment is self.moments[0]
            moment.slider.blockSignals(True)
            moment.slider.setRange(0, max(0, len(previews) - 1))
            if newest:
                moment.slider.setValue(max(0, len(previews) - 1))
            moment.slider.blockSignals(False)
            moment.slider.setEnabled(len(previews) > 1)
            self._show(moment)

    def hide_previews(self, why: str) -> None:
        """Show no picture but a note in their place, and forget those that were read."""
        self.show_previews("", ())
        for moment in self.moments:
            moment.picture.missing = why
            moment.picture.update()

    def go_to(self, step: int) -> None:
        """Show the preview nearest to `step`."""
        if self._previews:
            nearest = min(range(len(self._previews)), key=lambda place: abs(self._previews[place].step - step))
            self.moments[0].slider.setValue(nearest)

    def compare(self, on: bool) -> None:
        """Show another moment beside, at first the first one."""
        self.moments[1].setVisible(on)
        self._show(self.moments[1])

    def _at(self, moment: _Moment) -> Preview | None:
        place = moment.slider.value()
        return self._previews[place] if place < len(self._previews) else None

    def _show(self, moment: _Moment) -> None:
        preview = self._at(moment)
        if moment is self.moments[0]:
            self.moved.emit(preview.step if preview is not None else None)
        if moment is self.moments[1] and moment.isHidden():
            return
        if preview is None:
            moment.say_nothing()
        else:
            moment.say(preview, moment.slider.value() + 1, len(self._previews))
            image = self.pictures.get(preview.path)
            # Until it is there, the one before stays: a flash of nothing would disturb.
            if image is not None:
                moment.picture.show_image(None if image.isNull() else image)

    def _on_arrived(self, path: Path) -> None:
        for moment in self.moments:
            preview = self._at(moment)
            if preview is not None and preview.path == path:
                self._show(moment)


class _Moment(QWidget):
    """One picture with its slider."""

    def __init__(self, theme: Theme, name: str, slider: str) -> None:
        super().__init__()
        self.picture = _Grid(theme, name)
        self.picture.missing = _NOTHING
        self._heads = _Heads(theme, self.picture)
        self.slider = QSlider(Qt.Orientation.Horizontal, objectName=slider, accessibleName=f"{name}: moment")
        self.slider.setToolTip("The same faces at another moment of the run")
        self.slider.setEnabled(False)
        self._words = QLabel()
        self._words.setProperty("role", "small")
        self._words.setMinimumWidth(168)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 0)
        foot.setSpacing(8)
        foot.addWidget(self._words)
        foot.addWidget(self.slider, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._heads)
        layout.addWidget(self.picture, 1)
        layout.addLayout(foot)

    def say(self, preview: Preview, place: int, count: int) -> None:
        words = f"Step {preview.step:,}, {place:,} of {count:,}"
        self._words.setText(words)
        self.picture.setAccessibleDescription(words)

    def say_nothing(self) -> None:
        self._words.setText("")
        self.picture.setAccessibleDescription("")
        self.picture.show_image(None)


class _Grid(PictureView):
    """A preview; the names of its columns go with it.

    Attributes:
        placed: it lies elsewhere in its widget than before.
    """

    placed = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, and have the names follow."""
        super().paintEvent(event)
        self.placed.emit()

    def paint_over(self, painter: QPainter) -> None:
        """Paint a line between A and B."""
        place = self.place()
        painter.setPen(self._theme.colour("viewer"))
        painter.drawLine(QPointF(place.center().x(), place.top()), QPointF(place.center().x(), place.bottom()))


class _Heads(QWidget):
    """The names of the columns, above them wherever the picture lies."""

    def __init__(self, theme: Theme, picture: _Grid) -> None:
        super().__init__()
        self._theme = theme
        self._picture = picture
        self._place = QRectF()
        self.setFixedHeight(_BAR)
        picture.placed.connect(self._follow)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("viewer"))
        painter.setFont(self._theme.font("small"))
        width = self._place.width() / len(_COLUMNS)
        for number, words in enumerate(_COLUMNS if self._place.isValid() else ()):
            painter.setPen(self._theme.colour(SIDE_TOKENS[words[0].lower()]))
            box = QRectF(self._place.left() + number * width, 0, width, _BAR)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()

    def _follow(self) -> None:
        if self._picture.place() != self._place:
            self._place = self._picture.place()
            self.update()
