"""The lists of faces that a training has frozen in its run's folder.

`faces.json` holds those of its first start; `faces-1.json` and so on those that it was told to take later. Each is
`{"a": [ids], "b": [ids]}`; their order decides which face a batch draws.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from studio.core.errors import RunError
from studio.core.files import write_json

SIDES = ("a", "b")

_NAME = re.compile(r"faces-(\d+)\.json")


def list_path(run: Path, number: int) -> Path:
    """Where the list of this number lies in a run's folder; 0 is the first."""
    return run / (f"faces-{number}.json" if number else "faces.json")


def write_list(path: Path, chosen: Mapping[str, Sequence[int]]) -> None:
    """Keep a list by side."""
    write_json(path, {side: list(chosen[side]) for side in SIDES})


def read_list(path: Path) -> dict[str, list[int]]:
    """A list by side.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {side: [int(face) for face in stored[side]] for side in SIDES}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{path} is damaged.", hint="Restore it from a backup, or start a new run.", code="run.damaged"
        ) from error


def trained_faces(run: Path) -> dict[str, list[int]]:
    """By side, all faces that a run's lists name, each once; nothing where it has not begun.

    Raises:
        RunError: a list is damaged.
    """
    later = sorted(int(found[1]) for path in run.glob("faces-*.json") if (found := _NAME.fullmatch(path.name)))
    paths = [list_path(run, number) for number in (0, *later)]
    lists = [read_list(path) for path in paths if path.exists()]
    return {side: list(dict.fromkeys(face for each in lists for face in each[side])) for side in SIDES}
