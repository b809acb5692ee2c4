"""How a face looks in the grid: its picture, its state, whether it was seen."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from studio.app.faceset.arrangement import Section
from studio.app.faceset.session import FacesetSession
from studio.core.records import STATES, FaceState
from studio.ui.panels.facesets.thumbnails import Thumbnails
from studio.ui.theme import Theme, icon

_DIMMED = 0.35
_BADGE, _SMALL_BADGE = 18, 14
_BADGE_INSET = 4
# Below this side of a cell badges are small and words have no room.
_SMALL = 96
_BAR = QSize(96, 4)
_KEPT, _REJECTED = STATES.index(FaceState.KEPT), STATES.index(FaceState.REJECTED)


class FaceCells:
    """Paints faces and section headers for a `SectionGrid`, with the theme's tokens.

    State is never said by colour alone: kept faces have a tick, rejected ones a cross and are dimmed, those a
    proposal would reject have a dot, corrected ones a pencil; a mark in the corner says nobody has looked yet.
    """

    def __init__(self, session: FacesetSession, thumbnails: Thumbnails, theme: Theme, widget: QWidget) -> None:
        """`widget` is painted on: its device pixel ratio counts."""
        self._session = session
        self._thumbnails = thumbnails
        self._theme = theme
        self._widget = widget
        self._badges: dict[tuple[str, str, int, float], QPixmap] = {}
        theme.changed.connect(self._badges.clear)

    def paint_cell(self, painter: QPainter, box: QRect, index: int, *, selected: bool, current: bool) -> None:
        """Paint the face with `index` into `box`; the focus ring lies around it."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        columns = self._session.faces.columns
        row, state = int(columns.rows[index]), int(columns.states[index])
        pending = bool(self._session.pending.mask[index])
        image = self._thumbnails.image(row)
        inner = box.adjusted(3, 3, -3, -3)
        painter.fillRect(box, self._theme.colour("accent" if selected else "panel"))
        if selected:
            painter.fillRect(inner, self._theme.colour("window"))
        if image is not None:
            painter.setOpacity(_DIMMED if state == _REJECTED else 1.0)
            painter.drawImage(_fitted(image, inner), image)
            painter.setOpacity(1.0)
        elif self._thumbnails.missing(row):
            self._paint_missing(painter, inner)
        else:
            painter.fillRect(inner, self._theme.colour("raised"))
        self._paint_badges(painter, inner, state, pending=pending, corrected=bool(columns.corrections[index]))
        if not columns.seen[index]:
            self._paint_unseen(painter, inner)
        if current:
            self._paint_focus(painter, box)

    def paint_header(self, painter: QPainter, box: QRect, section: int, *, hovered: bool) -> None:
        """Paint the header of the section with this number: chevron, title, faces, shares that stay and go."""
        arrangement = self._session.presentation.arrangement
        facts = arrangement.sections[section]
        painter.fillRect(box, self._theme.colour("raised" if hovered else "panel"))
        painter.fillRect(QRect(box.left(), box.bottom(), box.width(), 1), self._theme.colour("line"))
        chevron = self._badge("mdi6.chevron-right" if facts.collapsed else "mdi6.chevron-down", "muted")
        painter.drawPixmap(QPoint(box.left() + 8, _middle(box).y() - _BADGE // 2), chevron)
        x = self._write(painter, box, 32, facts.title, "text", strong=True)
        rejected = self._rejected(facts)
        words = f"{len(facts):,} {'face' if len(facts) == 1 else 'faces'}"
        x = self._write(painter, box, x + 12, words, "muted")
        if rejected:
            x = self._write(painter, box, x + 12, f"{rejected:,} rejected", "muted")
        going = int(self._session.pending.mask[arrangement.order[facts.start : facts.stop]].sum())
        shares = (1 - (rejected + going) / max(1, len(facts)), going / max(1, len(facts)))
        self._paint_share(painter, QPoint(x + 16, _middle(box).y() - 1), *shares)

    def painted(self, rows: list[int]) -> None:
        """Load what is in view, then what one more page either way would show."""
        arrangement, columns = self._session.presentation.arrangement, self._session.faces.columns
        if not rows:
            return
        page = rows[-1] - rows[0] + 1
        ahead = list(range(rows[-1] + 1, min(rows[-1] + page + 1, len(arrangement))))
        behind = list(range(max(0, rows[0] - page // 2), rows[0]))
        wanted = columns.rows[arrangement.order[[*rows, *ahead, *behind]]]
        self._thumbnails.want(wanted.tolist())

    def _rejected(self, section: Section) -> int:
        order = self._session.presentation.arrangement.order[section.start : section.stop]
        return int((self._session.faces.columns.states[order] == _REJECTED).sum())

    def _paint_focus(self, painter: QPainter, box: QRect) -> None:
        """A bright ring in the gap around the cell, and a dark line inside it: it shows on a selected cell too."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ring = QPen(self._theme.colour("text"), 2)
        ring.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(ring)
        painter.drawRect(QRectF(box).adjusted(-1, -1, 1, 1))
        painter.setPen(self._theme.colour("window"))
        painter.drawRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_badges(self, painter: QPainter, box: QRect, state: int, *, pending: bool, corrected: bool) -> None:
        badges = []
        if state == _KEPT:
            badges.append(("mdi6.check-circle", "kept"))
        elif state == _REJECTED:
            badges.append(("mdi6.close-circle", "rejected"))
        if pending:
            badges.append(("mdi6.record-circle", "doubtful"))
        if corrected:
            badges.append(("mdi6.pencil-circle", "accent"))
        if not badges:
            return
        side = _SMALL_BADGE if box.width() < _SMALL else _BADGE
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        # The glyph is cut out of the badge: what is behind must not be the picture.
        painter.setBrush(self._theme.colour("panel"))
        for number, (name, token) in enumerate(badges):
            x = box.right() - side - _BADGE_INSET + 1 - number * (side + 2)
            spot = QRect(x, box.top() + _BADGE_INSET, side, side)
            painter.drawEllipse(spot)
            painter.drawPixmap(spot.topLeft(), self._badge(name, token, side))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _paint_unseen(self, painter: QPainter, box: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("unseen"))
        corner, side = box.topLeft(), 8 if box.width() < _SMALL else 10
        painter.drawPolygon([corner, corner + QPoint(side, 0), corner + QPoint(0, side)])

    def _paint_missing(self, painter: QPainter, box: QRect) -> None:
        painter.fillRect(box, self._theme.colour("raised"))
        badge = self._badge("mdi6.image-broken-variant", "doubtful")
        if box.width() < _SMALL:
            painter.drawPixmap(_middle(box) - QPoint(_BADGE // 2, _BADGE // 2), badge)
            return
        painter.drawPixmap(_middle(box) - QPoint(_BADGE // 2, _BADGE), badge)
        painter.setPen(self._theme.colour("muted"))
        painter.setFont(self._theme.font("small"))
        below = QRect(box.left(), _middle(box).y() + 4, box.width(), 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "Image missing")

    def _paint_share(self, painter: QPainter, at: QPoint, staying: float, going: float) -> None:
        """A bar of the faces that stay, those that a proposal would reject and, in what is left, the rejected ones."""
        bar = QRectF(at.x(), at.y(), _BAR.width(), _BAR.height())
        # Rounded down, so that a single rejected face shows.
        middle, end = math.floor(bar.width() * staying), math.ceil(bar.width() * (staying + going))
        painter.fillRect(bar, self._theme.colour("kept" if staying == 1 else "rejected"))
        painter.fillRect(
            QRectF(bar.x(), bar.y(), end, bar.height()), self._theme.colour("doubtful" if going else "kept")
        )
        painter.fillRect(QRectF(bar.x(), bar.y(), middle, bar.height()), self._theme.colour("kept"))

    def _write(
        self, painter: QPainter, box: QRect, x: int, words: str, token: str, *, strong: bool = False
    ) -> int:  # fmt: skip
        font = QFont(self._theme.font("body"))
        font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(self._theme.colour(token))
        width = QFontMetrics(font).horizontalAdvance(words)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(box.left() + x, box.top(), width + 2, box.height()), align, words)
        return x + width

    def _badge(self, name: str, token: str, side: int = _BADGE) -> QPixmap:
        ratio = self._widget.devicePixelRatioF()
        key = (name, token, side, ratio)
        if key not in self._badges:
            self._badges[key] = icon(self._theme, name, token).pixmap(QSize(side, side), ratio)
        return self._badges[key]


def _middle(box: QRect) -> QPoint:
    """The middle, rounded down: what `QRect.center` rounds towards zero jumps where it leaves the view at the top."""
    return QPoint(box.x() + (box.width() - 1) // 2, box.y() + (box.height() - 1) // 2)


def _fitted(image: QImage, box: QRect) -> QRect:
    """The largest part of `box` with the aspect of `image`."""
    size = image.size()
    if size != box.size():
        size.scale(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
    return QRect(_middle(box) - QPoint((size.width() - 1) // 2, (size.height() - 1) // 2), size)
