"""Checkpoints that are whole or absent, and a ring of the last few.

`checkpoints/step-00001234/` holds network.safetensors (which also carries its spec, so the file can stand alone),
optimiser.safetensors with all else that a training goes on from, average.safetensors where an average of the weights is
kept (like the first, and used instead of it), and checkpoint.json with their SHA-256. The folder is written under
another name, synced, and renamed; it is removed by renaming first. So a folder of that name is complete, whenever the
process died.
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import safetensors
import torch
from pydantic import Field, ValidationError
from safetensors.torch import load_file, save_file
from torch import Tensor

from studio.core.config import Settings
from studio.core.errors import CheckpointError, StorageError
from studio.core.files import sha256, storage_errors, sync_file, sync_folder, write_json
from studio.core.reporter import Reporter
from studio.nets.autoencoder import SwapAutoencoder
from studio.nets.presets import NetworkSpec

NETWORK_FILE = "network.safetensors"
_HEADER = "checkpoint"
OPTIMISER_FILE = "optimiser.safetensors"
AVERAGE_FILE = "average.safetensors"
RECORD_FILE = "checkpoint.json"
_NAME = re.compile(r"step-(\d{8,})")
_PART = ".part-"
_SPARE_BYTES = 32 << 20


class Sampler(Settings):
    """Where the batches are: they follow from these alone, so that there is no other state to keep."""

    seed: int = Field(description="The seed of every sample.")
    step: int = Field(ge=0, description="The step whose batch comes next.")
    samples: int = Field(ge=1, description="Samples of each identity in a step, numbered from 0.")


class Schedule(Settings):
    """Where rate and warp are: they follow from these, the step and the settings."""

    total: int = Field(ge=1, description="How many steps there were to be in all.")
    rate: float = Field(ge=0, description="The learning rate of the next step.")
    warps: bool = Field(description="Whether the next step warps its inputs.")


class CheckpointRecord(Settings):
    """What checkpoint.json says; it holds no time and no id."""

    version: Literal[1] = Field(default=1, description="Version of this layout.")
    step: int = Field(ge=0, description="How many steps were made.")
    loss: float | None = Field(description="Mean loss of the last steps.")
    network: NetworkSpec = Field(description="Sizes of the network.")
    settings: dict[str, Any] = Field(description="The training settings in force.")
    sampler: Sampler | None = Field(default=None, description="Where the batches are.")
    schedule: Schedule | None = Field(default=None, description="Where rate and warp are.")
    milestone: bool = Field(default=False, description="Whether it is kept for good.")
    files: dict[str, str] = Field(description="SHA-256 of each file.")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A verified checkpoint in memory."""

    path: Path
    record: CheckpointRecord
    network: dict[str, Tensor]
    optimiser: dict[str, Tensor]
    average: dict[str, Tensor] | None


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A trained network, ready to convert: in evaluation mode, on the CPU; `sha256` is that of its file."""

    model: SwapAutoencoder
    spec: NetworkSpec
    step: int
    sha256: str


def save(
    folder: Path,
    record: CheckpointRecord,
    network: Mapping[str, Tensor],
    optimiser: Mapping[str, Tensor],
    keep: int,
    average: Mapping[str, Tensor] | None = None,
) -> Path:
    """Write a checkpoint into `folder` and remove all but the newest `keep` and the milestones; returns its folder.

    `record.files` is filled in here.

    Raises:
        StorageError: the disk is full or can't be written; older checkpoints are untouched.
    """
    final = folder / name_of(record.step)
    part = folder / f"{_PART}{uuid.uuid4().hex[:12]}"
    contents = {NETWORK_FILE: network, OPTIMISER_FILE: optimiser}
    if average is not None:
        contents[AVERAGE_FILE] = average
    with storage_errors(final):
        part.mkdir(parents=True)
        try:
            _require_space(folder, [tensor for tensors in contents.values() for tensor in tensors.values()])
            for name, tensors in contents.items():
                _write_tensors(part / name, tensors, {} if name == OPTIMISER_FILE else _described(record))
            files = {name: sha256(part / name) for name in contents}
            write_json(part / RECORD_FILE, record.model_copy(update={"files": files}).model_dump(mode="json"))
            _remove(final)
            part.rename(final)
            sync_folder(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        for old in [path for path in stored(folder) if not _is_milestone(path)][:-keep]:
            _remove(old)
    return final


def copy(path: Path, folder: Path) -> Path:
    """Copy a checkpoint's folder into another run's, whole or not at all; returns the copy, verified.

    Raises:
        CheckpointError: it is damaged, or it is not there any more.
        StorageError: the disk is full or can't be written.
    """
    final, part = folder / path.name, folder / f"{_PART}{uuid.uuid4().hex[:12]}"
    with storage_errors(final):
        part.mkdir(parents=True)
        try:
            for file in path.iterdir():
                shutil.copyfile(file, part / file.name)
                sync_file(part / file.name)
            part.rename(final)
            sync_folder(folder)
        except FileNotFoundError as error:
            raise _damaged(path) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
    verify(final)
    return final


def name_of(step: int) -> str:
    """The name of the checkpoint folder of `step`."""
    return f"step-{step:08d}"


def step_of(path: Path) -> int:
    """The step of a checkpoint's folder, by its name."""
    return int(path.name.removeprefix("step-"))


