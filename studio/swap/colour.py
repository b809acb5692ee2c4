"""Giving the generated face the driver's colours before it is blended."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Image
from studio.core.vision import cv2

ColourTransfer = Literal["none", "lab", "mkl"]

_FEWEST_PIXELS = 16
# Grey levels squared: keeps a flat patch of colour from being stretched without bound.
_LEAST_VARIANCE = 0.25


def transfer(generated: Image, driver: Image, mask: NDArray[Any], method: ColourTransfer) -> Image:
    """`generated` with the colour statistics that `driver` has inside `mask`.

    Args:
        generated, driver: (H, W, 3) RGB uint8.
        mask: (H, W); where the statistics of both are taken. With fewer than 16 pixels nothing is changed.
        method: "none"; "lab", mean and deviation of each channel in CIE LAB (after Reinhard and others 2001); "mkl",
            the linear map in RGB that takes mean and covariance over with the least movement of colours
            (Monge-Kantorovich; Pitie and Kokaram 2007).

    Returns:
        A new image of the same shape, changed everywhere, not only inside the mask.
    """
    inside = mask != 0
    if method == "none" or np.count_nonzero(inside) < _FEWEST_PIXELS:
        return generated.copy()
    if method == "lab":
        moved = _match_lab(generated, driver, inside)
    elif method == "mkl":
        moved = _match_covariance(generated.astype(np.float64), driver.astype(np.float64), inside)
    else:
        raise ValueError(f"There is no colour transfer {method!r}; there are 'none', 'lab' and 'mkl'.")
    return np.asarray(np.clip(np.rint(moved), 0, 255), np.uint8)


def _match_lab(generated: Image, driver: Image, inside: NDArray[np.bool_]) -> NDArray[Any]:
    source, target = (cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for image in (generated, driver))
    mean, wanted = source[inside].mean(axis=0), target[inside].mean(axis=0)
    spread, wanted_spread = (np.sqrt(lab[inside].var(axis=0) + _LEAST_VARIANCE) for lab in (source, target))
    moved = (source - mean) * (wanted_spread / spread) + wanted
    rgb: NDArray[Any] = cv2.cvtColor(moved.astype(np.float32), cv2.COLOR_LAB2RGB) * 255
    return rgb


def _match_covariance(source: NDArray[Any], target: NDArray[Any], inside: NDArray[np.bool_]) -> NDArray[Any]:
    floor = _LEAST_VARIANCE * np.eye(3)
    spread, wanted = (np.cov(image[inside], rowvar=False) + floor for image in (source, target))
    root = _power(spread, 0.5)
    inverse = _power(spread, -0.5)
    plan = inverse @ _power(root @ wanted @ root, 0.5) @ inverse
    moved: NDArray[Any] = (source - source[inside].mean(axis=0)) @ plan + target[inside].mean(axis=0)
    return moved


def _power(symmetric: NDArray[Any], exponent: float) -> NDArray[Any]:
    values, vectors = np.linalg.eigh(symmetric)
    raised: NDArray[Any] = (vectors * np.maximum(values, 1e-12) ** exponent) @ vectors.T
    return raised
