"""What is looked at in the blending workspace: a frame of a driver's video, and how a face is blended into it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from psygnal import Signal

from studio.app.preview.blending import BlendedFrame, ReadyFrame, blend
from studio.app.preview.engine import Answer, Engine
from studio.app.studio import Studio
from studio.core.errors import StudioError
from studio.core.records import Image
from studio.core.ring import FrameRing
from studio.swap.compose import AlignedSwap, BlendSettings
from studio.swap.keyframes import SqueezeKey, squeeze_at
from studio.swap.membrane import Membrane, warm_up

LANE = "blend"
_PER_FACE = 4


@dataclass(frozen=True)
class Choice:
    """A video to look at, and which network puts whom into it; `step` is that of a checkpoint, None the newest."""

    video: Path
    run: str
    to: str
    step: int | None = None
    smoothing: bool = True


@dataclass(frozen=True)
class Problem:
    """A stretch of frames, `first` to `last`, that wants a look."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True)
class OpenedVideo:
    """What is known of the video on show.

    Attributes:
        times: seconds of each frame, ascending.
        skipped: frames that stay the driver's, by hand.
        step: of the checkpoint; size: side in pixels of the faces that the network gives.
        damage: what could not be read of the video, in a sentence; empty if nothing.
    """

    width: int
    height: int
    times: tuple[float, ...]
    problems: tuple[Problem, ...]
    skipped: frozenset[int]
    drivers: tuple[str, ...]
    target: str
    step: int
    size: int
    damage: str

    @classmethod
    def told(cls, facts: Mapping[str, Any]) -> OpenedVideo:
        """From what the engine says."""
        problems = tuple(Problem(str(one["kind"]), int(one["first"]), int(one["last"])) for one in facts["problems"])
        return cls(
            int(facts["width"]), int(facts["height"]), tuple(facts["times"]), problems, frozenset(facts["skipped"]),
            tuple(facts["drivers"]), str(facts["target"]), int(facts["step"]), int(facts["size"]), str(facts["damage"]),
        )  # fmt: skip

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return len(self.times)


