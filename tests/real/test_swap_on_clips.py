"""The whole chain by single commands on two real clips, both ways: the swap moves toward the target."""

import json
from pathlib import Path

import pytest

from studio.cli.app import run
from tests.real.swap_figures import swap_figures

# A quarter of an hour on two cores, by themselves.
STEPS = 7500


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_swaps_look_like_the_target_and_move_like_the_driver(tmp_path, media, capsys):
    folder = tmp_path / "p"

    def studio(*words):
        capsys.readouterr()
        assert run([*(str(word) for word in words), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    studio("new", folder)
    clips = {"a": media / "d18.mp4", "b": media / "d19.mp4"}
    for name, clip in clips.items():
        studio("identity", "add", folder, name, "--basis", "dataset", "--note", "test clip")
        found = studio("extract", folder, name, clip)
        assert found["faces_found"] >= 0.98 * found["frames_read"]
        studio("clean", folder, name, "--keep-identity", "auto", "--apply")
    untouched = swap_figures(folder, clips["a"], clips["a"], "b", "a")
    assert untouched.nearer == 1
    assert untouched.mouth > 0.99
    assert 0.9 < untouched.sharpness < 1.1
    trained = studio("train", folder, "a", "b", "--preset", "demo", "--steps", STEPS)
    figures = {}
    for driver, target in (("a", "b"), ("b", "a")):
        done = studio("convert", folder, clips[driver], "--run", trained["run"], "--to", target)
        assert done["frames_swapped"] >= 0.98 * done["frames"]
        assert studio("verify", done["out"])["state"] == "valid"
        figures[driver, target] = swap_figures(folder, clips[driver], Path(done["out"]), driver, target)
    assert min(found.nearer for found in figures.values()) >= 0.95, figures
    assert max(found.distance for found in figures.values()) < 0.5, figures
    assert min(found.mouth for found in figures.values()) >= 0.7, figures
    # Without eyes and mouth, a blur, it was 0.05.
    assert min(found.sharpness for found in figures.values()) >= 0.06, figures
