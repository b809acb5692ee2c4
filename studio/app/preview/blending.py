"""One frame as the export will show it, blended where the window lives: a slider never waits for the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from studio.core.records import Image, Mask
from studio.provenance.label import draw_label
from studio.swap.compose import AlignedSwap, BlendSettings, swap_in
from studio.swap.membrane import Membrane


@dataclass(frozen=True, eq=False)
class ReadyFrame:
    """A driver's frame with all that takes a network.

    Attributes:
        image: (H, W, 3) RGB uint8, upright; found: how many faces the analysis knows in it.
        faces: those that are swapped, in the order in which they are put in; tracks: which face of the video each is.
        membranes: by face the last solution, from which the next one begins while a slider moves.
    """

    index: int
    time: float
    image: Image
    found: int
    faces: tuple[AlignedSwap, ...]
    tracks: tuple[int, ...]
    membranes: tuple[Membrane, ...] = field(default=())


@dataclass(frozen=True, eq=False)
class BlendedFrame:
    """What became of it.

    Attributes:
        image: (H, W, 3) RGB uint8, with the label where there is to be one.
        masks: by face (512, 512) bool, where it was blended.
        exact: whether these are the pixels of the export: not, where a solution began at an earlier one.
    """

    index: int
    image: Image
    masks: tuple[Mask, ...]
    exact: bool

    @property
    def mask_pixels(self) -> int:
        """Pixels of the 512 px aligned face that were blended, over all faces."""
        return sum(int(mask.sum()) for mask in self.masks)


def blend(frame: ReadyFrame, settings: BlendSettings, *, label: bool, warm: bool) -> BlendedFrame:
    """Blend all faces of a frame.

    Args:
        warm: begin at the solutions before, which is several times faster and may be off by a grey level.
    """
    image = frame.image
    starts: Sequence[Membrane | None] = frame.membranes if warm else [None] * len(frame.faces)
    masks = []
    for face, start in zip(frame.faces, starts, strict=True):
        image, done = swap_in(image, face, settings, start)
        masks.append(done.mask)
    return BlendedFrame(frame.index, draw_label(image) if label else image, tuple(masks), not warm)
