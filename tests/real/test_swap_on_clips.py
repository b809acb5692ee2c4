"""The whole chain by single commands on two real clips, both ways: the swap moves toward the target."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from studio.cli.app import run
from studio.video.probe import probe
from studio.video.read import read_frames
from studio.video.write import VideoWriter
from tests.real.swap_figures import swap_figures

# A quarter of an hour on two cores, by themselves.
STEPS = 5200

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]


def studio(*words):
    """What a command answers as JSON."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        status = run([*(str(word) for word in words), "--json"])
    assert status == 0, printed.getvalue()
    return json.loads(printed.getvalue())


@pytest.fixture(scope="module", autouse=True)
def shared_user_folder(tmp_path_factory):
    """What is made once for all tests here keeps off the user's own folder, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_HOME", str(tmp_path_factory.mktemp("user")))
        yield


@pytest.fixture(scope="module")
def clips(media):
    return {"a": media / "d18.mp4", "b": media / "d19.mp4"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, shared_user_folder, clips):
    """A project with the cleaned facesets of two people."""
    made = tmp_path_factory.mktemp("clips") / "p"
    studio("new", made)
    for name, clip in clips.items():
        studio("identity", "add", made, name, "--basis", "dataset", "--note", "test clip")
        found = studio("extract", made, name, clip)
        assert found["faces_found"] >= 0.98 * found["frames_read"]
        studio("clean", made, name, "--keep-identity", "auto", "--apply")
    return made


@pytest.fixture(scope="module")
def trained(folder):
    return studio("train", folder, "a", "b", "--preset", "demo", "--steps", STEPS)["run"]


def test_a_clip_that_was_not_swapped_measures_as_itself(folder, clips):
    untouched = swap_figures(folder, clips["a"], clips["a"], "b", "a")
    assert untouched.nearer == 1
    assert untouched.mouth > 0.99
    assert 0.9 < untouched.sharpness < 1.1


def test_swaps_look_like_the_target_and_move_like_the_driver(folder, clips, trained):
    figures = {}
    for driver, target in (("a", "b"), ("b", "a")):
        done = studio("convert", folder, clips[driver], "--run", trained, "--to", target)
        assert done["frames_swapped"] >= 0.98 * done["frames"]
        assert studio("verify", done["out"])["state"] == "valid"
        figures[driver, target] = swap_figures(folder, clips[driver], Path(done["out"]), driver, target)
    assert min(found.nearer for found in figures.values()) >= 0.95, figures
    assert max(found.distance for found in figures.values()) < 0.5, figures
    assert min(found.mouth for found in figures.values()) >= 0.7, figures
    # Without eyes and mouth, a blur, it was 0.05.
    assert min(found.sharpness for found in figures.values()) >= 0.06, figures


def test_of_two_people_in_one_picture_the_driver_alone_is_swapped(folder, clips, trained, tmp_path):
    """A is left and B right: what is put onto A never touches B, and nobody takes B for the driver."""
    both = beside(clips["a"], clips["b"], tmp_path / "both.mkv")
    words = ["--run", trained, "--to", "b", "--codec", "ffv1", "--no-label", "a test that counts pixels"]
    done = studio("convert", folder, both, *words, "--out", tmp_path / "out.mkv")
    assert done["frames_swapped"] == done["frames"] == 40
    for before, after in zip(read_frames(both), read_frames(Path(done["out"])), strict=True):
        middle = before.image.shape[1] // 2
        assert np.array_equal(before.image[:, middle:], after.image[:, middle:])
        changed = (before.image != after.image).any(axis=2)
        assert changed[:, :middle].mean() > 0.05


def beside(left, right, out, frames=40):
    """The first frames of two clips of one size in one picture."""
    info = probe(left)
    pairs = zip(read_frames(left, 0, frames), read_frames(right, 0, frames), strict=True)
    with VideoWriter(
        out, 2 * info.width, info.height, rate=info.rate, time_base=info.time_base, like=info, codec="ffv1"
    ) as writer:
        for one, other in pairs:
            writer.write(np.hstack((one.image, other.image)), one.pts)
    return out
