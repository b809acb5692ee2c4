"""Between aligned faces and network inputs: the central 80 % crop, and pictures as tensors."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.core.framing import central_square
from studio.core.records import Image
from studio.core.vision import cv2


def central_crop(face: Image) -> Image:
    """The central 80 % of a square picture (H, H, ...), as a view."""
    square = central_square(face.shape[0])
    return face[square, square]


def network_input(face: Image, size: int) -> Image:
    """The picture (size, size, 3) uint8 that the network sees of an aligned face (H, H, 3) uint8."""
    resized = cv2.resize(central_crop(face), (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.uint8)


def to_tensor(images: Image, device: torch.device | str = "cpu") -> Tensor:
    """Pictures (N, H, W, C) uint8 as a float32 tensor (N, C, H, W) in [0, 1], channels last in memory."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float().div_(255.0)


def to_images(batch: Tensor) -> NDArray[np.uint8]:
    """A float tensor (N, C, H, W) in [0, 1] as pictures (N, H, W, C) uint8, rounded."""
    scaled = batch.detach().float().clamp(0.0, 1.0).mul(255.0).round().to(torch.uint8)
    return np.ascontiguousarray(scaled.permute(0, 2, 3, 1).cpu().numpy())
