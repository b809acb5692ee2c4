"""The hashes of files already read, so that a gigabyte of weights is hashed once and not at every start."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from studio.core.errors import StorageError
from studio.core.files import sha256, storage_errors, write_json


@dataclass(frozen=True)
class Entry:
    """What was seen of a file; its hash counts as long as size and time of change stay.

    Attributes:
        accepted: the file passed the check of its tensors; the only proof for weights whose hash nobody published.
    """

    path: str
    size: int
    changed_ns: int
    sha256: str
    accepted: bool = False

    def describes(self, path: Path) -> bool:
        """Whether `path` is the file that was seen, unchanged since."""
        stat = path.stat()
        return (str(path), stat.st_size, stat.st_mtime_ns) == (self.path, self.size, self.changed_ns)


class Ledger:
    """A small JSON file of entries by the weights' name."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entry(self, name: str) -> Entry | None:
        """What is known of `name`."""
        found = self._read().get(name)
        try:
            return Entry(**found) if isinstance(found, dict) else None
        except TypeError:
            return None

    def digest(self, name: str, path: Path, *, afresh: bool = False) -> str:
        """The SHA-256 of `path`, from memory where the file has not changed, unless it is wanted `afresh`."""
        known = self.entry(name)
        if known is not None and known.describes(path) and not afresh:
            return known.sha256
        digest = sha256(path)
        accepted = known is not None and known.accepted and known.sha256 == digest
        with suppress(StorageError):  # a shared folder of weights may be read-only: then it is hashed again next time
            self.record(name, path, digest, accepted=accepted)
        return digest

    def record(self, name: str, path: Path, digest: str, *, accepted: bool) -> None:
        """Remember that `path` was seen with this hash."""
        stat = path.stat()
        entry = Entry(str(path), stat.st_size, stat.st_mtime_ns, digest, accepted)
        self._change(lambda entries: entries.update({name: asdict(entry)}))

    def _change(self, edit: Callable[[dict[str, Any]], None]) -> None:
        with storage_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock")):
                entries = self._read()
                edit(entries)
                write_json(self._path, entries)

    def _read(self) -> dict[str, Any]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}
