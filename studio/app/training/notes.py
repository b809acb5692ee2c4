"""What the user notes about a run, kept in its folder."""

from __future__ import annotations

from pathlib import Path

from studio.core.errors import UsageError
from studio.core.files import write_text

LONGEST = 20_000
_FILE = "notes.txt"


def read_notes(run: Path) -> str:
    """The notes about the run in the folder `run`; empty where there are none. Reads a file."""
    path = run / _FILE
    return path.read_text(encoding="utf-8", errors="replace")[:LONGEST] if path.exists() else ""


def write_notes(run: Path, text: str) -> None:
    """Keep `text` as the notes about the run.

    Raises:
        UsageError: it is longer than 20,000 characters.
        StorageError: the file can't be written.
    """
    if len(text) > LONGEST:
        raise UsageError(
            f"The notes are {len(text):,} characters long.", hint=f"Keep them under {LONGEST:,}.", code="usage.notes"
        )
    write_text(run / _FILE, text)
