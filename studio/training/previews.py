"""Preview pictures: the same few faces again and again, as they were, rebuilt and swapped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from studio.core.files import write_bytes
from studio.core.framing import FACE_SIZE
from studio.core.records import Image, TrainingFace
from studio.core.vision import cv2
from studio.nets.autoencoder import IDENTITIES, SwapAutoencoder
from studio.nets.framing import network_input, to_images, to_tensor
from studio.training.batch import Batch
from studio.training.data import FacePair, load_face

ROWS = 4


class Previews:
    """Writes the grid of a few faces; each row: input, rebuilt, swapped of A, and the same of B."""

    def __init__(self, folder: Path, faces: FacePair, size: int) -> None:
        """Begin with `ROWS` faces of A and of B that lie evenly over `faces`."""
        self._folder = folder
        self._size = size
        self.show((_spread(faces[0]), _spread(faces[1])))

    @property
    def faces(self) -> dict[str, list[int]]:
        """The ids of the faces by side and row: a smaller side repeats."""
        return {side: [face.id for face in shown] for side, shown in zip(IDENTITIES, self._shown, strict=True)}

    def show(self, faces: FacePair) -> None:
        """Show these faces from here on.

        Raises:
            FacesetError: one of their files can't be read; those before stay.
        """
        rows = max(map(len, faces))
        shown = [[side[row % len(side)] for row in range(rows)] for side in faces]
        self._inputs = [np.stack([_shown(face, self._size) for face in side]) for side in shown]
        self._shown = shown

    @torch.no_grad()
    def write(self, network: SwapAutoencoder, step: int) -> Path:
        """Write the picture of `step`, in float32 and evaluation mode; draws no random number."""
        device = next(network.parameters()).device
        network.eval()
        columns: list[Image] = []
        for own, other, faces in zip(IDENTITIES, reversed(IDENTITIES), self._inputs, strict=True):
            code = network.encode(to_tensor(faces, device))
            columns += [faces, to_images(network.decode(code, own)), to_images(network.decode(code, other))]
        network.train()
        path = self._folder / f"step-{step:08d}.png"
        write_bytes(path, _png(columns))
        return path


def write_batches(path: Path, batches: Sequence[Batch]) -> None:
    """Write what a step was given: a row a face, with input, target and masks of A and of B beside each other."""
    columns = [part for batch in batches for part in batch.pictures()]
    write_bytes(path, _png(columns))


def _spread(faces: Sequence[TrainingFace]) -> list[TrainingFace]:
    """ROWS faces evenly over the faceset; a smaller one repeats."""
    return [faces[int(index)] for index in np.linspace(0, len(faces) - 1, ROWS)]


def _shown(face: TrainingFace, size: int) -> Image:
    return network_input(load_face(face, FACE_SIZE)[0], size)


def _png(columns: Sequence[Image]) -> bytes:
    grid = np.concatenate([np.concatenate(list(column), axis=0) for column in columns], axis=1)
    return bytes(cv2.imencode(".png", cv2.cvtColor(grid, cv2.COLOR_RGB2BGR))[1])
