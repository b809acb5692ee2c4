"""Where the files that travel with the program lie, in a wheel and in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]


def _bundled(name: str) -> Path:
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def assets() -> Path:
    """The folder of icons, sample clips and other read-only files."""
    return _bundled("assets")


def model_cards() -> Path:
    """The folder with manifest.toml and the cards of the models."""
    return _bundled("models")


def weights_folder() -> Path:
    """Where downloaded weights lie: $STUDIO_MODELS, else the user's data folder."""
    override = os.environ.get("STUDIO_MODELS")
    return Path(override) if override else user_folder() / "models"


def user_folder() -> Path:
    """The user's data folder: $STUDIO_HOME, else the platform's (keys, weights, settings)."""
    override = os.environ.get("STUDIO_HOME")
    return Path(override) if override else Path(platformdirs.user_data_dir("faceswap-studio", appauthor=False))
