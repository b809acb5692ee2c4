"""The paper's loss (section 3.2), taken literally.

L = R(x * M_face) + 3 * R(x * M_eyes) + 2 * R(x * M_mouth) with R = DSSIM + MSE, where DSSIM = (1 - SSIM) / 2. Eyes and
mouth lie inside the face, so they count four and three times in effect.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_SIGMA = 1.5
_C1 = 0.01**2
_C2 = 0.03**2
_MIDDLE = 0.5


def dssim(x: Tensor, y: Tensor, window: int = 11) -> Tensor:
    """Structural dissimilarity (1 - SSIM) / 2 of two batches of pictures, per channel, averaged.

    SSIM of Wang et al. 2004: Gaussian window with sigma 1.5 cut at `window` pixels, k1 0.01, k2 0.03, population
    covariance, data range 1; the mean over all windows that lie wholly inside. Window 11 equals scikit-image's
    `structural_similarity(gaussian_weights=True, use_sample_covariance=False)`.

    Args:
        x, y: (N, C, H, W) float in [0, 1]; gradients flow into both.
        window: odd side of the window in pixels, at most H and W.

    Returns:
        a scalar in [0, 1].
    """
    return _dssim_each(x, y, window).mean()


def sample_terms(
    x_hat: Tensor,
    x: Tensor,
    face: Tensor,
    eyes: Tensor,
    mouth: Tensor,
    window: int = 11,
    mask_blur: bool = False,
) -> Tensor:
    """DSSIM (row 0) and MSE (row 1) of face, eyes and mouth of each sample: a tensor (N, 2, 3), unweighted.

    Both pictures are multiplied by each mask first; the mean is over channels and all pixels, so a small region has a
    small loss.

    Args:
        x_hat, x: (N, 3, S, S) float in [0, 1].
        face, eyes, mouth: masks (N, 1, S, S) float in [0, 1].
        window: see `dssim`.
        mask_blur: soften the masks' edges by a 3 x 3 binomial, as the released code does.
    """
    masks = _blurred(torch.stack([face, eyes, mouth])) if mask_blur else (face, eyes, mouth)
    return torch.stack([_terms(x_hat, x, mask, window) for mask in masks], dim=2)


def region_terms(
    x_hat: Tensor,
    x: Tensor,
    face: Tensor,
    eyes: Tensor,
    mouth: Tensor,
    window: int = 11,
    mask_blur: bool = False,
) -> Tensor:
    """The mean of `sample_terms` over the batch: a tensor (2, 3). Arguments as there."""
    return sample_terms(x_hat, x, face, eyes, mouth, window, mask_blur).mean(0)


def weighted(terms: Tensor, eye_weight: float, mouth_weight: float) -> Tensor:
    """The loss of `sample_terms` or their mean (..., 2, 3): face + eye_weight * eyes + mouth_weight * mouth.

    Each is R = DSSIM + MSE.

    Returns:
        (...)
    """
    face, eyes, mouth = terms.sum(-2).unbind(-1)
    return face + eye_weight * eyes + mouth_weight * mouth


def reconstruction_loss(
    x_hat: Tensor,
    x: Tensor,
    face: Tensor,
    eyes: Tensor,
    mouth: Tensor,
    eye_weight: float = 3.0,
    mouth_weight: float = 2.0,
    window: int = 11,
    mask_blur: bool = False,
) -> Tensor:
    """The paper's loss of one identity, a scalar: face + eye_weight * eyes + mouth_weight * mouth.

    Arguments as for `sample_terms`.
    """
    return weighted(region_terms(x_hat, x, face, eyes, mouth, window, mask_blur), eye_weight, mouth_weight)


def _terms(x_hat: Tensor, x: Tensor, mask: Tensor, window: int) -> Tensor:
    """DSSIM and MSE (N, 2) of one region of each sample: means over its whole picture, reckoned where the mask is."""
    channels, height, width = x.shape[1:]
    rows, columns = _where(mask, window)
    mask = mask[..., rows, columns]
    shown, wanted = (
        (mask * picture[..., rows, columns]).contiguous(memory_format=torch.channels_last) for picture in (x_hat, x)
    )
    # Outside, both are black, and black is like black.
    windows = channels * (height - window + 1) * (width - window + 1)
    dissimilar = _dssim_each(shown, wanted, window).sum((1, 2, 3)) / windows
    return torch.stack([dissimilar, (shown - wanted).square().sum((1, 2, 3)) / (channels * height * width)], dim=1)


def _where(mask: Tensor, window: int) -> tuple[slice, slice]:
    """The rows and columns of `mask` (N, 1, H, W) that hold every window with something of it inside."""
    if mask.is_cuda:
        # To know would mean to wait for the device.
        return slice(None), slice(None)
    some = mask.amax((0, 1)) > 0
    return _span(some.any(1), window), _span(some.any(0), window)


def _span(some: Tensor, window: int) -> slice:
    found = some.nonzero()
    if not len(found):
        return slice(0, window)
    return slice(max(0, int(found[0]) - window + 1), int(found[-1]) + window)


def _dssim_each(x: Tensor, y: Tensor, window: int) -> Tensor:
    """(1 - SSIM) / 2 of every picture, channel and window: (N, C, H - window + 1, W - window + 1)."""
    # Variances do not change when both pictures are moved to the middle of the range, and lose fewer digits there.
    x, y = x - _MIDDLE, y - _MIDDLE
    mean_x, square_x, product = _windowed(torch.cat([x, x * x, x * y], dim=1), window).chunk(3, dim=1)
    mean_y, square_y = _windowed(torch.cat([y, y * y], dim=1), window).chunk(2, dim=1)
    covariance = product - mean_x * mean_y
    variances = square_x + square_y - (mean_x * mean_x + mean_y * mean_y)
    mean_x, mean_y = mean_x + _MIDDLE, mean_y + _MIDDLE
    means = mean_x * mean_y
    squares = mean_x * mean_x + mean_y * mean_y
    similarity = ((2 * means + _C1) * (2 * covariance + _C2)) / ((squares + _C1) * (variances + _C2))
    return (1 - similarity) / 2


def _windowed(x: Tensor, window: int) -> Tensor:
    """Gaussian-weighted means of all windows wholly inside `x` (N, C, H, W).

    One depthwise convolution of the whole square: on CPU faster than two separated ones at these sizes.
    """
    distance = torch.arange(window, dtype=x.dtype, device=x.device) - (window - 1) / 2
    line = torch.exp(-distance.square() / (2 * _SIGMA**2))
    line = line / line.sum()
    kernel = (line[:, None] * line).expand(x.shape[1], 1, window, window)
    return functional.conv2d(x, kernel, groups=x.shape[1])


def _blurred(masks: Tensor) -> Tensor:
    """(R, N, 1, S, S) blurred by the 3 x 3 binomial [1 2 1] / 4, edges replicated."""
    line = torch.tensor([0.25, 0.5, 0.25], dtype=masks.dtype, device=masks.device)
    padded = functional.pad(masks.flatten(0, 1), (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(padded, (line[:, None] * line)[None, None]).reshape(masks.shape)
