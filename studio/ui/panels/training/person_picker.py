"""Choosing who is A, or B, and what is known of their faces."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.app.studio import IdentityRow
from studio.app.training.pairing import Pairing
from studio.app.training.plan import Side, TrainingPlan
from studio.ui.panels.facesets.identities import consent_words
from studio.ui.panels.training.pose_map import PoseMap
from studio.ui.theme import Theme, icon

_ICON = 16


class PersonPicker(QWidget):
    """One side of the swap: the person, their consent, their faces and the poses of these."""

    def __init__(self, plan: TrainingPlan, pairing: Pairing, side: Side, theme: Theme) -> None:
        super().__init__()
        self._plan = plan
        self._pairing = pairing
        self._side: Side = side
        self._theme = theme
        name = side.upper()
        self._letter = QLabel(name, alignment=Qt.AlignmentFlag.AlignCenter)
        self._letter.setFixedWidth(16)
        self.box = QComboBox(objectName=f"training.person.{side}", accessibleName=f"Person {name}")
        self.box.setToolTip(f"Who is {name}: a swap is trained both ways, so either may drive the other")
        self.box.setPlaceholderText("Choose a person")
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._badge = QLabel()
        self._consent = QLabel(wordWrap=True)
        self._consent.setProperty("role", "small")
        self._faces = QLabel(wordWrap=True)
        self.map = PoseMap(theme, f"plot_{side}")
        self._compose()
        self.box.activated.connect(lambda _index: plan.choose(side, self.box.currentData()))
        theme.changed.connect(self.show_plan)

    def show_plan(self) -> None:
        """Show who is chosen and what is known of them."""
        self._fill()
        row = self._plan.person(self._side)
        look = f"color: {self._theme.colour(f'plot_{self._side}').name()}; font-size: 15px; font-weight: 600"
        if self._letter.styleSheet() != look:
            self._letter.setStyleSheet(look)
        self._badge.setVisible(row is not None)
        self._consent.setText(consent_words(row).capitalize() if row is not None else "Nobody is chosen")
        self._faces.setText(_counted(row) if row is not None else "")
        self._show_badge(row)
        self._show_map(row)

    def _compose(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._letter)
        head.addWidget(self.box, 1)
        words = QGridLayout()
        words.setHorizontalSpacing(8)
        words.setVerticalSpacing(4)
        words.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        words.addWidget(self._badge, 0, 0, top)
        words.addWidget(self._consent, 0, 1, top)
        words.addWidget(self._faces, 1, 1, top)
        words.setRowStretch(2, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.setContentsMargins(24, 0, 0, 0)
        below.addLayout(words, 1)
        below.addWidget(self.map, 0, top)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(below)

    def _fill(self) -> None:
        people = self._plan.people
        shown = [(self.box.itemData(number), self.box.itemText(number)) for number in range(self.box.count())]
        if shown != [(row.identity.id, row.identity.name) for row in people]:
            self.box.clear()
            for row in people:
                self.box.addItem(row.identity.name, row.identity.id)
        chosen = self._plan.person(self._side)
        self.box.setCurrentIndex(self.box.findData(chosen.identity.id) if chosen is not None else -1)
        self.box.setEnabled(bool(people))

    def _show_badge(self, row: IdentityRow | None) -> None:
        holds = row is not None and row.holds
        name, token = ("mdi6.shield-check-outline", "kept") if holds else ("mdi6.shield-off-outline", "rejected")
        self._badge.setPixmap(icon(self._theme, name, token).pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))

    def _show_map(self, row: IdentityRow | None) -> None:
        other: Side = "b" if self._side == "a" else "a"
        asks = self._pairing.gaps(other)
        missed = [pose.cell for pose in asks.poses] if asks is not None else []
        coverage = self._pairing.coverage(self._side)
        if row is None or coverage is None:
            words = "No poses are known."
        else:
            poses = int((coverage.counts > 0).sum())
            words = f"{row.identity.name} shows {poses} poses: yaw across, pitch upward, 10 degrees a cell."
            words += (
                f" Outlined: {len(missed)} poses that the other takes and {row.identity.name} lacks." if missed else ""
            )
        self.map.show_poses(coverage, missed, words)


def _counted(row: IdentityRow) -> str:
    rejected = row.faces - row.used
    if row.faces == 0:
        return "No faces yet"
    return f"{row.used:,} {'face' if row.used == 1 else 'faces'} used" + (
        f", {rejected:,} rejected" if rejected else ""
    )
