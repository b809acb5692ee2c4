"""The cluster strip: a contact sheet a cluster."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from studio.app.faceset.clusters import ClusterFacts, Clusters
from studio.app.faceset.session import FacesetSession
from studio.ui.panels.facesets.thumbnails import Thumbnails
from studio.ui.theme import Theme

_ROWS, _COLUMNS = 2, 4
_PICTURE, _GAP, _HEAD = 44, 2, 24
_SHEET = QSize(_COLUMNS * (_PICTURE + _GAP) + 10, _HEAD + _ROWS * (_PICTURE + _GAP) + 12)
_SPACE = 8


class ClusterStrip(QAbstractScrollArea):
    """Every cluster with its sharpest faces, the largest first; arrows, Shift and Ctrl choose some of them.

    Attributes:
        chosen_changed: other clusters are chosen.
        read: what is known of the clusters was read anew.
    """

    chosen_changed = Signal()
    read = Signal()

    def __init__(
        self,
        session: FacesetSession,
        clusters: Clusters,
        thumbnails: Thumbnails,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("facesets.clusters")
        self.setAccessibleName("Clusters")
        self.setToolTip(
            "A contact sheet a cluster. Shift+P keeps, Shift+X rejects it; arrows go on, Ctrl adds to the choice"
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(_SHEET.height() + 24)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._session = session
        self._clusters = clusters
        self._thumbnails = thumbnails
        self._theme = theme
        self.facts: list[ClusterFacts] = []
        self.chosen: list[int] = []
        self._current = -1
        for signal in (session.faces.clusters_changed, session.faces.states_changed, session.faces.extended):
            signal.connect(self._read)
        session.faces.reset.connect(self._read)
        thumbnails.arrived.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)

    def close_view(self) -> None:
        """Let go of the session."""
        for signal in (
            self._session.faces.clusters_changed,
            self._session.faces.states_changed,
            self._session.faces.extended,
        ):
            signal.disconnect(self._read)
        self._session.faces.reset.disconnect(self._read)

    def choose(self, clusters: list[int]) -> None:
        """Choose exactly these clusters; the last one is the current one."""
        known = {facts.cluster for facts in self.facts}
        self.chosen = [cluster for cluster in clusters if cluster in known]
        self._current = self._place(self.chosen[-1]) if self.chosen else -1
        self._say()
        self.chosen_changed.emit()
        self.viewport().update()

    def sheet(self, place: int) -> QRect:
        """Where the contact sheet in a place of the strip lies in the viewport."""
        x = _SPACE + place * (_SHEET.width() + _SPACE) - self.horizontalScrollBar().value()
        return QRect(QPoint(x, _SPACE), _SHEET)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the sheets in view."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._theme.colour("window"))
        for place, facts in enumerate(self.facts):
            box = self.sheet(place)
            if box.intersects(self.viewport().rect()):
                self._paint_sheet(painter, box, facts, current=place == self._current)
        painter.end()

    def resizeEvent(self, _event: object) -> None:
        """Give the scroll bar its range."""
        self._measure()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cluster under the pointer; Ctrl adds it or takes it away, Shift takes all between."""
        place = self._at(event.position().toPoint())
        if place < 0:
            self.choose([])
            return
        cluster, keys = self.facts[place].cluster, event.modifiers()
        if keys & Qt.KeyboardModifier.ControlModifier:
            without = [known for known in self.chosen if known != cluster]
            self.choose(without if cluster in self.chosen else [*self.chosen, cluster])
        elif keys & Qt.KeyboardModifier.ShiftModifier and self._current >= 0:
            self.choose(self._between(self._current, place))
        else:
            self.choose([cluster])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next or the previous cluster; Shift chooses all on the way."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        if step == 0 or not self.facts:
            event.ignore()
            return
        place = min(max(self._current + step, 0), len(self.facts) - 1)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            cluster = self.facts[place].cluster
            self.choose([*(known for known in self.chosen if known != cluster), cluster])
        else:
            self.choose([self.facts[place].cluster])
        self._show(place)

    def advance(self) -> None:
        """Go to the cluster after the current one."""
        if self._current + 1 < len(self.facts):
            self.choose([self.facts[self._current + 1].cluster])
            self._show(self._current)

    def _read(self, _news: object = None) -> None:
        self.facts = self._clusters.facts()
        self.choose(self.chosen)
        self._measure()
        self._want()
        self.read.emit()

    def _want(self) -> None:
        """Have pictures loaded that no grid shows."""
        rows = self._session.faces.columns.rows
        self._thumbnails.want_also(
            [int(rows[index]) for facts in self.facts for index in facts.samples[: _ROWS * _COLUMNS]]
        )

    def _measure(self) -> None:
        width = _SPACE + len(self.facts) * (_SHEET.width() + _SPACE)
        bar = self.horizontalScrollBar()
        bar.setRange(0, max(0, width - self.viewport().width()))
        bar.setPageStep(self.viewport().width())
        bar.setSingleStep(_SHEET.width() // 2)
        self.viewport().update()

    def _paint_sheet(self, painter: QPainter, box: QRect, facts: ClusterFacts, *, current: bool) -> None:
        chosen = facts.cluster in self.chosen
        painter.fillRect(box, self._theme.colour("raised" if chosen else "panel"))
        painter.setFont(self._theme.font("small"))
        painter.setPen(self._theme.colour("text"))
        head = QRect(box.left() + 8, box.top(), box.width() - 16, _HEAD)
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(head, left, f"{facts.cluster}   {facts.faces:,} faces")
        used = "all used" if facts.used == 1 else "rejected" if facts.used == 0 else f"{facts.used:.0%} used"
        painter.setPen(self._theme.colour("kept" if facts.used == 1 else "rejected" if facts.used == 0 else "doubtful"))
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, used)
        painter.setOpacity(0.35 if facts.used == 0 else 1.0)
        rows = self._session.faces.columns.rows
        for number, index in enumerate(facts.samples[: _ROWS * _COLUMNS].tolist()):
            line, column = divmod(number, _COLUMNS)
            x = box.left() + 6 + column * (_PICTURE + _GAP)
            spot = QRect(x, box.top() + _HEAD + line * (_PICTURE + _GAP), _PICTURE, _PICTURE)
            image = self._thumbnails.image(int(rows[index]))
            if image is not None:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawImage(spot, image)
            else:
                painter.fillRect(spot, self._theme.colour("raised"))
        painter.setOpacity(1.0)
        if chosen or current:
            painter.setPen(QPen(self._theme.colour("focus" if current and self.hasFocus() else "accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(1, 1, -1, -1))

    def _at(self, point: QPoint) -> int:
        place = (point.x() + self.horizontalScrollBar().value() - _SPACE) // (_SHEET.width() + _SPACE)
        return place if 0 <= place < len(self.facts) and self.sheet(place).contains(point) else -1

    def _between(self, first: int, last: int) -> list[int]:
        places = range(min(first, last), max(first, last) + 1)
        order = [self.facts[place].cluster for place in places]
        return order if first <= last else order[::-1]

    def _place(self, cluster: int) -> int:
        return next(place for place, facts in enumerate(self.facts) if facts.cluster == cluster)

    def _show(self, place: int) -> None:
        box, bar = self.sheet(place), self.horizontalScrollBar()
        if box.left() < _SPACE:
            bar.setValue(bar.value() + box.left() - _SPACE)
        elif box.right() > self.viewport().width() - _SPACE:
            bar.setValue(bar.value() + box.right() - self.viewport().width() + _SPACE)

    def _say(self) -> None:
        words = ", ".join(f"cluster {cluster}" for cluster in self.chosen)
        self.setAccessibleDescription(f"{words} chosen" if words else f"{len(self.facts)} clusters")
