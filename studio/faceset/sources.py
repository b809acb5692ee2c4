"""The picture that a face was found in."""

from __future__ import annotations

from pathlib import Path

from studio.core.project import Project
from studio.core.records import Face, Image


def source_frame(project: Project, face: Face) -> Image:
    """The whole frame or image, (H, W, 3) uint8 RGB, read from the medium as it is now.

    Raises:
        MediaError: the medium is gone or can't be read.
    """
    # Imported here: what reads videos takes a tenth of a second, which a window that comes up need not wait for.
    from studio.video.media import expand, read_image
    from studio.video.read import read_frame_at

    (medium,) = expand([Path(project.store.media.get(face.medium).resolved)])
    return read_image(medium.path) if medium.kind == "image" else read_frame_at(medium.path, face.time).image
