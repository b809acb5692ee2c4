"""A faceset contaminated by another person's clip, cleaned by identity."""

import json

import pytest

from studio.cli.app import run


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_faceset_with_a_longer_clip_of_somebody_else_keeps_its_person(tmp_path, media, capsys):
    folder = str(tmp_path / "p")
    assert run(["new", folder]) == 0
    assert run(["identity", "add", folder, "man", "--basis", "dataset", "--note", "test clip"]) == 0
    for clip in ("d18.mp4", "d10.mp4"):
        assert run(["extract", folder, "man", str(media / clip)]) == 0
    assert run(["clean", folder, "man", "--keep-identity", "auto", "--apply"]) == 0
    capsys.readouterr()
    assert run(["faces", folder, "man", "--state", "all", "--json"]) == 0
    faces = json.loads(capsys.readouterr().out)["faces"]
    shares = {}
    for clip in ("d18.mp4", "d10.mp4"):
        states = [face["state"] for face in faces if face["source"].endswith(clip)]
        assert len(states) >= 200
        shares[clip] = states.count("rejected") / len(states)
    assert shares["d10.mp4"] >= 0.99
    assert shares["d18.mp4"] <= 0.01
