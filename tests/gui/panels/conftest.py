"""Real faces for the panels."""

import pytest

from studio.core.resources import assets
from tests.gui.panels.extracting import extract

EVERY = 5


@pytest.fixture(scope="session")
def extracted(made_once):
    """A project of real faces: Mira's faceset with Tomas's clip in it by mistake, 30 faces each, and Tomas's."""

    def fill(home):
        sample = assets() / "sample"
        people = {"Mira": (sample / "mira.mp4", sample / "tomas.mp4"), "Tomas": (sample / "tomas.mp4",)}
        extract(home, people, "synthetic", "--every", EVERY)

    return made_once("sample faces", fill) / "film"
