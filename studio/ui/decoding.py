"""Pictures from bytes, in any thread."""

from __future__ import annotations

from typing import Literal

from PySide6.QtGui import QImage


def decoded(data: bytes, kind: Literal["JPG", "PNG"]) -> QImage:
    """The picture in the bytes of a file of this kind; null where there is none.

    Where the kind is not named, Qt asks each of its readers in turn, and that of SVG connects signals: in a thread it
    then waits for a mutex of Qt while it holds Python's lock, and the window's thread may hold the one and wait for the
    other. Both stood still for good.
    """
    # The stubs of PySide 6.11 want bytes there, and PySide itself refuses them.
    return QImage.fromData(data, kind)  # type: ignore[arg-type]
