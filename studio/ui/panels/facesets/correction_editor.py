"""Correcting a face by hand: its landmarks by dragging, its masks by painting."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.faceset.closeup import CloseUp
from studio.app.faceset.correcting import Draft
from studio.ui.panels.facesets.correction_canvas import CorrectionCanvas
from studio.ui.theme import Theme, icon
from studio.ui.widgets.flow import FlowBar

_MASKS = {"face": "Face", "eyes": "Eyes", "mouth": "Mouth"}
_HINTS = {
    "points": "Drag a landmark; arrows move it by 1 px, with Shift by ¼ px; comma and full stop choose another",
    "paint": "Paint to add to the mask; Alt or the right button erases; [ and ] change the brush",
    "erase": "Paint to take from the mask; [ and ] change the brush",
}


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
        self.canvas = CorrectionCanvas(theme)
        self.points = self._tool("Points", "Drag landmarks; a Shift-drag moves all of them")
        self.paint = self._tool("Paint", "Add to the mask; with Alt or the right button erase")
        self.erase = self._tool("Erase", "Take from the mask")
        self.which = QComboBox(accessibleName="Mask", toolTip="The mask that is painted")
        for key, words in _MASKS.items():
            self.which.addItem(words, key)
        self.brush = QSlider(Qt.Orientation.Horizontal, accessibleName="Brush size", minimum=2, maximum=64, value=16)
        self.brush.setToolTip("Brush size in pixels of the aligned face; [ and ] change it")
        self._size = QLabel()
        self._size.setFixedWidth(40)
        self.undo = self._step("Undo", "Take the last step back (Ctrl+Z)")
        self.redo = self._step("Redo", "Make the step taken back last again (Ctrl+Shift+Z)")
        self.save = self._button(
            "Use correction", "Use these landmarks and masks from now on; the engine's are kept (Ctrl+Return)"
        )
        self.save.setProperty("role", "primary")
        self.revert = self._button("Back to engine's", "Use what the engines said again")
        self.close_button = self._button("Close", "Leave without using what was changed here (Escape)")
        group = QButtonGroup(self)
        tools = (self.points, self.paint, self.erase)
        for button in tools:
            group.addButton(button)
        bar = FlowBar(
            (*tools, self.which),
            (QLabel("Brush"), self.brush, self._size, self.undo, self.redo),
            (self.revert, self.close_button, self.save),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.canvas, 1)
        self.points.setChecked(True)
        self._theme = theme
        theme.changed.connect(self._paint)
        self._paint()
        self._keys = self._own_keys()
        self._connect(group)

    def show_face(self, closeup: CloseUp) -> None:
        """Begin to correct a face; both its picture and its masks must be there."""
        assert closeup.masks is not None
        self.canvas.begin(closeup, Draft(closeup.aligned, closeup.masks))
        self._choose_tool()
        self.revert.setEnabled(closeup.face.correction is not None)
        self._on_changed()
        self.canvas.setFocus()

    def _connect(self, group: QButtonGroup) -> None:
        group.buttonToggled.connect(self._choose_tool)
        self.which.currentIndexChanged.connect(self._choose_tool)
        self.brush.valueChanged.connect(self._set_brush)
        self._set_brush(self.brush.value())
        self.canvas.changed.connect(self._on_changed)
        self.undo.clicked.connect(self.canvas.undo)
        self.redo.clicked.connect(self.canvas.redo)
        self.save.clicked.connect(lambda: self.saved.emit(self.canvas.draft))
        self.revert.clicked.connect(self.reverted)
        self.close_button.clicked.connect(self.closed)
        self._choose_tool()

    def event(self, event: QEvent) -> bool:
        """Have the keys one corrects with before the window and the panel get them."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo, redo, brush, use and close."""
        do = self._keys.get(_words(event))
        if do is None:
            super().keyPressEvent(event)
        else:
            do()

    def _takes(self, event: QKeyEvent) -> bool:
        """Its own keys, and all that would mark the faces behind it."""
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        of_window = event.key() == Qt.Key.Key_Question or Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35
        return _words(event) in self._keys or (plain and not of_window)

    def _set_brush(self, pixels: int) -> None:
        self._size.setText(f"{pixels} px")
        self.canvas.set_brush(pixels)

    def _own_keys(self) -> Mapping[str, Callable[[], object]]:
        """What the editor's keys do, by the names Qt has for them."""
        return {
            "[": lambda: self.brush.setValue(self.brush.value() - 2),
            "]": lambda: self.brush.setValue(self.brush.value() + 2),
            "Esc": self.closed.emit,
            "Ctrl+Z": self.canvas.undo,
            "Ctrl+Shift+Z": self.canvas.redo,
            "Ctrl+Y": self.canvas.redo,
            "Ctrl+Return": self.save.click,
        }

    def _choose_tool(self, *_news: object) -> None:
        tool = "points" if self.points.isChecked() else "erase" if self.erase.isChecked() else "paint"
        self.canvas.set_tool(tool, str(self.which.currentData()))
        self.canvas.say(_HINTS[tool])
        self.which.setEnabled(tool != "points")
        self.brush.setEnabled(tool != "points")

    def _on_changed(self) -> None:
        draft = self.canvas.draft
        self.undo.setEnabled(draft is not None and draft.can_undo)
        self.redo.setEnabled(draft is not None and draft.can_redo)
        self.save.setEnabled(draft is not None and draft.can_undo)

    def _tool(self, text: str, tip: str) -> QToolButton:
        # A click leaves the keys to the canvas: after it arrows still move the landmark.
        button = QToolButton(text=text, toolTip=tip, accessibleName=text, checkable=True,
                             focusPolicy=Qt.FocusPolicy.TabFocus)  # fmt: skip
        # The window's style sheet has a least width for icons, which takes the place of that of the words.
        button.setStyleSheet(f"QToolButton {{ min-width: {button.fontMetrics().horizontalAdvance(text) + 8}px; }}")
        return button

    def _step(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(toolTip=tip, accessibleName=text, focusPolicy=Qt.FocusPolicy.TabFocus)
        button.setMinimumSize(32, 32)
        return button

    def _paint(self) -> None:
        self.undo.setIcon(icon(self._theme, "mdi6.undo"))
        self.redo.setIcon(icon(self._theme, "mdi6.redo"))

    def _button(self, text: str, tip: str) -> QPushButton:
        button: QPushButton = QPushButton(text, toolTip=tip, accessibleName=text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button


def _words(event: QKeyEvent) -> str:
    return QKeySequence(event.keyCombination()).toString()
