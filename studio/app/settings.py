"""What a user has set, and the projects they opened: one file in the user's data folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from psygnal import Signal
from pydantic import Field, ValidationError

from studio.core.config import Settings
from studio.core.files import write_text
from studio.core.resources import user_folder

RECENT = 12


class ThemeName(StrEnum):
    """How the window looks."""

    DARK = "dark"
    LIGHT = "light"
    CONTRAST = "contrast"


class WindowSettings(Settings):
    """What can be set for the window, for all projects."""

    theme: ThemeName = Field(ThemeName.DARK, description="Theme: dark for judging pictures, light, or high contrast.")
    thumbnail_size: int = Field(128, ge=64, le=256, description="Side of a face in the grid, in pixels.")
    auto_advance: bool = Field(True, description="Go to the next face after marking a single one.")
    extract_every: int = Field(1, ge=1, le=10_000, description="Extract from every n-th frame only.")
    extract_similar: float = Field(
        0, ge=0, le=255, description="Pass over frames that differ by less from the last one; 6 is modest, 0 is off."
    )
    extract_min_size: int = Field(48, ge=0, le=4096, description="Pass over faces smaller than this in the frame.")
    recent: tuple[str, ...] = Field((), max_length=RECENT, description="Projects opened last, the newest first.")
    geometry: str = Field("", description="Place and size of the window, base64.")
    layout: str = Field("", description="Where its docks are, base64.")


class UserSettings:
    """The settings in force, kept in one file.

    Attributes:
        values: the settings.
        complaint: why the file could not be read, for the user; empty where it could. The file is kept aside then.
        changed: there are other settings.
    """

    changed = Signal(WindowSettings)

    def __init__(self, path: Path | None = None) -> None:
        """Read the settings in `path`, by default those of the user."""
        self._path = path or user_folder() / "window.json"
        self._unwritten = False
        self.complaint = ""
        self.values = self._read()

    def change(self, **values: Any) -> None:
        """Set some of the settings; they are in force at once and kept by the next `flush`.

        Raises:
            UsageError: an unknown setting, or a value it does not take.
        """
        changed = self.values.changed(values)
        if changed != self.values:
            self.values, self._unwritten = changed, True
            self.changed.emit(changed)

    def flush(self) -> None:
        """Write what has changed: a slider that is dragged changes a setting many times a second.

        Raises:
            StorageError: the file can't be written.
        """
        if self._unwritten:
            self._unwritten = False
            write_text(self._path, self.values.model_dump_json(indent=2) + "\n")

    def opened(self, project: Path) -> None:
        """Note that `project` was opened."""
        path = str(project)
        recent = (path, *(known for known in self.values.recent if known != path))
        self.change(recent=recent[:RECENT])

    def forget(self, project: str) -> None:
        """Take `project` from the projects opened last."""
        self.change(recent=tuple(known for known in self.values.recent if known != project))

    def _read(self) -> WindowSettings:
        if not self._path.exists():
            return WindowSettings()
        try:
            values: Mapping[str, Any] = json.loads(self._path.read_bytes())
            return WindowSettings.model_validate(values)
        except (ValueError, ValidationError):
            aside = self._path.with_suffix(".damaged.json")
            self._path.replace(aside)
            self.complaint = f"The window's settings could not be read and are as at first; the old file is {aside}."
            return WindowSettings()