def stored(folder: Path) -> list[Path]:
    """The checkpoints in `folder`, oldest first, unverified."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_dir())


def remove_parts(folder: Path) -> None:
    """Remove what a process killed while saving left in `folder`."""
    for part in folder.glob(f"{_PART}*"):
        shutil.rmtree(part, ignore_errors=True)


def newest(folder: Path, reporter: Reporter) -> Path | None:
    """The newest checkpoint in `folder` that is intact, or None where there is none at all.

    The reporter is told of damaged ones. Changes nothing, so it may be called while a training writes there.

    Raises:
        CheckpointError: there are checkpoints, and all are damaged.
    """
    damaged = 0
    for path in reversed(stored(folder)):
        try:
            verify(path)
        except CheckpointError as error:
            if path.exists():
                reporter.note(f"{error.message} The one before it is used instead.")
                damaged += 1
            continue
        return path
    if damaged:
        raise CheckpointError(
            f"All {damaged} checkpoints in {folder} are damaged.",
            hint="Restore the folder from a backup, or start a new run.",
            code="checkpoint.damaged",
        )
    return None


def set_aside(folder: Path, step: int) -> None:
    """Rename the checkpoints beyond `step` to `damaged-...`, so that the ring does not count them."""
    for path in stored(folder):
        if path.name > name_of(step):
            aside = path.with_name(f"damaged-{path.name}")
            _remove(aside)
            path.rename(aside)


def described(path: Path) -> CheckpointRecord:
    """What checkpoint.json says; its files are not looked at.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    try:
        return CheckpointRecord.model_validate_json((path / RECORD_FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise _damaged(path) from error


def verify(path: Path) -> CheckpointRecord:
    """Read checkpoint.json and compare the hash of every file it names.

    Raises:
        CheckpointError: a file is missing or differs.
    """
    try:
        record = CheckpointRecord.model_validate_json((path / RECORD_FILE).read_bytes())
        intact = {NETWORK_FILE, OPTIMISER_FILE} <= record.files.keys() and all(
            sha256(path / name) == digest for name, digest in record.files.items() if Path(name).name == name
        )
    except (OSError, ValidationError):
        intact = False
    if not intact or path.name != name_of(record.step):
        raise _damaged(path)
    return record


def read(path: Path) -> Checkpoint:
    """Verify and load a checkpoint's folder.

    Raises:
        CheckpointError: it is damaged.
    """
    record = verify(path)
    average = load_file(path / AVERAGE_FILE) if AVERAGE_FILE in record.files else None
    return Checkpoint(path, record, load_file(path / NETWORK_FILE), load_file(path / OPTIMISER_FILE), average)


def load_network(path: Path) -> LoadedNetwork:
    """Load the network of a checkpoint's folder, or of a .safetensors file made by `save`.

    Of a folder with an average of the weights, that is what is loaded.

    Raises:
        CheckpointError: the path is missing (checkpoint.missing), damaged (checkpoint.damaged) or holds another kind of
            network (checkpoint.network).
    """
    if path.is_dir():
        path = path / (AVERAGE_FILE if AVERAGE_FILE in verify(path).files else NETWORK_FILE)
    if not path.is_file():
        raise CheckpointError(
            f"There is no checkpoint at {path}.", hint="Train first, or name another run.", code="checkpoint.missing"
        )
    spec, step = _header(path)
    with torch.device("meta"):
        model = SwapAutoencoder(spec)
    try:
        # Copies, so that the file can be removed while the network is in use.
        model.load_state_dict({name: value.clone() for name, value in load_file(path).items()}, assign=True)
    except (RuntimeError, safetensors.SafetensorError) as error:
        raise _foreign(path) from error
    return LoadedNetwork(model.eval().requires_grad_(False), spec, step, sha256(path))


def _described(record: CheckpointRecord) -> dict[str, str]:
    # One key: safetensors writes several in random order, and equal states are to give equal files.
    header = {"spec": record.network.model_dump(mode="json"), "step": record.step}
    return {_HEADER: json.dumps(header, sort_keys=True)}


def _header(path: Path) -> tuple[NetworkSpec, int]:
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            described = file.metadata() or {}
        header = json.loads(described[_HEADER])
        return NetworkSpec.model_validate(header["spec"]), int(header["step"])
    except safetensors.SafetensorError as error:
        raise _damaged(path) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _foreign(path) from error


def _write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    try:
        save_file(dict(tensors), path, metadata=metadata)
    except safetensors.SafetensorError as error:
        raise StorageError(
            f"The checkpoint {path} can't be written: {error}.",
            hint="Free some space and resume the run.",
            code="storage.full",
        ) from error
    sync_file(path)


def _is_milestone(path: Path) -> bool:
    with suppress(CheckpointError):
        return described(path).milestone
    return False


def _require_space(folder: Path, tensors: Sequence[Tensor]) -> None:
    needed = sum(tensor.nbytes for tensor in tensors) + _SPARE_BYTES
    if shutil.disk_usage(folder).free < needed:
        raise StorageError(
            f"A checkpoint needs {needed >> 20} MB, and the disk that holds {folder} has less.",
            hint="Free some space and resume the run.",
            code="storage.full",
        )


def _remove(path: Path) -> None:
    """Remove a folder so that no half of it is ever seen under its name."""
    if path.exists():
        part = path.with_name(f"{_PART}{uuid.uuid4().hex[:12]}")
        path.rename(part)
        shutil.rmtree(part, ignore_errors=True)


def _damaged(path: Path) -> CheckpointError:
    return CheckpointError(
        f"The checkpoint {path.name} is damaged or incomplete.",
        hint="Use an earlier one, or resume the run.",
        code="checkpoint.damaged",
    )


def _foreign(path: Path) -> CheckpointError:
    return CheckpointError(
        f"{path} is not a checkpoint of this kind of network.",
        hint="Name a checkpoint that `studio train` wrote.",
        code="checkpoint.network",
    )
