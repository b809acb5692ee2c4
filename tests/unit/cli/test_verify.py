"""What is told of files whose pictures or credentials are no longer whole."""

import numpy as np
import pytest

from studio.cli.app import run
from studio.core.records import Basis, Scope
from studio.core.resources import assets
from studio.provenance.credentials import Claim, Person, sign
from studio.provenance.fingerprints import Fingerprints, fingerprint
from studio.video.read import read_frame_at

CLIP = assets() / "sample" / "tomas.mp4"


@pytest.fixture
def folder(project):
    """A project that knows one export."""
    image = read_frame_at(CLIP, 1.0).image
    prints = Fingerprints.of([fingerprint(255 - image, image, np.array((150, 100, 330, 350)))])
    project.store.exports.begin("exports/swap.mp4", str(CLIP), "a-run", (), None, {}, prints.packed())
    return project.folder


@pytest.fixture
def damaged(tmp_path):
    """A signed video whose table of pictures is lost."""
    claim = Claim(
        title="swap.mp4", driver=CLIP, persons=(Person("mira", "target", Basis.SYNTHETIC, Scope.RESEARCH),),
        model="ab" * 32, facesets={}, squeeze=15, squeeze_method="erode", label="AI-modified",
    )  # fmt: skip
    path = sign(CLIP, tmp_path / "damaged.mp4", claim)
    path.write_bytes(path.read_bytes().replace(b"moov", b"free").replace(b"stsz", b"free"))
    return path


def test_a_damaged_file_is_told_as_invalid_in_a_project_too(studio, folder, damaged):
    found = studio("verify", damaged, "--project", folder)
    assert (found["state"], found["copy_of"]) == ("invalid", None)
    assert "no picture in it can be decoded" in found["not_compared"]
    assert studio("verify", damaged)["state"] == "invalid"
    assert studio("verify", CLIP, "--project", folder)["not_compared"] is None


def test_that_the_pictures_of_a_damaged_file_can_not_be_compared_is_said_in_words(folder, damaged, capsys):
    assert run(["verify", str(damaged), "--project", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "do not rely on what they say" in told
    assert "Its pictures can't be compared with this project's exports" in told
    assert "No export of this project looks like it" not in told
