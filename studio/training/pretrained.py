"""Where a new network's encoder gets its first weights from."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch

from studio.core.errors import WeightsError
from studio.core.reporter import Reporter
from studio.nets.autoencoder import SwapAutoencoder
from studio.nets.encoders import EfficientNetEncoder
from studio.zoo.manifest import load_manifest


def start_encoder(network: SwapAutoencoder, weights: Path | None, reporter: Reporter) -> None:
    """Load torchvision's ImageNet weights into the encoder, or say that there are none.

    The small encoder has no released weights and starts from the seed; of some others the studio knows none.

    Raises:
        WeightsError: the file is damaged or of another network.
    """
    body = network.encoder.body
    if not isinstance(body, EfficientNetEncoder):
        return
    if weights is None:
        reporter.note(
            f"The encoder {network.spec.encoder} starts from random weights: its ImageNet weights are not here. "
            f"Training takes longer that way; {_advice(network.spec.encoder)}"
        )
        return
    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise WeightsError(
            f"{weights} can't be read as weights.",
            hint="Fetch them again with `studio models fetch`.",
            code="weights.damaged",
        ) from error
    body.load_pretrained(state)


def _advice(encoder: str) -> str:
    known = [name.replace("-", "_") for name, weights in load_manifest().items() if weights.role == "encoder"]
    if encoder in known:
        return "`studio models list` says where to get them."
    return f"the studio takes weights for {' and '.join(known)} alone."
