"""The checkpoints that a training has kept, by their folders: it removes old ones without a word."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"step-(\d{8,})")


def kept_checkpoints(run: Path) -> tuple[int, ...]:
    """The steps of the checkpoints in a run's folder, ascending."""
    folder = run / "checkpoints"
    found = (_NAME.fullmatch(path.name) for path in (folder.iterdir() if folder.is_dir() else ()))
    return tuple(sorted(int(name[1]) for name in found if name is not None))
