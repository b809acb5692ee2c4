"""What a person can read on a widget that paints its words itself."""

import re
from html import unescape

from PySide6.QtCore import QBuffer, QIODevice, QRect
from PySide6.QtSvg import QSvgGenerator


def words_on(widget, rect=None):
    """The texts painted on a widget, or within a part of it, in the order of painting."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture = QSvgGenerator()
    picture.setOutputDevice(buffer)
    widget.render(picture)
    svg = buffer.data().data().decode()
    found = re.findall(r"<text[^>]*\bx=\"([-.\d]+)\" y=\"([-.\d]+)\"[^>]*>(.*?)</text>", svg, re.DOTALL)
    within = rect or QRect(widget.rect())
    return [unescape(text).strip() for x, y, text in found if within.contains(round(float(x)), round(float(y)))]
