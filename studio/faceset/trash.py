"""Moving the files of rejected faces to the system's trash, with exact counts."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from send2trash import send2trash

from studio.core.errors import FacesetError, StorageError
from studio.core.files import storage_errors
from studio.core.project import Project
from studio.core.records import FaceState, Identity
from studio.core.runs import all_runs
from studio.core.store.trash import StoredFiles
from studio.faceset.frozen import trained_faces

Kind = Literal["images", "masks", "corrections"]


@dataclass(frozen=True)
class TrashCounts:
    """What goes to the trash: rejected faces, files of each kind, and the bytes that this frees.

    A file that a merge has given a second name counts once.
    """

    faces: int = 0
    images: int = 0
    masks: int = 0
    corrections: int = 0
    bytes: int = 0


def count_rejected(project: Project, identity: Identity) -> TrashCounts:
    """What `trash_rejected` would move now."""
    return _counts(project, identity, _files(project, _leaving(project, identity)))


def trash_rejected(project: Project, identity: Identity) -> TrashCounts:
    """Move the files of the rejected faces to the system's trash, as one folder; says what was moved.

    The faces are never seen again: undo passes them over, and extraction does not find them anew. A call that was
    killed is finished by the next one.

    Raises:
        FacesetError: a training that runs now reads one of the faces.
        StorageError: the system has no trash for this disk; nothing has changed then.
    """
    with _alone(project):
        for leftover in sorted(_waiting_room(project).glob("*/")):
            _send(leftover)
        leaving = _leaving(project, identity)
        files = _files(project, leaving)
        counts = _counts(project, identity, files)
        if counts.faces or files:
            _refuse_if_read(project, frozenset(stored.face for stored in leaving))
            _leave(project, _staging(project, identity, counts), leaving, list(files))
        return counts


def _leave(project: Project, staging: Path, leaving: Sequence[StoredFiles], files: Sequence[Path]) -> None:
    """Hide the faces and send their files, or leave everything as it was."""
    before = project.store.trash.put(stored.face for stored in leaving)
    moved: list[tuple[Path, Path]] = []
    try:
        with storage_errors(staging):
            staging.mkdir(parents=True)
            for path in files:
                staged = staging / path.relative_to(project.folder / "facesets")
                staged.parent.mkdir(parents=True, exist_ok=True)
                moved.append((path, staged))
                path.replace(staged)
        _send(staging)
    except BaseException:
        for path, staged in moved:
            if staged.exists():
                staged.replace(path)
        shutil.rmtree(staging, ignore_errors=True)
        project.store.trash.take_back(before)
        raise
    for identity in project.store.identities.all():
        project.thumbnails(identity).remove(stored.row for stored in leaving if stored.folder == identity.folder)


def _send(folder: Path) -> None:
    if not any(path.is_file() for path in folder.rglob("*")):
        shutil.rmtree(folder)
        return
    try:
        send2trash(folder)
    except OSError as error:
        raise StorageError(
            f"The system's trash takes nothing from {folder.parent}: {error}.",
            hint="Move the project to a disk that has a trash, or keep the rejected faces: they are never used.",
            code="storage.trash",
        ) from error


def _waiting_room(project: Project) -> Path:
    return project.folder / "trash"


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    room = _waiting_room(project)
    with storage_errors(room):
        room.mkdir(exist_ok=True)
    lock = FileLock(room / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise FacesetError(
            "Other faces of this project are being moved to the trash.",
            hint="Wait until that is done.",
            code="faceset.busy",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _staging(project: Project, identity: Identity, counts: TrashCounts) -> Path:
    """A new folder whose name says in the trash what it holds."""
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H-%M-%S-%f")
    return _waiting_room(project) / f"{identity.name}, {counts.faces} rejected faces, {moment}"


def _refuse_if_read(project: Project, faces: frozenset[int]) -> None:
    for run in all_runs(project.runs):
        if run.kind != "train" or not run.alive():
            continue
        if not all(faces.isdisjoint(ids) for ids in trained_faces(run.folder).values()):
            raise FacesetError(
                f"{run.name} is training on some of these faces.",
                hint="Wait until it is done, or stop it: studio stop.",
                code="faceset.busy",
            )


def _leaving(project: Project, identity: Identity) -> list[StoredFiles]:
    # Those that are gone already are looked at again: an earlier call may have been killed.
    return [*project.store.trash.rejected(identity), *project.store.trash.gone(identity)]


def _files(project: Project, faces: Iterable[StoredFiles]) -> dict[Path, Kind]:
    """The files of `faces` that exist."""
    found: dict[Path, Kind] = {}
    for face in faces:
        folder = project.folder / "facesets" / face.folder
        found[folder / "aligned" / f"{face.row:07d}.png"] = "images"
        found[folder / "masks" / f"{face.row:07d}.png"] = "masks"
        for number in face.corrections:
            found |= dict.fromkeys((folder / "corrections").glob(f"{number:07d}-*"), "corrections")
    return {path: kind for path, kind in found.items() if path.exists()}


def _counts(project: Project, identity: Identity, files: Mapping[Path, Kind]) -> TrashCounts:
    unique: dict[tuple[int, int], tuple[Kind, int]] = {}
    for path, kind in files.items():
        status = path.stat()
        unique[status.st_dev, status.st_ino] = kind, status.st_size
    kinds = [kind for kind, _ in unique.values()]
    return TrashCounts(
        project.store.faces.count(identity, FaceState.REJECTED),
        kinds.count("images"),
        kinds.count("masks"),
        kinds.count("corrections"),
        sum(size for _, size in unique.values()),
    )
