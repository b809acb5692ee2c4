"""Copies of a training's tensors that a checkpoint is written from."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


class Copies:
    """Memory on the CPU that the same tensors are copied into at each save.

    It is kept: to give it back and ask the system for it again would take several times as long as the copying, and the
    training waits for it.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Tensor] = {}

    def of(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Copies of `tensors`, contiguous; the next call writes over them."""
        return {name: self._copied(name, tensor.detach()) for name, tensor in tensors.items()}

    def _copied(self, name: str, tensor: Tensor) -> Tensor:
        kept = self._kept.get(name)
        if kept is None or (kept.shape, kept.dtype) != (tensor.shape, tensor.dtype):
            kept = self._kept[name] = torch.empty(tensor.shape, dtype=tensor.dtype)
        return kept.copy_(tensor)
