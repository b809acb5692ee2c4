"""Self-blended images: pseudo-fakes made of one pristine face alone (Shiohara and Yamasaki, CVPR 2022).

Source and target are the same face. One of them is given other colours or another sharpness, the source is moved a
little, and it is blended into the target inside a deformed mask of the face: what is left is what any face swap leaves,
two statistics side by side and a border between them, and nothing of a particular swap method.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Image
from studio.core.vision import cv2

_WEIGHTS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)
Grey = NDArray[np.float32]


def self_blend(face: Image, mask: NDArray[Any], rng: np.random.Generator) -> Image:
    """A pseudo-fake of `face`.

    Args:
        face: (S, S, 3) RGB uint8, aligned.
        mask: (S, S); where it isn't zero, the face is.
        rng: decides everything that is random.
    """
    source, target = face, face
    if rng.random() < 0.5:
        source = _shifted(source, rng)
    else:
        target = _shifted(target, rng)
    share = _deformed((mask != 0).astype(np.float32), rng)
    source, share = _moved(source, share, rng)
    share = _softened(share, rng) * rng.choice(_WEIGHTS)
    return _bytes(target + share[..., None] * (source.astype(np.float32) - target))


def augmented_pair(face: Image, mask: NDArray[Any], rng: np.random.Generator) -> tuple[Image, Image]:
    """A pristine face and a pseudo-fake of it, both altered in the same way, so that the alteration tells nothing."""
    fake = self_blend(face, mask, rng)
    quality = int(rng.integers(40, 101)) if rng.random() < 0.5 else None
    smaller = rng.uniform(0.5, 1) if rng.random() < 0.4 else None
    sharper = rng.uniform(0.2, 1) if rng.random() < 0.2 else None
    grain = rng.uniform(0.5, 3) * rng.standard_normal(mask.shape, np.float32) if rng.random() < 0.2 else None
    light = _bytes(np.arange(256) * rng.uniform(0.85, 1.15) + rng.uniform(-12, 12))
    flip = rng.random() < 0.5

    def alter(image: Image) -> Image:
        altered = np.asarray(cv2.LUT(image, light), np.uint8)
        altered = np.ascontiguousarray(altered[:, ::-1]) if flip else altered
        altered = altered if smaller is None else _down_up(altered, smaller)
        altered = altered if sharper is None else _sharpened(altered, 1.2, sharper)
        altered = altered if grain is None else _bytes(altered + grain[..., None])
        return altered if quality is None else _as_jpeg(altered, quality)

    return alter(face), alter(fake)


def _bytes(levels: NDArray[Any]) -> Image:
    whole = np.rint(levels)
    return np.asarray(np.clip(whole, 0, 255, out=whole), np.uint8)


def _shifted(image: Image, rng: np.random.Generator) -> Image:
    """Other colours, then either less detail or more."""
    colours = np.clip(image + rng.uniform(-20, 20, 3).astype(np.float32), 0, 255) / np.float32(255)
    hsv = cv2.cvtColor(colours, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + rng.uniform(-5, 5)) % 360
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.7, 1.3), 0, 1)
    colours = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255
    middle = colours.mean()
    shifted = _bytes((colours - middle) * rng.uniform(0.9, 1.1) + middle * rng.uniform(0.9, 1.1))
    if rng.random() < 0.5:
        return _down_up(shifted, 1 / rng.uniform(1.5, 4))
    return _sharpened(shifted, rng.uniform(0.8, 2), rng.uniform(0.2, 0.8))


def _sharpened(image: Image, width: float, amount: float) -> Image:
    blurred = cv2.GaussianBlur(image, (0, 0), width).astype(np.float32)
    return _bytes(image + amount * (image - blurred))


def _down_up(image: Image, ratio: float) -> Image:
    height, width = image.shape[:2]
    small = cv2.resize(
        image, (max(1, round(width * ratio)), max(1, round(height * ratio))), interpolation=cv2.INTER_AREA
    )
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _as_jpeg(image: Image, quality: int) -> Image:
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])


def _deformed(share: Grey, rng: np.random.Generator) -> Grey:
    """The mask bent elastically, by up to about 3 % of its side."""
    height, width = share.shape
    coarse = rng.uniform(-1, 1, (2, 5, 5)).astype(np.float32) * 0.03 * max(height, width)
    bend = [cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC) for part in coarse]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return np.asarray(cv2.remap(share, columns + bend[0], rows + bend[1], cv2.INTER_LINEAR), np.float32)


def _moved(image: Image, share: Grey, rng: np.random.Generator) -> tuple[Image, Grey]:
    """Source and mask moved together, as a generated face never lies quite where the real one was."""
    height, width = share.shape
    scale = rng.uniform(0.95, 1 / 0.95)
    shift = np.array([rng.uniform(-0.03, 0.03) * width, rng.uniform(-0.015, 0.015) * height])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    matrix = np.hstack([np.eye(2) * scale, (centre * (1 - scale) + shift)[:, None]])
    image = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    share = cv2.warpAffine(share, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(image, np.uint8), np.asarray(share, np.float32)


def _softened(share: Grey, rng: np.random.Generator) -> Grey:
    """Blurred, kept where it is full (which draws the rim inwards), and blurred again: a rim of random width."""
    height, width = share.shape
    # At half the size: it is all blur.
    small = cv2.resize(share, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    side = max(small.shape)
    full = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.005, 0.025) * side) > 0.98
    soft = cv2.GaussianBlur(full.astype(np.float32), (0, 0), rng.uniform(0.003, 0.02) * side)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
