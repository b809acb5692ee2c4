"""The paper's identity features: VGG16 of ImageNet."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torchvision.models import vgg16

from studio.core.errors import WeightsError
from studio.core.framing import FACE_SIZE
from studio.core.records import Image, Points
from studio.faces.encoders import ENCODERS
from studio.faces.protocols import Features, checked_face, checked_landmarks

_CROP = 224
_BATCH = 16
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class Vgg16Encoder:
    """Describes a face by VGG16's 4096 activations behind `classifier[:5]`, of its central 224 px.

    The network knows objects, not people: features tell clips apart by light and background too, and there is no
    published distance between persons.
    """

    name = "vgg16"
    dimensions = ENCODERS[name].dimensions
    same_person = ENCODERS[name].same_person

    def __init__(self, weights: Path) -> None:
        """Load torchvision's state dict from `weights`, onto the GPU where there is one.

        Raises:
            WeightsError: the file is missing or damaged, or holds another network.
        """
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = _network(weights).to(self._device)
        self._mean = torch.tensor(_MEAN, device=self._device).view(1, 3, 1, 1)
        self._deviation = torch.tensor(_DEVIATION, device=self._device).view(1, 3, 1, 1)

    def encode(self, faces: Sequence[Image], landmarks: Sequence[Points]) -> Features:
        """(N, 4096) features of N aligned faces; see `IdentityEncoder.encode`. The landmarks are only checked."""
        if len(faces) != len(landmarks):
            raise ValueError(f"{len(faces)} faces came with {len(landmarks)} sets of landmarks.")
        for points in landmarks:
            checked_landmarks(points)
        features = np.empty((len(faces), self.dimensions), dtype=np.float32)
        for start in range(0, len(faces), _BATCH):
            crops = [_centre(face) for face in faces[start : start + _BATCH]]
            features[start : start + _BATCH] = self._forward(np.stack(crops))
        return features

    @torch.inference_mode()
    def _forward(self, crops: Image) -> Features:
        x = torch.from_numpy(crops).to(self._device).permute(0, 3, 1, 2).float() / 255
        x = self._network((x - self._mean) / self._deviation)
        return np.asarray(x.cpu().numpy(), dtype=np.float32)


def _centre(face: Image) -> Image:
    start = (FACE_SIZE - _CROP) // 2
    return checked_face(face)[start : start + _CROP, start : start + _CROP]


def _network(weights: Path) -> torch.nn.Sequential:
    if not weights.is_file():
        raise WeightsError(f"There is no file {weights}.", hint="Run `studio models fetch vgg16`.")
    with torch.device("meta"):  # 138 million parameters need not be drawn at random to be replaced
        network = vgg16(weights=None)
    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
        network.load_state_dict(state, strict=True, assign=True)
    except (RuntimeError, TypeError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise WeightsError(
            f"{weights.name} is damaged or holds another network than torchvision's VGG16.",
            hint="Run `studio models check`, then fetch it again.",
        ) from error
    network.eval().requires_grad_(False)
    return torch.nn.Sequential(network.features, network.avgpool, torch.nn.Flatten(), network.classifier[:5])
