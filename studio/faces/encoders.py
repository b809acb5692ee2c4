"""What is known of each identity encoder without loading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class EncoderFacts:
    """Length of a feature, and the published distance below which two faces are one person's (None: unpublished)."""

    dimensions: int
    same_person: float | None


ENCODERS: Mapping[str, EncoderFacts] = {
    "dlib-resnet": EncoderFacts(128, 0.6),
    "vgg16": EncoderFacts(4096, None),
}
