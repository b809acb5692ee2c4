"""Where did this come from: drop any video or picture, and read what is known of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.app.origin import Origin, Tone
from studio.app.studio import Studio
from studio.ui.theme import Theme, icon
from studio.ui.widgets.dropping import dragged_paths

_ICONS: dict[Tone, tuple[str, str]] = {
    "done": ("mdi6.check-decagram-outline", "kept"),
    "question": ("mdi6.fingerprint", "doubtful"),
    "error": ("mdi6.alert-circle-outline", "rejected"),
    "info": ("mdi6.help-circle-outline", "muted"),
}
_ICON = 24
_LONGEST = 24


class OriginView(QWidget):
    """One file and what is known of it."""

    def __init__(self, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.origin = Origin(studio)
        self._theme = theme
        self.setAcceptDrops(True)
        self._name = QLabel(objectName="origin.file", wordWrap=True)
        self._name.setProperty("role", "muted")
        self._picture = QLabel()
        self._title = QLabel(objectName="origin.title", wordWrap=True)
        self._title.setProperty("role", "title")
        self._words = QLabel(objectName="origin.words", wordWrap=True)
        self._words.setTextInteractionFlags(_selectable())
        self._busy = QProgressBar(accessibleName="Reading the file", maximum=0, textVisible=False)
        self._busy.setFixedHeight(4)
        self._facts = QWidget(objectName="origin.facts")
        self._form = QFormLayout(self._facts)
        self._form.setContentsMargins(0, 8, 0, 0)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self._form.setVerticalSpacing(4)
        choose = QPushButton("Choose a file…", objectName="origin.choose", accessibleName="Choose a file")
        choose.setToolTip("Ask where a video or picture comes from; it can be dropped anywhere on the window, too")
        choose.clicked.connect(lambda _checked: self._choose())
        self._compose(choose)
        self.origin.changed.connect(self._show)
        theme.changed.connect(self._show)
        self._show()

    def ask(self, path: Path) -> None:
        """Find out where the file `path` comes from."""
        self.origin.ask(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if dragged_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask about the first file."""
        self.ask(dragged_paths(event)[0])
        event.acceptProposedAction()

    def _compose(self, choose: QPushButton) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addWidget(choose, 0, Qt.AlignmentFlag.AlignLeft)
        for item in (self._name, self._busy):
            column.addWidget(item)
        column.addLayout(head)
        column.addWidget(self._words)
        column.addWidget(self._facts)
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Where did this come from?")
        if path:
            self.ask(Path(path))

    def _show(self) -> None:
        origin = self.origin
        report, error = origin.report, origin.error
        self._busy.setVisible(origin.asking)
        self._name.setVisible(origin.path is not None)
        self._name.setText(origin.path.name if origin.path else "")
        self._name.setToolTip(str(origin.path or ""))
        title, words, tone = _empty() if origin.path is None else ("", "", "info")
        if origin.asking:
            words = "Its credentials are read, and its frames compared with the project's exports."
        elif report is not None:
            title, words, tone = report.title, "\n\n".join(report.words), report.tone
        elif error is not None:
            title, words, tone = error.message, f"{error.hint}  [{error.code}]", "error"
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._words.setText(words)
        name, colour = _ICONS[tone]
        self._picture.setPixmap(icon(self._theme, name, colour).pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))
        self._picture.setVisible(bool(title))
        self._show_facts(report.facts if report is not None else ())

    def _show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        for name, value in facts:
            caption = QLabel(name)
            caption.setProperty("role", "muted")
            text = QLabel(_shortened(value), wordWrap=True, accessibleName=name, toolTip=value)
            text.setTextInteractionFlags(_selectable())
            self._form.addRow(caption, text)


def _empty() -> tuple[str, str, Tone]:
    return (
        "Where did this come from?",
        "Drop a video or a picture. Its content credentials are read, and it is compared with the exports of this"
        " project: a copy is known again even where the credentials were taken away.",
        "info",
    )


def _shortened(value: str) -> str:
    """The beginning of what is one long word, as a digest is."""
    return f"{value[:_LONGEST]}…" if len(value) > 2 * _LONGEST and " " not in value else value


def _selectable() -> Qt.TextInteractionFlag:
    return Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
