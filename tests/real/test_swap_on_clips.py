"""The whole chain by single commands on two real clips, both ways: the swap moves toward the target."""

import json
from pathlib import Path

import pytest

from studio.cli.app import run
from tests.real.swap_figures import swap_figures

# Ten minutes and more on two cores.
STEPS = 2500


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_most_swapped_frames_are_nearer_to_the_target_than_to_the_driver(tmp_path, media, capsys):
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
    assert min(found.nearer for found in figures.values()) >= 0.8, figures
