"""A whole batch of faces changed at once, on the device that trains.

The same steps in the same order as in `augment_cpu`, with the same `Change` for each face. Values are not rounded to 8
bits in between, so the two differ by about one level of 255.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from studio.core.framing import central_square
from studio.training.augment import (
    CLAHE_LIMIT,
    WARP_MARGIN,
    Change,
    clahe_repeats,
    crop_matrix,
    mask_matrix,
    warp_knots,
)

with warnings.catch_warnings():
    # It uses torch.jit, which newer versions of PyTorch warn of.
    warnings.simplefilter("ignore", FutureWarning)
    from kornia.color import lab_to_rgb
    from kornia.geometry.transform import remap, warp_affine

_BINS = 256
_TOP = _BINS - 1
# Of OpenCV's 8-bit LAB: L in [0, 100] is spread to [0, 255], a and b are moved by 128.
_LIGHTEST = 100.0
_NEUTRAL = 128.0


@torch.no_grad()
def changed(lab: Tensor, masks: Tensor, size: int, changes: Sequence[Change]) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs, targets and masks of N stored faces.

    Args:
        lab: (N, W, W, 3) uint8, see `StoredFace`.
        masks: (N, M, M, 3) uint8, see `StoredFace`.
        size: side S of the network.
        changes: N of them, all warped or none.

    Returns:
        three float tensors (N, 3, S, S) in [0, 1], channels last in memory.
    """
    side, stored = lab.shape[1], masks.shape[1]
    pictures = equalised(lab.permute(0, 3, 1, 2).float(), [change.tiles for change in changes])
    shares = _tensor([change.shares for change in changes], lab)
    crop = _moved(pictures, [crop_matrix(change, side) for change in changes], _crop_side(side))
    targets = _in_colour(averaged(crop, size), shares)
    knots = [found for change in changes if (found := warp_knots(change, side)) is not None]
    inputs = _in_colour(warped(pictures, size, knots), shares) if knots else targets
    matrices = [mask_matrix(change, side, stored, size) for change in changes]
    moved_masks = _moved(masks.permute(0, 3, 1, 2).float() / _TOP, matrices, size)
    mirrored = torch.tensor([change.mirrored for change in changes], device=lab.device)[:, None, None, None]
    inputs, targets, moved_masks = (
        torch.where(mirrored, part.flip(-1), part).contiguous(memory_format=torch.channels_last)
        for part in (inputs, targets, moved_masks)
    )
    return inputs, targets, moved_masks


