"""What a training step is given of one identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.nets.framing import to_images, to_tensor
from studio.training.augment import Change, StoredFace

Triple = tuple[Tensor, Tensor, Tensor]
Pictures = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


class Batch(Protocol):
    """N samples of one identity: inputs, targets, and masks of face, eyes and mouth."""

    @property
    def faces(self) -> tuple[int, ...]:
        """The ids of the faces they show."""
        ...

    @property
    def share(self) -> float:
        """The part of a step's samples that these are."""
        ...

    def tensors(self, device: torch.device) -> Triple:
        """The three as float tensors (N, 3, S, S) in [0, 1] on `device`."""
        ...

    def pictures(self) -> Pictures:
        """The three as uint8 arrays (N, S, S, 3)."""
        ...

    def parts(self, count: int) -> Sequence[Batch]:
        """The samples in their order in up to `count` batches, none larger than another by more than one."""
        ...


@dataclass(frozen=True, eq=False)
class ReadyBatch:
    """Samples that are ready, as uint8 arrays (N, S, S, 3); see `Batch`."""

    inputs: NDArray[np.uint8]
    targets: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    faces: tuple[int, ...]
    share: float = 1.0

    def tensors(self, device: torch.device) -> Triple:
        """See `Batch.tensors`."""
        return to_tensor(self.inputs, device), to_tensor(self.targets, device), to_tensor(self.masks, device)

    def pictures(self) -> Pictures:
        """See `Batch.pictures`."""
        return self.inputs, self.targets, self.masks

    def parts(self, count: int) -> list[ReadyBatch]:
        """See `Batch.parts`."""
        return [
            ReadyBatch(self.inputs[part], self.targets[part], self.masks[part], self.faces[part], share)
            for part, share in _parts(self, count)
        ]


@dataclass(frozen=True, eq=False)
class RawBatch:
    """Stored faces and what is to be done to each, which the device does that trains; see `Batch`.

    Attributes:
        stored, changes: N of each.
        size: the network's, S.
    """

    stored: Sequence[StoredFace]
    changes: Sequence[Change]
    size: int
    faces: tuple[int, ...]
    share: float = 1.0

    def tensors(self, device: torch.device) -> Triple:
        """See `Batch.tensors`."""
        # It takes half a second to import, and only those with a GPU need it.
        from studio.training.augment_gpu import changed

        lab = torch.from_numpy(np.stack([face.lab for face in self.stored])).to(device)
        masks = torch.from_numpy(np.stack([face.masks for face in self.stored])).to(device)
        return changed(lab, masks, self.size, self.changes)

    def pictures(self) -> Pictures:
        """See `Batch.pictures`."""
        inputs, targets, masks = (to_images(part) for part in self.tensors(torch.device("cpu")))
        return inputs, targets, masks

    def parts(self, count: int) -> list[RawBatch]:
        """See `Batch.parts`."""
        return [
            RawBatch(self.stored[part], self.changes[part], self.size, self.faces[part], share)
            for part, share in _parts(self, count)
        ]


def _parts(batch: Batch, count: int) -> list[tuple[slice, float]]:
    """The places of the samples of up to `count` parts, and each one's share of the step."""
    samples = len(batch.faces)
    bounds = [samples * number // count for number in range(count + 1)]
    ends = ((first, end) for first, end in pairwise(bounds) if first < end)
    return [(slice(first, end), batch.share * (end - first) / samples) for first, end in ends]
