"""From what a user names - files and folders - to videos and images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from studio.core.errors import MediaError
from studio.core.records import Image
from studio.core.vision import cv2
from studio.video.probe import probe

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".avi", ".webm", ".mpg", ".mpeg", ".ts", ".mts", ".wmv"})
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True)
class Medium:
    """One file that may hold faces.

    Attributes:
        path: as given, or below a folder as given.
        kind: what it is read as.
        group: what its faces belong together by: the video itself, or an image's folder.
    """

    path: Path
    kind: Literal["video", "image"]
    group: str


def expand(paths: Iterable[Path]) -> list[Medium]:
    """The media behind `paths`, each once, folders walked in sorted order.

    In folders, what is no medium by its suffix is skipped; files named one by one are opened to make sure.

    Raises:
        MediaError: a path doesn't exist, a named file is no medium, or there is no medium at all (media.none).
    """
    given = [Path(path) for path in paths]
    media: dict[Path, Medium] = {}
    for path in given:
        for medium in _walk(path) if path.is_dir() else [_named(path)]:
            media.setdefault(medium.path, medium)
    if not media:
        raise MediaError(
            f"There is no video or image in {', '.join(map(str, given)) or 'what was given: nothing'}.",
            hint="Give video files, images or a folder of them.",
            code="media.none",
        )
    return list(media.values())


def read_image(path: Path) -> Image:
    """Read an image as (H, W, 3) uint8 RGB, upright as its EXIF data says; transparency is dropped.

    Raises:
        MediaError: media.missing, media.empty or media.unreadable.
    """
    if not path.is_file():
        raise MediaError(f"There is no file {path}.", hint="Check the spelling of the path.", code="media.missing")
    data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    if not data.size:
        raise MediaError(f"{path} is empty.", hint="Copy or download the file again.", code="media.empty")
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise MediaError(
            f"{path} can't be read as an image.",
            hint="Give a JPEG, PNG, BMP, TIFF or WebP file that is not damaged.",
            code="media.unreadable",
        )
    rgb: Image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return rgb


def _walk(folder: Path) -> Iterator[Medium]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.suffix.lower() in VIDEO_SUFFIXES | IMAGE_SUFFIXES:
            yield _medium(path)


def _named(path: Path) -> Medium:
    medium = _medium(path)
    if medium.kind == "video":
        probe(path)
    else:
        read_image(path)
    return medium


def _medium(path: Path) -> Medium:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return Medium(path, "image", str(path.parent))
    return Medium(path, "video", str(path))
