"""A fingerprint under which pictures that look alike differ in few bits."""

from __future__ import annotations

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from studio.core.records import Image
from studio.faces.protocols import checked_image

_SIDE = 16


def perceptual_hash(face: Image) -> NDArray[np.uint64]:
    """The 256-bit pHash of an image (H, W, 3) as (4,) uint64 words, first bit highest.

    It is imagehash's `phash` with hash_size 16: which of the lowest 16 x 16 cosine frequencies of the grey image lie
    above their median. The number of bits in which two hashes differ is their distance.

    Raises:
        ValueError: the image is not uint8 (H, W, 3).
    """
    bits = imagehash.phash(PillowImage.fromarray(checked_image(face)), hash_size=_SIDE).hash
    return np.packbits(bits.ravel()).view(">u8").astype(np.uint64)
