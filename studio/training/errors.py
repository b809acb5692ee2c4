"""How well a network rebuilds each face it has seen: where the worst ones are, somebody may want to look.

The losses of a batch are known anyhow; here they are told apart by face. Nothing in a training depends on it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.core.files import write_text
from studio.core.reporter import Reporter
from studio.faceset.frozen import SIDES

# A running mean of about the last ten times a face was seen; a plain mean until then.
_RECENT = 0.1


@dataclass
class FaceErrors:
    """The error of each face of A and of B: its mean loss, and how many times it was seen."""

    sides: dict[str, dict[int, tuple[float, int]]] = field(default_factory=lambda: {side: {} for side in SIDES})

    def add(self, side: str, faces: Sequence[int], losses: Sequence[float]) -> None:
        """Take the losses that these faces had in batches."""
        known = self.sides[side]
        for face, loss in zip(faces, losses, strict=True):
            mean, times = known.get(face, (0.0, 0))
            known[face] = mean + (loss - mean) * max(_RECENT, 1 / (times + 1)), times + 1

    def copied(self) -> FaceErrors:
        """What they are now, whatever is added later."""
        return FaceErrors({side: dict(known) for side, known in self.sides.items()})

    def write(self, path: Path, step: int) -> None:
        """Write `{"step": step, "a": {face: [mean, times]}, "b": {...}}`.

        Raises:
            StorageError: the disk is full or the folder can't be written.
        """
        write_text(path, json.dumps({"step": step, **self.sides}, allow_nan=False) + "\n")

    @classmethod
    def read(cls, path: Path, reporter: Reporter) -> FaceErrors:
        """Those that `write` kept; none where there are none, or where the file is damaged, which is told."""
        if not path.exists():
            return cls()
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return cls({side: _checked(stored[side]) for side in SIDES})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            reporter.note(f"{path} is damaged: the errors of single faces are counted anew.")
            return cls()


def _checked(stored: Mapping[str, Sequence[float]]) -> dict[int, tuple[float, int]]:
    known = {int(face): (float(mean), int(times)) for face, (mean, times) in stored.items()}
    if not all(math.isfinite(mean) and times > 0 for mean, times in known.values()):
        raise ValueError("no errors")
    return known
