"""Files that are whole or absent: temp file, fsync, rename."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.core.errors import StorageError

_CHUNK = 1 << 20
_PART = ".part-"
_PART_OF = re.compile(re.escape(_PART) + r"[0-9a-f]{12}-(.+)", re.DOTALL)
_MISPLACED = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says of `path` into a StorageError with a hint."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"The disk that holds {path} is full.",
                hint="Free some space and run the command again.",
                code="storage.full",
            ) from error
        if error.errno in _MISPLACED:
            raise StorageError(
                f"{error.filename or path} can't be used: {error.strerror}.",
                hint="Something else has that name; choose another path.",
                code="storage.path",
            ) from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise StorageError(
                f"{error.filename or path} can't be accessed: {error.strerror}.",
                hint="Choose a folder you may write to, or change its permissions.",
                code="storage.readonly",
            ) from error
        raise


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it is synced and takes the name `path`.

    The temporary name keeps the suffix, so writers that look at it choose the right format. After an error nothing
    is left behind and an older `path` is untouched.

    Raises:
        StorageError: the disk is full or the folder can't be written.
    """
    path = Path(path)
    part = _part_of(path)
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            sync_file(part)
            part.replace(path)
            sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a new folder beside `path`; on success it takes the name `path`, in place of an older folder.

    Sync the files in it yourself. After an error nothing is left behind and an older `path` is untouched.

    Raises:
        StorageError: the disk is full or the folder can't be written.
    """
    path = Path(path)
    part = _part_of(path)
    with storage_errors(path):
        try:
            part.mkdir(parents=True)
            yield part
            sync_folder(part)
            move_whole(part, path)
        finally:
            remove(part)


def move_whole(source: Path, target: Path) -> None:
    """Give `source`, a file or a folder that is synced, the name `target`, in place of an older one.

    Where both lie on one file system this is a rename, and a kill leaves nothing beside `target`; else a whole copy.

    Raises:
        StorageError: the disk is full, or something else has that name or it can't be written.
    """
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _rename(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy(source, target)
            remove(source)
        sync_folder(target.parent)


def _rename(source: Path, target: Path) -> None:
    """Rename a file or folder; an older folder waits beside `source` meanwhile, as none can be renamed onto."""
    if not (source.is_dir() and target.is_dir()):
        source.replace(target)
        return
    older = _older_of(source)
    target.rename(older)
    try:
        source.rename(target)
    except OSError:
        older.rename(target)
        raise
    remove(older)


def put_back(source: Path, target: Path) -> None:
    """Undo what a `move_whole` of a folder that was killed in its middle left: the older one gets its name back."""
    older = _older_of(source)
    if not older.exists():
        return
    with storage_errors(target):
        if target.exists():
            remove(older)
        else:
            older.rename(target)


def _older_of(source: Path) -> Path:
    return source.with_name(f".older-{source.name}")


def _copy(source: Path, target: Path) -> None:
    if not source.is_dir():
        with whole_file(target) as part:
            shutil.copyfile(source, part)
        return
    with whole_folder(target) as part:
        for file in sorted(source.iterdir()):
            link_or_copy(file, part / file.name)


def sync_file(path: Path) -> None:
    """Have the operating system write `path` through to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` durable (a no-op where folders can't be opened, as on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def link_or_copy(source: Path, target: Path) -> None:
    """Have `target` be the file `source` under another name, or a copy where the file system knows no such thing.

    Only for files that are replaced and never written in place. Sync the target's folder when all are done.

    Raises:
        StorageError: the disk is full or the folder can't be written.
    """
    part = _part_of(target)
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, part)
        except OSError:
            with whole_file(target) as copy:
                shutil.copyfile(source, copy)
            return
        try:
            part.replace(target)
        finally:
            # Renaming onto another name of the same file leaves both.
            part.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with whole_file(path) as part:
        part.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON to `path`, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n")


def parts_in(folder: Path, name: str = "") -> list[Path]:
    """What writers of `name` (or of anything) that were killed in the middle left in `folder`."""
    matches = [(path, _PART_OF.fullmatch(path.name)) for path in sorted(folder.glob(f"{_PART}*"))]
    return [path for path, match in matches if match and name in ("", match[1])]


def remove_parts(folder: Path, name: str = "") -> None:
    """Remove what `parts_in` finds."""
    for part in parts_in(folder, name):
        remove(part)


def _part_of(path: Path) -> Path:
    """A new hidden name beside `path`, known again by `parts_in`."""
    return path.with_name(f"{_PART}{uuid.uuid4().hex[:12]}-{path.name}")


def remove(path: Path) -> None:
    """Remove a file or a whole folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content as 64 hex digits; reads in blocks of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def inside(root: Path, relative: str) -> Path:
    """`root / relative`, refused if it leads out of `root`: for paths that come from files.

    Raises:
        StorageError: `relative` is absolute or climbs out of `root`.
    """
    path = (root / relative).resolve()
    if not path.is_relative_to(root.resolve()):
        raise StorageError(
            f"The path {relative!r} leads out of {root}.",
            hint="The file that names it was damaged or tampered with.",
            code="storage.path",
        )
    return path
