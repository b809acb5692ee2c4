"""The cluster strip: a contact sheet a cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from studio.app.faceset.cluster_errors import ClusterError, cluster_errors
from studio.app.faceset.clusters import ClusterFacts, Clusters
from studio.app.faceset.session import FacesetSession
from studio.ui.panels.facesets.thumbnails import Thumbnails
from studio.ui.theme import Theme, icon

_ROWS, _COLUMNS = 2, 4
_PICTURE, _GAP, _HEAD = 44, 2, 24
# Beneath the head, where errors are shown: their line, and in it a bar.
_ERROR, _BAR = 22, 2
_SHEET = QSize(_COLUMNS * (_PICTURE + _GAP) + 10, _HEAD + _ROWS * (_PICTURE + _GAP) + 12)
_SPACE = 8
_BROKEN = 18
_WANT_MS = 150


class ClusterStrip(QAbstractScrollArea):
    """Every cluster with its sharpest faces, the largest first; arrows, Shift and Ctrl choose some of them.

    Where training errors are shown, each tells the mean of its faces', and those that are learned worst come first.
    Whoever chooses by hand selects the faces too, as far as they are shown: the grid and the map follow.

    Attributes:
        facts: what is known of the clusters, in the order of their sheets.
        errors: by cluster, where errors are shown and some of its faces have one.
        chosen: the clusters that keys act on, in the order of choosing.
        current: the cluster that arrows go on from; -1 where there is none.
        chosen_changed: other clusters are chosen.
        picked: the current cluster was chosen by hand, and the face with this index is its first one that is shown.
        read: what is known of the clusters was read anew.
    """

    chosen_changed = Signal()
    picked = Signal(int)
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
            "A contact sheet a cluster. Shift+P keeps, Shift+X rejects it.\n"
            "Arrows go on, Shift chooses all on the way; Ctrl leaves the choice as it is, Ctrl+Space adds to it.\n"
            "Where the map shows training errors: the mean over the faces of which one is known, the worst first"
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(_SHEET.height() + 24)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._session = session
        self._clusters = clusters
        self._thumbnails = thumbnails
        self._theme = theme
        self._errors: NDArray[np.float64] = np.zeros(0)
        self.facts: list[ClusterFacts] = []
        self.errors: dict[int, ClusterError] = {}
        self.chosen: list[int] = []
        self.current = self._anchor = -1
        for signal in (session.faces.clusters_changed, session.faces.states_changed, session.faces.extended):
            signal.connect(self._read)
        session.faces.reset.connect(self._read)
        # The pictures of the grid come first.
        self._wanting = QTimer(self, interval=_WANT_MS, singleShot=True)
        self._wanting.timeout.connect(self._want)
        thumbnails.arrived.connect(self._on_arrived)
        theme.changed.connect(self.viewport().update)

    def close_view(self) -> None:
        """Let go of the session."""
        self._wanting.stop()
        for signal in (
            self._session.faces.clusters_changed,
            self._session.faces.states_changed,
            self._session.faces.extended,
        ):
            signal.disconnect(self._read)
        self._session.faces.reset.disconnect(self._read)

    def show_errors(self, errors: NDArray[np.float64]) -> None:
        """Tell of each cluster how badly it is learned: (N,), NaN where unknown; empty where nothing is shown of it."""
        before, self._errors = len(self._errors), errors
        self.setFixedHeight(_SHEET.height() + self._error_height + 24)
        self._read()
        if not before and len(errors):
            self.horizontalScrollBar().setValue(0)

    def choose(self, clusters: list[int]) -> None:
        """Choose exactly these clusters; the last one is the current one."""
        known = {facts.cluster for facts in self.facts}
        self.chosen = [cluster for cluster in clusters if cluster in known]
        self.current = self._anchor = self.chosen[-1] if self.chosen else -1
        self._tell()

    def sheet(self, place: int) -> QRect:
        """Where the contact sheet in a place of the strip lies in the viewport."""
        x = _SPACE + place * (_SHEET.width() + _SPACE) - self.horizontalScrollBar().value()
        return QRect(QPoint(x, _SPACE), _SHEET + QSize(0, self._error_height))

    @property
    def _error_height(self) -> int:
        return _ERROR if len(self._errors) else 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the sheets in view."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._theme.colour("window"))
        for place, facts in enumerate(self.facts):
            box = self.sheet(place)
            if box.intersects(self.viewport().rect()):
                self._paint_sheet(painter, box, facts, current=facts.cluster == self.current)
        painter.end()

    def resizeEvent(self, _event: object) -> None:
        """Give the scroll bar its range."""
        self._measure()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cluster under the pointer; Ctrl adds it or takes it away, Shift takes all between."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place, keys = self._at(event.position().toPoint()), event.modifiers()
        if place < 0:
            self.choose([])
            self._lead()
        elif keys & Qt.KeyboardModifier.ControlModifier:
            self._toggle(self.facts[place].cluster)
        else:
            self._go(place, extend=bool(keys & Qt.KeyboardModifier.ShiftModifier))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on with arrows, Home and End: Shift chooses all on the way, Ctrl none, Ctrl+Space the current one."""
        place, last = self._place(self.current), len(self.facts) - 1
        ways = {Qt.Key.Key_Right: place + 1, Qt.Key.Key_Left: place - 1, Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        key, control = Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in ways and self.facts:
            to = min(max(ways[key], 0), last)
            if control:
                self.current = self.facts[to].cluster
                self._show(to)
                self._tell()
            else:
                self._go(to, extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_Space and control and self.current >= 0:
            self._toggle(self.current)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the focus is elsewhere."""
        super().focusOutEvent(event)
        self.viewport().update()

    def advance(self) -> None:
        """Go to the cluster after the current one; after the last one stay there."""
        if self.facts:
            self._go(min(self._place(self.current) + 1, len(self.facts) - 1), extend=False)

    def _go(self, place: int, *, extend: bool) -> None:
        """Choose the cluster in `place`, or all from the anchor to it."""
        anchor = self._anchor
        if extend and anchor >= 0:
            self.choose(self._between(self._place(anchor), place))
            self._anchor = anchor
        else:
            self.choose([self.facts[place].cluster])
        self._show(place)
        self._lead()

    def _toggle(self, cluster: int) -> None:
        without = [known for known in self.chosen if known != cluster]
        self.choose(without if cluster in self.chosen else [*self.chosen, cluster])
        self.current = self._anchor = cluster
        self._tell()
        self._lead()

    def _lead(self) -> None:
        """Select the faces of the chosen clusters, and make the first one of the current cluster current."""
        selection, arrangement = self._session.selection, self._session.presentation.arrangement
        shown = np.zeros(len(self._session.faces), dtype=bool)
        shown[arrangement.open_indices()] = True
        members = self._clusters.members(self.chosen)
        selection.replace(members[shown[members]])
        if self.current not in self.chosen:
            return
        first = self._clusters.members([self.current])
        first = first[shown[first]]
        # Keys must not act on a face of another cluster where all of this one are hidden.
        index = int(first[arrangement.rows[first].argmin()]) if len(first) else -1
        selection.set_current(index)
        if index >= 0:
            self.picked.emit(index)

    def _read(self, _news: object = None) -> None:
        ranks, columns = self._session.presentation.cluster_ranks(), self._session.faces.columns
        self.facts = sorted(self._clusters.facts(), key=lambda facts: ranks[facts.cluster])
        # While another faceset comes on show, they may still be those of the former one.
        fitting = len(self._errors) == len(columns)
        self.errors = cluster_errors(columns.clusters, self._errors) if fitting else {}
        known = {facts.cluster for facts in self.facts}
        self.chosen = [cluster for cluster in self.chosen if cluster in known]
        self.current, self._anchor = (at if at in known else -1 for at in (self.current, self._anchor))
        self._tell()
        self._measure()
        self._wanting.start()
        self.read.emit()

    def _want(self) -> None:
        """Have pictures loaded that no grid shows."""
        rows = self._session.faces.columns.rows
        self._thumbnails.want_also(
            [int(rows[index]) for facts in self.facts for index in facts.samples[: _ROWS * _COLUMNS]]
        )

    def _on_arrived(self, rows: set[int]) -> None:
        """Paint the sheets whose pictures have come."""
        known = self._session.faces.columns.rows
        for place, facts in enumerate(self.facts):
            if not rows.isdisjoint(known[facts.samples].tolist()):
                self.viewport().update(self.sheet(place))

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
        used = _used(facts.used)
        room = head.width() - painter.fontMetrics().horizontalAdvance(used) - 4
        words = f"Cluster {facts.cluster}   {facts.faces:,} {'face' if facts.faces == 1 else 'faces'}"
        painter.drawText(head, left, painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room))
        painter.setPen(self._theme.colour("kept" if facts.used == 1 else "rejected" if facts.used == 0 else "doubtful"))
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, used)
        if self._error_height:
            self._paint_error(painter, QRect(head.left(), head.bottom() - 4, head.width(), _ERROR - 2), facts)
        painter.setOpacity(0.35 if facts.used == 0 else 1.0)
        pictures = box.top() + _HEAD + self._error_height
        rows = self._session.faces.columns.rows
        for number, index in enumerate(facts.samples[: _ROWS * _COLUMNS].tolist()):
            line, column = divmod(number, _COLUMNS)
            x = box.left() + 6 + column * (_PICTURE + _GAP)
            spot = QRect(x, pictures + line * (_PICTURE + _GAP), _PICTURE, _PICTURE)
            image = self._thumbnails.image(int(rows[index]))
            if image is not None:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawImage(spot, image)
            else:
                painter.fillRect(spot, self._theme.colour("hover" if chosen else "raised"))
            if self._thumbnails.missing(int(rows[index])):
                broken = icon(self._theme, "mdi6.image-broken-variant", "doubtful")
                painter.drawPixmap(
                    spot.center() - QPoint(_BROKEN // 2, _BROKEN // 2),
                    broken.pixmap(QSize(_BROKEN, _BROKEN), self.devicePixelRatioF()),
                )
        painter.setOpacity(1.0)
        focused = current and self.hasFocus()
        if chosen or focused:
            painter.setPen(QPen(self._theme.colour("focus" if focused else "accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(1, 1, -1, -1))

    def _paint_error(self, painter: QPainter, line: QRect, facts: ClusterFacts) -> None:
        """Say how badly a cluster is learned, and of how many of its faces that is known; a bar compares it."""
        error = self.errors.get(facts.cluster)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.colour("muted"))
        if error is None:
            painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, "No error known yet")
            return
        of = "all faces" if error.faces == facts.faces else f"{error.faces:,} of {facts.faces:,} faces"
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, of)
        painter.setPen(self._theme.colour("text"))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, f"Error {error.mean:.4f}")
        worst = max(known.mean for known in self.errors.values())
        # As wide as the pictures below.
        bar = QRect(line.left() - 2, line.bottom() - 1, _COLUMNS * (_PICTURE + _GAP) - _GAP, _BAR)
        painter.fillRect(bar, self._theme.colour("line"))
        bar.setWidth(round(bar.width() * error.mean / worst) if worst else 0)
        painter.fillRect(bar, self._theme.colour("doubtful"))

    def _at(self, point: QPoint) -> int:
        place = (point.x() + self.horizontalScrollBar().value() - _SPACE) // (_SHEET.width() + _SPACE)
        return place if 0 <= place < len(self.facts) and self.sheet(place).contains(point) else -1

    def _between(self, first: int, last: int) -> list[int]:
        places = range(min(first, last), max(first, last) + 1)
        order = [self.facts[place].cluster for place in places]
        return order if first <= last else order[::-1]

    def _place(self, cluster: int) -> int:
        return next((place for place, facts in enumerate(self.facts) if facts.cluster == cluster), -1)

    def _show(self, place: int) -> None:
        box, bar = self.sheet(place), self.horizontalScrollBar()
        if box.left() < _SPACE:
            bar.setValue(bar.value() + box.left() - _SPACE)
        elif box.right() > self.viewport().width() - _SPACE:
            bar.setValue(bar.value() + box.right() - self.viewport().width() + _SPACE)

    def _tell(self) -> None:
        words = ", ".join(
            f"cluster {cluster}" + (f" with error {self.errors[cluster].mean:.4f}" if cluster in self.errors else "")
            for cluster in self.chosen
        )
        at = f"; at cluster {self.current}" if self.current >= 0 and [self.current] != self.chosen else ""
        self.setAccessibleDescription(f"{words or f'none of {len(self.facts)} clusters'} chosen{at}")
        self.chosen_changed.emit()
        self.viewport().update()


def _used(share: float) -> str:
    """How much is used, in words; some is never all or none."""
    if share in (0.0, 1.0):
        return "all used" if share else "rejected"
    return f"{min(max(round(100 * share), 1), 99)}% used"
