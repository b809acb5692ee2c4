"""Correcting a face by hand: its landmarks by dragging, its masks by painting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPen, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.faceset.closeup import CloseUp
from studio.app.faceset.correcting import Draft
from studio.ui.panels.facesets.face_view import FaceView
from studio.ui.theme import Theme

_REACH = 12
_MASKS = {"face": "Face", "eyes": "Eyes", "mouth": "Mouth"}


class CorrectionEditor(QWidget):
    """Points and masks of one face with tools, undo and redo of its own.

    Attributes:
        saved: the `Draft` is to be put to use.
        reverted: what the engines said is to be used again.
        closed: the editor is done with.
    """

    saved = Signal(object)
    reverted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Correct by hand")
        self.canvas = _Canvas(theme)
        self.points = self._tool("Points", "Drag landmarks; a Shift-drag moves all of them")
        self.paint = self._tool("Paint", "Add to the mask; with Alt or the right button erase")
        self.erase = self._tool("Erase", "Take from the mask")
        self.which = QComboBox(accessibleName="Mask", toolTip="The mask that is painted")
        for key, words in _MASKS.items():
            self.which.addItem(words, key)
        self.brush = QSlider(Qt.Orientation.Horizontal, accessibleName="Brush size", minimum=2, maximum=64, value=16)
        self.brush.setToolTip("Brush size in pixels of the aligned face; [ and ] change it")
        self.undo = self._button("Undo", "Take the last stroke back")
        self.redo = self._button("Redo", "Make the stroke taken back last again")
        self.save = self._button("Use correction", "Use these landmarks and masks from now on; the engine's are kept")
        self.save.setProperty("role", "primary")
        self.revert = self._button("Back to engine's", "Use what the engines said again")
        self.close_button = self._button("Close", "Leave without using what was changed here")
        group = QButtonGroup(self)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        for button in (self.points, self.paint, self.erase):
            group.addButton(button)
            bar.addWidget(button)
        for widget in (self.which, QLabel("Brush"), self.brush, self.undo, self.redo):
            bar.addWidget(widget)
        bar.addStretch()
        for answer in (self.revert, self.close_button, self.save):
            bar.addWidget(answer)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.canvas, 1)
        self.points.setChecked(True)
        self._connect(group)

    def show_face(self, closeup: CloseUp) -> None:
        """Begin to correct a face; both its picture and its masks must be there."""
        assert closeup.masks is not None
        self.canvas.begin(closeup, Draft(closeup.aligned, closeup.masks))
        self.revert.setEnabled(closeup.face.correction is not None)
        self._on_changed()
        self.canvas.setFocus()

    def _connect(self, group: QButtonGroup) -> None:
        group.buttonToggled.connect(self._choose_tool)
        self.which.currentIndexChanged.connect(self._choose_tool)
        self.brush.valueChanged.connect(self.canvas.set_brush)
        self.canvas.set_brush(self.brush.value())
        self.canvas.changed.connect(self._on_changed)
        self.undo.clicked.connect(self.canvas.undo)
        self.redo.clicked.connect(self.canvas.redo)
        self.save.clicked.connect(lambda: self.saved.emit(self.canvas.draft))
        self.revert.clicked.connect(self.reverted)
        self.close_button.clicked.connect(self.closed)
        for keys, do in (
            ("[", lambda: self.brush.setValue(self.brush.value() - 2)),
            ("]", lambda: self.brush.setValue(self.brush.value() + 2)),
            ("Escape", self.closed.emit),
            ("Ctrl+Z", self.canvas.undo),
            ("Ctrl+Shift+Z", self.canvas.redo),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(do)

    def _choose_tool(self, *_news: object) -> None:
        tool = "points" if self.points.isChecked() else "erase" if self.erase.isChecked() else "paint"
        self.canvas.set_tool(tool, str(self.which.currentData()))
        self.which.setEnabled(tool != "points")
        self.brush.setEnabled(tool != "points")

    def _on_changed(self) -> None:
        draft = self.canvas.draft
        self.undo.setEnabled(draft is not None and draft.can_undo)
        self.redo.setEnabled(draft is not None and draft.can_redo)
        self.save.setEnabled(draft is not None and draft.can_undo)

    def _tool(self, text: str, tip: str) -> QToolButton:
        return QToolButton(text=text, toolTip=tip, accessibleName=text, checkable=True,
                           focusPolicy=Qt.FocusPolicy.StrongFocus)  # fmt: skip

    def _button(self, text: str, tip: str) -> QPushButton:
        button: QPushButton = QPushButton(text, toolTip=tip, accessibleName=text)
        return button


class _Canvas(FaceView):
    """Draws on a draft with the pointer; arrows move the point chosen last."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Face being corrected")
        self.draft: Draft | None = None
        self._tool, self._mask, self._brush = "points", "face", 16
        self._point = -1
        self._last: QPointF | None = None
        self._pointer = QPointF(-1, -1)
        self.setMouseTracking(True)

    def begin(self, closeup: CloseUp, draft: Draft) -> None:
        self.show_face(closeup)
        self.draft, self._point = draft, -1
        self._show()

    def set_tool(self, tool: str, mask: str) -> None:
        self._tool, self._mask = tool, mask
        self.update()

    def set_brush(self, pixels: int) -> None:
        self._brush = pixels
        self.update()

    def undo(self) -> None:
        if self.draft is not None and self.draft.undo():
            self._show()

    def redo(self) -> None:
        if self.draft is not None and self.draft.redo():
            self._show()

    def paint_over(self, painter: QPainter) -> None:
        super().paint_over(painter)
        painter.setPen(QPen(self._theme.colour("focus"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._tool == "points" and self._point >= 0 and self.landmarks is not None:
            painter.drawEllipse(self.to_widget(self.landmarks[self._point : self._point + 1])[0], 7, 7)
        elif self._tool != "points" and self.underMouse():
            radius = self._brush / 2 * self._scale()
            painter.drawEllipse(self._pointer, radius, radius)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton or self.draft is None:
            super().mousePressEvent(event)
            return
        point = self.to_picture(event.position())
        self.draft.begin()
        self._last = point
        if self._tool == "points":
            self._point = self._nearest(event.position())
            self.update()
        else:
            self._stroke(event, point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        point = self.to_picture(event.position())
        if self._last is None or self.draft is None or not event.buttons():
            super().mouseMoveEvent(event)
            self.update()
            return
        if self._tool != "points":
            self._stroke(event, point)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._shift(np.arange(len(self.draft.landmarks)), point - self._last)
        elif self._point >= 0:
            self._shift(np.array([self._point]), point - self._last)
        self._last = point

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._last is not None and self.draft is not None:
            self.draft.end()
            self._last = None
            self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = 0.25 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        moves = {Qt.Key.Key_Left: (-step, 0.0), Qt.Key.Key_Right: (step, 0.0), Qt.Key.Key_Up: (0.0, -step),
                 Qt.Key.Key_Down: (0.0, step)}  # fmt: skip
        key = Qt.Key(event.key())
        if self._tool == "points" and self.draft is not None and key in moves and self._point >= 0:
            self.draft.begin()
            self._shift(np.array([self._point]), QPointF(*moves[key]))
            self.draft.end()
            self.changed.emit()
        elif self._tool == "points" and self.draft is not None and key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            self._point = (self._point + (1 if key == Qt.Key.Key_Period else -1)) % len(self.draft.landmarks)
            self.update()
        else:
            super().keyPressEvent(event)

    def _stroke(self, event: QMouseEvent, point: QPointF) -> None:
        assert self.draft is not None
        assert self._last is not None
        erasing = self._tool == "erase" or bool(
            event.buttons() & Qt.MouseButton.RightButton or event.modifiers() & Qt.KeyboardModifier.AltModifier
        )
        ends = np.array([[self._last.x(), self._last.y()], [point.x(), point.y()]])
        self.draft.stroke(self._mask, ends, self._brush, add=not erasing)
        self._show()

    def _shift(self, which: NDArray[np.int64], by: QPointF) -> None:
        assert self.draft is not None
        self.draft.move(which, np.array([by.x(), by.y()]))
        self._show()

    def _show(self) -> None:
        assert self.draft is not None
        self.landmarks, self.masks = self.draft.landmarks, self.draft.masks
        self.tint_anew()
        self.changed.emit()

    def _nearest(self, position: QPointF) -> int:
        if self.landmarks is None:
            return -1
        spots = self.to_widget(self.landmarks)
        distances = [(spot - position).manhattanLength() for spot in spots]
        best = int(np.argmin(distances))
        return best if distances[best] <= _REACH else -1
