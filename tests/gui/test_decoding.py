"""Pictures are read as what they are said to be, by no other of Qt's readers."""

import numpy as np
import pytest
from PySide6.QtGui import QImage

from studio.core.vision import cv2
from studio.ui.decoding import decoded

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="red"/></svg>'


@pytest.mark.parametrize("kind", ["JPG", "PNG"])
def test_a_picture_is_decoded_by_its_kind(kind):
    _, data = cv2.imencode(f".{kind.lower()}", np.full((4, 6, 3), 200, np.uint8))
    image = decoded(data.tobytes(), kind)
    assert (image.width(), image.height()) == (6, 4)
    assert abs(image.pixelColor(2, 2).red() - 200) <= 2


@pytest.mark.parametrize("kind", ["JPG", "PNG"])
def test_no_other_reader_is_asked_for_what_is_none(kind, qapp):
    # Qt's reader of SVG must never work in a thread of ours.
    assert not QImage.fromData(SVG).isNull()
    assert decoded(SVG, kind).isNull()
    assert decoded(b"", kind).isNull()
