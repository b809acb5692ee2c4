"""The losses of a training for other programs: CSV and TensorBoard."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.core.errors import UsageError
from studio.core.files import storage_errors, write_text
from studio.core.losses import LossRow

_LOSSES = ("loss", "a", "b")


def columns(rows: Sequence[LossRow]) -> list[str]:
    """The names of all figures, those told first in front."""
    return list(dict.fromkeys(name for row in rows for name in row.values))


def write_csv(rows: Sequence[LossRow], path: Path) -> None:
    """Write a line a row: step, time (UTC), and every figure; empty where one was not told.

    Raises:
        StorageError: it can't be written; what was there stays.
    """
    names = columns(rows)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("step", "time", *names))
    for row in rows:
        lines.writerow((row.step, row.time.isoformat(), *(row.values.get(name, "") for name in names)))
    write_text(path, text.getvalue())


def write_tensorboard(rows: Sequence[LossRow], folder: Path) -> None:
    """Write an event file of TensorBoard into `folder`: scalars under losses, parts and pace, at their steps and times.

    Raises:
        UsageError: the package that writes them is not installed.
        StorageError: the folder can't be written.
    """
    writer_of = _summary_writer()
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with writer_of(str(folder)) as writer:
            for row in rows:
                for name, value in row.values.items():
                    writer.add_scalar(_tag(name), value, row.step, walltime=row.time.timestamp())


def _tag(name: str) -> str:
    group = "losses" if name in _LOSSES else "parts" if "." in name else "pace"
    return f"{group}/{name}"


def _summary_writer() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise UsageError(
            "The export to TensorBoard needs the package tensorboardX, which is not installed.",
            hint="Install it: pip install 'faceswap-studio[tensorboard]'. --csv works without it.",
            code="usage.tensorboard",
        ) from error
    return SummaryWriter
