"""The network at work: from the driver's aligned faces to the target's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from studio.core.records import Image
from studio.nets.autoencoder import IdentityKey
from studio.nets.framing import network_input, to_images, to_tensor
from studio.training.checkpoints import load_network

# Always this many faces at a time: kernels are chosen by shape, so a face alone gets the pixels it gets among others.
_BATCH_CPU = 1
_BATCH_GPU = 8


class Generator:
    """A trained network that generates faces.

    Attributes:
        size: side S of the faces it gives.
        step: how many steps it was trained for.
        sha256: of the checkpoint's network file.
        batch: faces that the network takes at a time, whether they are needed or not.

    Raises:
        CheckpointError: the checkpoint is missing, damaged or of another kind of network.
    """

    def __init__(self, checkpoint: Path, device: str | None = None) -> None:
        loaded = load_network(checkpoint)
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.batch = _BATCH_GPU if self._device.type == "cuda" else _BATCH_CPU
        self._model = loaded.model.to(self._device)
        self.size: int = loaded.model.size
        self.step = loaded.step
        self.sha256 = loaded.sha256

    def generate(self, faces: Sequence[Image], identity: IdentityKey) -> list[Image]:
        """The faces of `identity` with the expressions of the driver's `faces`.

        Args:
            faces: aligned faces (512, 512, 3) RGB uint8; the network sees their central 410 px.
            identity: whose decoder: "a" or "b" of the training.

        Returns:
            For each face the central 410 px generated, (S, S, 3) RGB uint8.
        """
        generated: list[Image] = []
        for start in range(0, len(faces), self.batch):
            part = [network_input(face, self.size) for face in faces[start : start + self.batch]]
            padded = part + [part[-1]] * (self.batch - len(part))
            with torch.inference_mode():
                output = self._model(to_tensor(np.stack(padded), self._device), identity)
            generated += list(to_images(output)[: len(part)])
        return generated