class Previewing:
    """One frame of one video, as it will be in the export.

    Frames come from the engine; they are blended on a lane of their own, of which the newest wish counts. While a
    slider is `dragging` a solution begins at the one before; as soon as it rests, the pixels are those of the export.

    Attributes:
        choice: what was chosen; None before that.
        video: of the one that is open; None until it is.
        progress: how far its opening is: stage, done, total; None where nothing is opened.
        index: the frame that is wanted.
        driver: (H, W, 3) the driver's frame on show, before its faces are known; None where there is none.
        ready: it with its faces; blended: what the export will show of it.
        settings, keys, label: how it is blended; keys count in place of the settings' squeeze where there are some.
        opened_changed, frame_changed, blended_changed, settings_changed: there are others.
        told: a sentence that the user may like to know.
        failed: something went wrong that the user must know; a StudioError.
    """

    opened_changed = Signal()
    frame_changed = Signal()
    blended_changed = Signal()
    settings_changed = Signal()
    told = Signal(str)
    failed = Signal(object)

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._engine = Engine(
            studio.background,
            lambda: self.told.emit("The preview engine ended without a word and was started again."),
            self._on_death,
        )
        self._ring: FrameRing | None = None
        self._wish: tuple[ReadyFrame, BlendSettings, bool, bool] | None = None
        self._blending = False
        self.choice: Choice | None = None
        self.video: OpenedVideo | None = None
        self.progress: tuple[str, int, int | None] | None = None
        self.index = 0
        self.driver: Image | None = None
        self.ready: ReadyFrame | None = None
        self.blended: BlendedFrame | None = None
        self.settings = BlendSettings()
        self.keys: tuple[SqueezeKey, ...] = ()
        self.label = True
        self.dragging = False
        studio.background.run(warm_up, lambda _none: None, studio.report, lane=LANE)

    @property
    def busy(self) -> bool:
        """Whether a frame, or a video, is still to come."""
        return self._engine.busy or self._blending

    @property
    def time(self) -> float:
        """Seconds of the frame that is wanted."""
        return self.video.times[self.index] if self.video is not None and self.video.times else 0.0

    @property
    def squeeze(self) -> float:
        """Of the frame that is wanted, in pixels of the 512 px aligned face."""
        return squeeze_at(self.keys, self.time) if self.keys else self.settings.squeeze

    def open(self, choice: Choice) -> None:
        """Look at another video, or with another network."""
        project = self._studio.project
        if project is None:
            return
        same = self.choice is not None and self.choice.video == choice.video
        self.choice, self.index = choice, self.index if same else 0
        self.video, self.progress = None, ("open", 0, None)
        self._forget()
        what = {
            "project": str(project.folder), "video": str(choice.video), "run": choice.run, "to": choice.to,
            "checkpoint": choice.step, "smoothing": choice.smoothing,
        }  # fmt: skip
        self._engine.open(what, self._on_opened)
        self.opened_changed.emit()

    def close(self) -> None:
        """Let go of the engine."""
        self._engine.close()
        self._wish = None
        self._close_ring()

    def go_to(self, index: int) -> None:
        """Show another frame; beyond the ends the first or last."""
        if self.video is not None:
            self.index = min(max(index, 0), self.video.frames - 1)
            self._engine.show(self.index, self._on_frame)

    def lay_strip(self, indices: Sequence[int], height: int, hear: Callable[[int, Image], object]) -> None:
        """Have small pictures of these frames made, `height` pixels high; `hear` gets each as it comes."""

        def tile(answer: Answer) -> None:
            if answer.kind == "tile":
                size = int(answer.facts["height"]), int(answer.facts["width"]), 3
                pixels = np.frombuffer(base64.b64decode(answer.facts["pixels"]), np.uint8).reshape(size)
                hear(int(answer.facts["index"]), pixels)

        if self.video is not None:
            self._engine.lay_strip(indices, height, tile)

    def change(self, **values: Any) -> None:
        """Blend otherwise.

        Raises:
            UsageError: a value is out of bounds; nothing changes.
        """
        self.settings = self.settings.changed(values)
        self._settings_changed()

    def set_squeeze(self, pixels: float) -> None:
        """Squeeze by `pixels`; where there are keyframes, with one at the frame on show."""
        if self.keys:
            self.set_key(pixels)
        else:
            self.change(squeeze=pixels)

    def set_key(self, pixels: float) -> None:
        """Have the squeeze be `pixels` at the frame on show, and go evenly to it and from it."""
        others = [key for key in self.keys if key[0] != self.time]
        self.set_keys(tuple(sorted([*others, (self.time, pixels)])))

    def set_keys(self, keys: tuple[SqueezeKey, ...]) -> None:
        """Take other keyframes; without any, the settings' squeeze counts for all frames."""
        self.keys = keys
        self._settings_changed()

    def drag(self, dragging: bool) -> None:
        """A slider is held, or was let go: what is on show is then made exact."""
        self.dragging = dragging
        if not dragging and self.blended is not None and not self.blended.exact:
            self._blend()

    def set_label(self, label: bool) -> None:
        """Show the visible label, or not."""
        self.label = label
        self._settings_changed()

    def _settings_changed(self) -> None:
        self._blend()
        self.settings_changed.emit()

    def _on_opened(self, answer: Answer) -> None:
        if answer.kind == "progress":
            self.progress = (str(answer.facts["stage"]), int(answer.facts["done"]), answer.facts["total"])
        elif answer.kind == "note":
            self.told.emit(str(answer.facts["text"]))
            return
        elif answer.kind == "refused":
            self.progress = None
            self.failed.emit(answer.error)
        else:
            self._close_ring()
            told = answer.facts["ring"]
            self._ring = FrameRing(Path(told["path"]), int(told["slots"]), int(told["slot_bytes"]))
            self.video, self.progress = OpenedVideo.told(answer.facts), None
            self.go_to(self.index)
        self.opened_changed.emit()

    def _on_frame(self, answer: Answer) -> None:
        if answer.kind == "refused":
            self.failed.emit(answer.error)
            return
        if answer.kind not in ("frame", "faces") or self._ring is None:
            return
        arrays = self._ring.take(answer.facts["handed"])
        if arrays is None:
            # Others came after it before it was taken: the newest is still to come, or is asked for again.
            if not self._engine.busy:
                self.go_to(self.index)
            return
        self.driver = arrays[0]
        if answer.kind == "faces":
            self.ready = _ready(answer.facts, arrays)
            self._blend()
        else:
            self.ready = None
        self.frame_changed.emit()

    def _blend(self) -> None:
        """Have the frame on show blended as it is wanted now."""
        if self.ready is not None:
            pixels = squeeze_at(self.keys, self.ready.time) if self.keys else self.settings.squeeze
            wanted = self.settings if self.settings.squeeze == pixels else self.settings.changed({"squeeze": pixels})
            self._wish = (self.ready, wanted, self.label, self.dragging)
            self._grant()

    def _grant(self) -> None:
        if self._wish is None or self._blending:
            return
        (frame, settings, label, warm), self._wish = self._wish, None
        self._blending = True
        self._studio.background.run(
            lambda: blend(frame, settings, label=label, warm=warm), self._on_blended, self._on_failure, lane=LANE
        )

    def _on_blended(self, blended: BlendedFrame) -> None:
        self._blending = False
        if self.ready is not None and blended.index == self.ready.index:
            self.blended = blended
            self.blended_changed.emit()
        self._grant()

    def _on_failure(self, error: Exception) -> None:
        self._blending = False
        self._studio.report(error)

    def _on_death(self, error: StudioError) -> None:
        self.video, self.progress = None, None
        self._forget()
        self.failed.emit(error)
        self.opened_changed.emit()

    def _forget(self) -> None:
        self.driver = self.ready = self.blended = self._wish = None

    def _close_ring(self) -> None:
        ring, self._ring = self._ring, None
        if ring is not None:
            ring.close()


def _ready(facts: Mapping[str, Any], arrays: list[Any]) -> ReadyFrame:
    """The frame whose arrays and facts the engine gave."""
    faces = []
    for place, face in enumerate(facts["faces"]):
        driver, generated, own, other = arrays[1 + _PER_FACE * place : 1 + _PER_FACE * (place + 1)]
        faces.append(AlignedSwap(driver, generated, own, other, np.asarray(face["matrix"], np.float64)))
    tracks = tuple(int(face["track"]) for face in facts["faces"])
    membranes = tuple(Membrane() for _ in faces)
    return ReadyFrame(
        int(facts["index"]), float(facts["time"]), arrays[0], int(facts["found"]), tuple(faces), tracks, membranes
    )
