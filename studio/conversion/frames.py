"""Converting one frame: the same pixels for a single frame, the preview and the export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
from pydantic import Field, model_validator

from studio.conversion.driver import AnalysedFace, DriverAnalysis
from studio.core.records import Image, Mask
from studio.core.vision import cv2
from studio.faces.align import Matrix, align_face, seen_in_frame, transform_box
from studio.faces.protocols import Box, FaceFinder, Parser
from studio.provenance.fingerprints import Fingerprint, fingerprint
from studio.provenance.label import draw_label
from studio.swap.compose import AlignedSwap, BlendSettings, place_generated, swap_in
from studio.swap.keyframes import SqueezeKey, in_order, squeeze_at
from studio.video.read import Frame

# Pixels of the aligned face.
_RIM = 4


class ConvertSettings(BlendSettings):
    """How a driver's video is converted."""

    squeeze_keys: tuple[SqueezeKey, ...] = Field(
        (),
        max_length=10_000,
        description="Moments (seconds, pixels) between which the squeeze goes evenly, in place of one squeeze for all.",
    )
    label: bool = Field(True, description="Draw the visible label into every frame.")
    first: int = Field(0, ge=0, description="The first frame to export.")
    stop: int | None = Field(None, ge=1, description="The frame to stop before; none: to the end.")
    quality: int = Field(16, ge=0, le=51, description="Constant rate factor of the encoder: 0 lossless, 51 worst.")
    codec: str = Field(
        "libx264", description="The encoder: libx264, libx265, ffv1 (lossless) or another of FFmpeg's by name."
    )

    @model_validator(mode="after")
    def _keys_in_order(self) -> ConvertSettings:
        if not in_order(self.squeeze_keys):
            raise ValueError("keyframes of the squeeze must be in order of time, each moment once")
        return self

    @property
    def applied(self) -> ConvertSettings:
        """What comes of these settings: the driver's mask as it is, is squeezed by nothing, whatever they ask for."""
        return self if self.mask == "advanced" else self.changed({"squeeze": 0, "squeeze_keys": ()})

    def squeeze_at(self, seconds: float) -> float:
        """The squeeze of the frame at `seconds`, in pixels of the 512 px aligned face."""
        if not self.squeeze_keys:
            return self.squeeze
        return squeeze_at(self.squeeze_keys, seconds)

    def blend_at(self, seconds: float) -> BlendSettings:
        """How the frame at `seconds` is blended."""
        if not self.squeeze_keys:
            return self
        return BlendSettings.build(
            {**{name: getattr(self, name) for name in BlendSettings.model_fields}, "squeeze": self.squeeze_at(seconds)}
        )


class FaceGenerator(Protocol):
    """What turns the driver's aligned faces into the target's (see `generator.Generator`)."""

    @property
    def size(self) -> int:
        """Side S of the faces it gives."""
        ...

    @property
    def sha256(self) -> str:
        """Of the network."""
        ...

    def generate(self, faces: Sequence[Image], identity: Literal["a", "b"]) -> list[Image]:
        """For each (512, 512, 3) uint8 face the generated central 410 px as (S, S, 3) uint8."""
        ...


@dataclass(frozen=True, eq=False)
class SwappedFace:
    """The stages of one face, for contact sheets.

    Attributes:
        driver: (512, 512, 3), the aligned face; generated: (S, S, 3); blended: (512, 512, 3).
        driver_mask, generated_mask, mask: (512, 512) bool; the last is where it was blended.
        scale: pixels of the frame to one of the aligned face.
        squeeze: pixels of the aligned face by which both masks were squeezed.
        track: which face of the video it is.
        box: (4,) float32, x0 y0 x1 y1 in pixels of the frame.
    """

    driver: Image
    generated: Image
    blended: Image
    driver_mask: Mask
    generated_mask: Mask
    mask: Mask
    scale: float
    squeeze: float
    track: int
    box: Box


@dataclass(frozen=True, eq=False)
class ConvertedFrame:
    """A frame as it goes into the export.

    Attributes:
        image: (H, W, 3) RGB uint8.
        faces_found: how many faces the analysis knows in this frame, whoever they are.
        swapped: the faces that were converted, squeezed to nothing included.
    """

    image: Image
    faces_found: int
    swapped: tuple[SwappedFace, ...]

    @property
    def mask_pixels(self) -> int:
        """Pixels of the 512 px aligned face that were blended, over all faces."""
        return sum(int(face.mask.sum()) for face in self.swapped)

    @property
    def changed(self) -> bool:
        """Whether any face was blended in."""
        return self.mask_pixels > 0


