"""Dragging files onto widgets."""

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

_KEYS = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)


def dropped(widget, point: QPoint, *paths) -> bool:
    """Drag files over a point of `widget` and let them go there; False where nothing takes them."""
    target = _target(widget, point)
    if target is None:
        return False
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at = target.mapFrom(widget, point)
    accepted = False
    for kind in (QDragEnterEvent, QDragMoveEvent):
        event = kind(at, Qt.DropAction.CopyAction, data, *_KEYS)
        # As Qt itself does: a move is taken where the entry was, unless the widget says otherwise.
        event.setAccepted(accepted)
        QApplication.sendEvent(target, event)
        accepted = event.isAccepted()
        if not accepted:
            return False
    event = QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, *_KEYS)
    QApplication.sendEvent(target, event)
    return True


def _target(widget, point):
    """Who is asked: the widget under the pointer, or the nearest one around it that takes drops."""
    found = widget.childAt(point) or widget
    while found is not None and not found.acceptDrops():
        found = found.parentWidget()
    return found