def equalised(lab: Tensor, tiles: Sequence[int | None]) -> Tensor:
    """LAB pictures (N, 3, W, W), 0 to 255, with the lightness equalised in so many tiles a side, or not where None.

    OpenCV's algorithm to the last bit; kornia's takes only tiles of an even number of pixels.
    """
    out, times = lab.clone(), clahe_repeats(lab.shape[-1])
    for count in sorted({count for count in tiles if count is not None}):
        chosen = torch.tensor([index for index, own in enumerate(tiles) if own == count], device=lab.device)
        lightness = lab[chosen, 0].long().repeat_interleave(times, 1).repeat_interleave(times, 2)
        out[chosen, 0] = _clahe(lightness, count)[:, times // 2 :: times, times // 2 :: times]
    return out


def averaged(pictures: Tensor, size: int) -> Tensor:
    """(N, 3, C, C) averaged down to (N, 3, size, size), each pixel weighted by the share of it that counts."""
    edges = torch.linspace(0, pictures.shape[-1], size + 1, dtype=torch.float64)
    pixels = torch.arange(pictures.shape[-1], dtype=torch.float64)
    shares = torch.minimum(edges[1:, None], pixels + 1) - torch.maximum(edges[:-1, None], pixels)
    shares = shares.clamp_(min=0)
    weights = (shares / shares.sum(1, keepdim=True)).to(pictures)
    return weights @ pictures @ weights.T


def warped(pictures: Tensor, size: int, knots: Sequence[NDArray[np.float32]]) -> Tensor:
    """(N, 3, W, W) at `size` px, sampled where the knots (5, 5, 2) of N coarse grids say; see `augment_cpu`."""
    large = round(WARP_MARGIN * size)
    margin = (large - size) // 2
    coarse = _tensor(knots, pictures).permute(0, 3, 1, 2)
    dense = functional.interpolate(coarse, (large, large), mode="bilinear", align_corners=False)
    inner = dense[..., margin : margin + size, margin : margin + size]
    out: Tensor = remap(pictures, inner[:, 0], inner[:, 1], padding_mode="border", align_corners=True)
    return out


def _moved(pictures: Tensor, matrices: Sequence[NDArray[np.float64]], side: int) -> Tensor:
    matrix = _tensor(matrices, pictures)
    out: Tensor = warp_affine(pictures, matrix, (side, side), padding_mode="border", align_corners=True)
    return out


def _in_colour(lab: Tensor, shares: Tensor) -> Tensor:
    """LAB (N, 3, S, S), 0 to 255, with each channel moved by its share (N, 3), as RGB in [0, 1]."""
    share = shares[..., None, None]
    moved = torch.where(share > 0, lab + share * (_TOP - lab), lab * (1 + share))
    lightness = moved[:, :1] * (_LIGHTEST / _TOP)
    out: Tensor = lab_to_rgb(torch.cat([lightness, moved[:, 1:] - _NEUTRAL], dim=1))
    return out


def _clahe(lightness: Tensor, tiles: int) -> Tensor:
    """(N, W, W) integers 0 to 255, equalised in tiles x tiles parts: OpenCV's `createCLAHE`."""
    count, side = lightness.shape[:2]
    extra = -side % tiles
    padded = functional.pad(lightness.float()[:, None], (0, extra, 0, extra), mode="reflect")[:, 0].long()
    length = padded.shape[1] // tiles
    parts = padded.reshape(count, tiles, length, tiles, length).transpose(2, 3).reshape(-1, length * length)
    offsets = torch.arange(len(parts), device=parts.device)[:, None] * _BINS
    histogram = torch.bincount((parts + offsets).flatten(), minlength=len(parts) * _BINS).reshape(-1, _BINS)
    curve = _curve(histogram, length * length).reshape(count, tiles * tiles, _BINS)
    return _between(lightness, curve, tiles, length)


def _curve(histogram: Tensor, pixels: int) -> Tensor:
    """(T, 256) where each level goes: the clipped histogram, its rest spread evenly, summed up."""
    limit = max(int(CLAHE_LIMIT * pixels / _BINS), 1)
    rest = (histogram - limit).clamp(min=0).sum(1, keepdim=True)
    histogram = histogram.clamp(max=limit) + rest // _BINS
    left = rest % _BINS
    # What does not come out even goes to levels that lie as far apart as there is enough for.
    levels = torch.arange(_BINS, device=histogram.device)
    step = (_BINS // left.clamp(min=1)).clamp(min=1)
    histogram = histogram + ((levels % step == 0) & (levels // step < left))
    return (histogram.cumsum(1).float() * (_TOP / pixels)).round().clamp(0, _TOP)


def _between(lightness: Tensor, curve: Tensor, tiles: int, length: int) -> Tensor:
    """Each pixel by the curves of the four tiles around it, weighted by how near they are."""
    place = torch.arange(lightness.shape[-1], device=lightness.device) / length - 0.5
    first = place.floor()
    share = place - first
    low, high = first.long().clamp(min=0), (first.long() + 1).clamp(max=tiles - 1)

    def by(rows: Tensor, columns: Tensor) -> Tensor:
        index = (rows[:, None] * tiles + columns) * _BINS + lightness
        return curve.flatten(1).gather(1, index.flatten(1)).reshape(lightness.shape)

    down = share[:, None]
    above = by(low, low) * (1 - share) + by(low, high) * share
    below = by(high, low) * (1 - share) + by(high, high) * share
    return (above * (1 - down) + below * down).round().clamp(0, _TOP)


def _crop_side(side: int) -> int:
    square = central_square(side)
    return int(square.stop - square.start)


def _tensor(values: Sequence[NDArray[np.floating]], like: Tensor) -> Tensor:
    return torch.from_numpy(np.stack(values)).to(like.device, torch.float32)
