"""What weights exist: models/manifest.toml, typed."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from studio.core import resources
from studio.core.config import Settings
from studio.core.errors import StudioError, WeightsError


class Location(StrEnum):
    """How weights get onto a machine."""

    DOWNLOAD = "download"
    PACKAGE = "package"
    PAGE = "page"


class Weights(Settings):
    """One released file of weights, as the manifest describes it."""

    name: str = Field(description="the name all commands know it by")
    title: str = Field(description="what it is, in words")
    role: str = Field(description="what it does: detection, landmarks, segmentation, identity, encoder, detector")
    file: str = Field(description="name of the file in the folder of weights", pattern=r"^[^/\\]+$")
    location: Location = Field(description="download, package or page")
    url: str = Field(default="", description="where it is downloaded from", pattern=r"^(https?://.+)?$")
    page: str = Field(description="where its publisher describes or offers it")
    package: str = Field(default="", description="Python package that holds it")
    folder: str = Field(default="", description="folder inside the package")
    distribution: str = Field(default="", description="what to install for the package")
    sha256: str = Field(default="", description="hash of the file", pattern=r"^([0-9a-f]{64})?$")
    sha256_prefix: str = Field(default="", description="start of the hash, from the file's name")
    size: int | None = Field(default=None, gt=0, description="bytes")
    licence: str = Field(description="licence of the file")
    trained_on: str = Field(description="data it was trained on")
    terms: str = Field(description="what else bears on its use, in a sentence")
    redistribute: bool | None = Field(default=None, description="may be passed on; None where unknown")
    commercial: bool | None = Field(default=None, description="may be used commercially; None where unclear")
    architecture: str = Field(default="", description="network whose tensors it holds")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.sha256 and not self.sha256.startswith(self.sha256_prefix):
            raise ValueError("sha256 does not begin with sha256_prefix")
        if self.location is Location.DOWNLOAD and not (self.url and self.hash_known):
            raise ValueError("a download needs a url and a hash")
        if self.location is Location.PACKAGE and not (self.package and self.sha256):
            raise ValueError("an embedded file needs a package and a hash")
        return self

    @property
    def hash_known(self) -> bool:
        """Whether the hash, or at least its start, is known."""
        return bool(self.sha256 or self.sha256_prefix)

    @property
    def expected_hash(self) -> str:
        """All of the SHA-256 that is known: 64 hex digits, the start of them, or nothing."""
        return self.sha256 or self.sha256_prefix

    @property
    def card(self) -> Path:
        """The page that describes it: source, licence, training data, limits."""
        return resources.model_cards() / "cards" / f"{self.name}.md"


def load_manifest(path: Path | None = None) -> dict[str, Weights]:
    """Read the manifest that travels with the program, or another.

    Raises:
        WeightsError: the manifest is missing or not what it should be.
    """
    path = path or resources.model_cards() / "manifest.toml"
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Weights.build({"name": name, **table}) for name, table in tables.items()}
    except (OSError, tomllib.TOMLDecodeError, TypeError, StudioError) as error:
        raise WeightsError(
            f"The manifest of weights {path} can't be read: {error}",
            hint="Install the program again.",
            code="weights.manifest",
        ) from error
