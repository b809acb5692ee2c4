"""Adding a person: the name, and why their face may be used."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.core.records import Basis

_WORDS = {
    Basis.SELF: "It is my own face",
    Basis.WRITTEN: "The person agreed in writing",
    Basis.DATASET: "A data set whose terms allow it",
    Basis.SYNTHETIC: "Nobody: the face is synthetic",
    Basis.PUBLIC_DOMAIN: "The pictures are in the public domain",
}


class NewIdentity(NamedTuple):
    """What was filled in."""

    name: str
    basis: Basis
    note: str
    document: Path | None
    expires: date | None


class IdentityForm(QWidget):
    """Asks for a name and a consent record.

    Attributes:
        submitted: a `NewIdentity` is to be added.
        cancelled: nothing is.
    """

    submitted = Signal(object)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel("Add identity")
        title.setProperty("role", "display")
        why = QLabel("Every faceset rests on a consent record: who agreed to what. Without one that holds, nothing is "
                     "extracted, trained or exported.", wordWrap=True)  # fmt: skip
        why.setProperty("role", "muted")
        self.name = QLineEdit(accessibleName="Name", placeholderText="As it will be called in this project")
        self.basis = QComboBox(accessibleName="Why the face may be used")
        for basis, words in _WORDS.items():
            self.basis.addItem(words, basis)
        self.note = QPlainTextEdit(accessibleName="Note", placeholderText="One sentence: who agreed to what, and when")
        self.note.setFixedHeight(64)
        self.note.setTabChangesFocus(True)
        self.document = QLineEdit(
            accessibleName="Document", placeholderText="Optional: the signed paper, a copy is kept"
        )
        choose = QPushButton("Choose…", accessibleName="Choose document", toolTip="Choose the consent document")
        choose.clicked.connect(self._choose)
        self.expires = QLineEdit(accessibleName="Holds until", placeholderText="Optional: YYYY-MM-DD")
        self.problem = QLabel(wordWrap=True, objectName="facesets.form.problem")
        self.problem.setProperty("role", "problem")
        self.add = QPushButton("Add identity", toolTip="Record the consent and add the identity")
        self.add.setProperty("role", "primary")
        self.add.clicked.connect(self._submit)
        cancel = QPushButton("Cancel", toolTip="Add nobody")
        cancel.clicked.connect(self.cancelled)
        for button in (self.add, cancel):
            button.setAccessibleName(button.text())
        document = QHBoxLayout()
        document.setSpacing(8)
        document.addWidget(self.document, 1)
        document.addWidget(choose)
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        form.setVerticalSpacing(12)
        form.addRow("Name", self.name)
        form.addRow("Basis", self.basis)
        form.addRow("Note", self.note)
        form.addRow("Document", document)
        form.addRow("Holds until", self.expires)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.add)
        column = QWidget()
        column.setMaximumWidth(560)
        layout = QVBoxLayout(column)
        layout.setSpacing(16)
        layout.addStretch(1)
        for widget in (title, why):
            layout.addWidget(widget)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addLayout(buttons)
        layout.addStretch(2)
        outer = QHBoxLayout(self)
        outer.addStretch()
        outer.addWidget(column, 1)
        outer.addStretch()

    def begin(self, name: str = "") -> None:
        """Empty the form for another person, or for another record of the one called `name`."""
        for field in (self.name, self.document, self.expires):
            field.clear()
        self.note.clear()
        self.complain("")
        self.basis.setCurrentIndex(0)
        self.name.setText(name)
        (self.basis if name else self.name).setFocus()

    def complain(self, words: str) -> None:
        """Say why the identity could not be added; what was filled in stays."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return adds from wherever the keys are, on a button it presses that; Escape adds nobody."""
        focus = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif isinstance(focus, QPushButton):
            focus.click()
        else:
            self._submit()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose the consent document")
        if path:
            self.document.setText(path)

    def _submit(self) -> None:
        name, note, document, last = (
            words.strip()
            for words in (self.name.text(), self.note.toPlainText(), self.document.text(), self.expires.text())
        )
        expires = _day(last)
        if not name:
            self._refuse(self.name, "Give the person a name.")
        elif not note:
            self._refuse(self.note, "Write a note: one sentence that says who agreed to what, and when.")
        elif last and expires is None:
            self._refuse(self.expires, f"{last!r} is not a date. Write it as YYYY-MM-DD.")
        elif expires is not None and expires < date.today():
            self._refuse(self.expires, f"{expires} is over: a record that holds until then allows nothing.")
        else:
            self.complain("")
            path = Path(document) if document else None
            self.submitted.emit(NewIdentity(name, self.basis.currentData(), note, path, expires))

    def _refuse(self, field: QWidget, words: str) -> None:
        """Say what is wrong with `field`, and go there."""
        self.complain(words)
        field.setFocus()


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None
