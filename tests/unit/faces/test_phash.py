import imagehash
import numpy as np
import pytest
from PIL import Image

from studio.core.vision import cv2
from studio.faces.phash import perceptual_hash
from tests.unit.faces.heads import painted_face


def _distance(a, b):
    return int(np.bitwise_count(a ^ b).sum())


def test_the_words_hold_imagehashs_bits_in_order():
    face, _, _ = painted_face()
    words = perceptual_hash(face)
    bits = imagehash.phash(Image.fromarray(face), hash_size=16).hash.ravel()
    assert words.shape == (4,)
    assert words.dtype == np.uint64
    assert [int(word) >> (63 - place) & 1 for word in words for place in range(64)] == bits.astype(int).tolist()


def test_pictures_that_look_alike_are_near_and_others_far():
    face, _, _ = painted_face()
    brighter = cv2.convertScaleAbs(face, alpha=1.0, beta=8)
    _, jpeg = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 80])
    again = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    other = face[::-1]
    one = perceptual_hash(face)
    assert _distance(one, perceptual_hash(brighter)) <= 16
    assert _distance(one, perceptual_hash(np.ascontiguousarray(again))) <= 16
    assert _distance(one, perceptual_hash(np.ascontiguousarray(other))) > 60


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError):
        perceptual_hash(np.zeros((4, 4), np.uint8))
