"""Projects of real faces, made once for all tests."""

import pytest

from studio.cli.app import run
from studio.core.resources import assets

EVERY = 5


@pytest.fixture(scope="session")
def extracted(made_once):
    """A project of real faces: Mira's faceset with Tomas's clip in it by mistake, 30 faces each, and Tomas's."""

    def fill(home):
        sample = assets() / "sample"
        people = {"Mira": (sample / "mira.mp4", sample / "tomas.mp4"), "Tomas": (sample / "tomas.mp4",)}
        _extract(home, people, "synthetic", "--every", EVERY)

    return made_once("sample faces", fill) / "film"


@pytest.fixture(scope="session")
def clips(media, made_once):
    """A project of the real clips: man A's faceset with woman C's clip in it by mistake, and man B's."""

    def fill(home):
        people = {"Man A": (media / "d18.mp4", media / "d10.mp4"), "Man B": (media / "d19.mp4",)}
        _extract(home, people, "dataset")

    return made_once("clip faces", fill) / "film"


def _extract(home, people, basis, *options):
    """Make a project called film in `home` and extract the clips of each identity."""
    folder = home / "film"

    def studio(*words):
        assert run([*map(str, words), "--json"]) == 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_HOME", str(home / "user"))
        studio("new", folder)
        for name, media in people.items():
            studio("identity", "add", folder, name, "--basis", basis, "--note", "made for tests")
            studio("extract", folder, name, *media, *options)
