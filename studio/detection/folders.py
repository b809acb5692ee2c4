"""Detectors on disk: a folder with detector.json, which says what it is, and a file of parameters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from studio.core.errors import DetectorError
from studio.core.files import inside, sha256, write_bytes, write_json

CARD = "detector.json"
_REPAIR = "Train it again, or copy the whole folder anew from where it came."

Parameters = dict[str, NDArray[Any]]


class DetectorCard(BaseModel):
    """What detector.json holds; unknown keys are refused.

    Attributes:
        schema_version: of this file; written as `schema`.
        kind: how scores are made of the parameters.
        trained_on: for people, shown beside every score.
        validated: whether it was ever tested on real deepfakes.
        faces: pristine faces it was trained on.
        held_out_auc: area under the curve on faces kept out of training, pristine against pseudo-fakes; None if there
            were too few. It says nothing about real deepfakes.
        threshold: fake is called where the score is at least this.
        file: name of the parameters' file in the folder; `sha256`: of its content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    name: str = Field(min_length=1)
    version: str = "1"
    kind: Literal["frequency"]
    licence: str
    citation: str
    trained_on: str
    validated: bool = False
    faces: int = Field(ge=0)
    seed: int
    held_out_auc: float | None = Field(default=None, ge=0, le=1)
    threshold: float = Field(default=0.5, ge=0, le=1)
    file: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


@dataclass(frozen=True, eq=False)
class StoredDetector:
    """A detector's card and its parameters, checked against each other."""

    card: DetectorCard
    parameters: Parameters


def write_detector(folder: Path, parameters: Mapping[str, NDArray[Any]], **card: Any) -> DetectorCard:
    """Write a detector's folder; the card last, so that a folder with a card is whole.

    Args:
        card: the fields of `DetectorCard` but `file` and `sha256`.

    Raises:
        StorageError: the disk is full or the folder can't be written.
    """
    data = save({name: np.ascontiguousarray(array) for name, array in parameters.items()})
    digest = hashlib.sha256(data).hexdigest()
    # Named by its content: an older card goes on pointing at its own parameters until the new one is in place.
    file = folder / f"parameters-{digest[:12]}.safetensors"
    write_bytes(file, data)
    made = DetectorCard(**card, file=file.name, sha256=digest)
    write_json(folder / CARD, made.model_dump(mode="json"))
    for old in folder.glob("parameters-*.safetensors"):
        if old.name != file.name:
            old.unlink(missing_ok=True)
    return made


def read_card(folder: Path) -> DetectorCard:
    """The card of a detector's folder.

    Raises:
        DetectorError: there is none, or it isn't what a card must be.
    """
    path = folder / CARD
    try:
        return DetectorCard.model_validate(json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DetectorError(
            f"{folder} is no detector: it has no {CARD}.", hint="List them with: studio detectors DIR.",
            code="detector.missing",
        ) from error  # fmt: skip
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DetectorError(f"{path}: {key}: {first['msg']}.", hint=_REPAIR, code="detector.card") from error
    except ValueError as error:
        raise DetectorError(f"{path} is not JSON: {error}.", hint=_REPAIR, code="detector.card") from error


def load_detector(folder: Path) -> StoredDetector:
    """A detector's card and parameters.

    Raises:
        DetectorError: as `read_card`; the parameters are missing, or aren't those the card was written for.
        StorageError: the card names a file outside the folder.
    """
    card = read_card(folder)
    file = inside(folder, card.file)
    if not file.is_file():
        raise DetectorError(
            f"The detector {card.name!r} lacks its parameters, {file.name}.", hint=_REPAIR, code="detector.parameters"
        )
    if sha256(file) != card.sha256:
        raise DetectorError(
            f"The parameters of the detector {card.name!r} are not those its card was written for.", hint=_REPAIR,
            code="detector.hash",
        )  # fmt: skip
    try:
        return StoredDetector(card, load_file(file))
    except SafetensorError as error:
        raise DetectorError(
            f"The parameters of the detector {card.name!r} can't be read: {error}.", hint=_REPAIR,
            code="detector.parameters",
        ) from error  # fmt: skip


def list_detectors(root: Path) -> list[DetectorCard]:
    """The cards of all detectors in `root` by name; damaged ones are left out."""
    cards = []
    for path in sorted(root.glob(f"*/{CARD}")):
        try:
            cards.append(read_card(path.parent))
        except DetectorError:
            continue
    return cards