class FrameConverter:
    """Converts frames of one video to one identity; may be called from several threads.

    Args:
        analysis: of the video the frames come from.
        identity: whose decoder of the generator: "a" or "b".
        tracks: the tracks that are converted; faces of others pass through.
        finder, parser: the engines the analysis was made with; they find the generated face's mask.
    """

    def __init__(
        self,
        analysis: DriverAnalysis,
        generator: FaceGenerator,
        identity: Literal["a", "b"],
        tracks: frozenset[int],
        finder: FaceFinder,
        parser: Parser,
        settings: ConvertSettings,
    ) -> None:
        self._analysis = analysis
        self._generator = generator
        self._identity = identity
        self._tracks = tracks
        self._finder = finder
        self._parser = parser
        self._settings = settings.applied

    @property
    def basis(self) -> dict[str, Any]:
        """Everything that decides the pixels of a frame, JSON-ready: two converters of equal basis give the same."""
        return {
            "analysis": asdict(self._analysis.key),
            "repairs": self._analysis.repairs,
            "network": self._generator.sha256,
            "identity": self._identity,
            "tracks": sorted(self._tracks),
            "settings": self._settings.model_dump(mode="json"),
        }

    def convert(self, frame: Frame) -> ConvertedFrame:
        """The converted frame; without a face that is wanted it is the driver's, but for the label."""
        faces = self._analysis.faces_at(frame.pts)
        blend = self._settings.blend_at(frame.time)
        image = frame.image
        swapped: list[SwappedFace] = []
        for face, ready in self.prepare(frame, faces):
            image, done = swap_in(image, ready, blend)
            swapped.append(
                SwappedFace(
                    ready.driver, ready.generated, done.image, ready.driver_mask, ready.generated_mask, done.mask,
                    ready.scale, blend.squeeze, face.track, face.box,
                )
            )  # fmt: skip
        if self._settings.label:
            image = draw_label(image)
        return ConvertedFrame(image, len(faces), tuple(swapped))

    def prepare(self, frame: Frame, faces: Sequence[AnalysedFace]) -> list[tuple[AnalysedFace, AlignedSwap]]:
        """Those of a frame's analysed `faces` that are converted, each with all that takes a network: the rest is
        `swap_in`."""
        if frame.index in self._analysis.skipped:
            return []
        wanted = [face for face in faces if face.track in self._tracks]
        aligned = [align_face(frame.image, face.landmarks) for face in wanted]
        generated = self._generator.generate([crop for crop, _ in aligned], self._identity) if wanted else []
        return [
            (face, self._ready(frame.image, face, crop, matrix, output))
            for face, (crop, matrix), output in zip(wanted, aligned, generated, strict=True)
        ]

    def _ready(self, image: Image, face: AnalysedFace, crop: Image, matrix: Matrix, generated: Image) -> AlignedSwap:
        # Where the face reaches over the frame's edge the aligned one is black: never a boundary to blend to.
        driver_mask = face.masks.face & seen_in_frame(matrix, image.shape[1], image.shape[0])
        found = self._generated_mask(face, crop, matrix, generated) if self._needs_both_masks() else driver_mask
        return AlignedSwap(crop, generated, driver_mask, found, matrix)

    def _needs_both_masks(self) -> bool:
        return self._settings.mask == "advanced" or self._settings.colour != "none"

    def _generated_mask(self, face: AnalysedFace, crop: Image, matrix: Matrix, generated: Image) -> Mask:
        """The mask of the generated face, found anew where it lies on the driver's head.

        No loss ever looked at what the network paints beyond a face, and it may paint skin where hair belongs. So the
        parser sees the generated face with the driver's surroundings; what it can't see there, beyond the
        driver's own mask, the blend leaves out anyway.
        """
        seen = np.where(_grown(face.masks.face)[..., None], place_generated(generated), crop)
        landmarks = self._finder.landmarks_in(seen, transform_box(matrix, face.box))
        return self._parser.parse(seen, landmarks).face


def fingerprints(frame: Frame, converted: ConvertedFrame) -> tuple[Fingerprint, ...]:
    """The fingerprints of the faces put into a frame."""
    faces = [face for face in converted.swapped if face.mask.any()]
    return tuple(fingerprint(converted.image, frame.image, face.box) for face in faces)


def _grown(mask: Mask) -> Mask:
    """The mask with a rim around it, so that the generated face's own rim is seen, not the driver's."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _RIM + 1, 2 * _RIM + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0)
