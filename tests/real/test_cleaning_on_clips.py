"""A faceset contaminated by another person's clip, cleaned by identity; clips thinned of near-duplicates."""

import json

import numpy as np
import pytest

from studio.cli.app import run
from studio.core.project import Project
from studio.core.records import Basis
from studio.faceset.duplicates import nearest_kept
from studio.faceset.proposals import near_duplicates
from studio.provenance.consent import add_record


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


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("clip", ["d10.mp4", "d18.mp4", "d19.mp4"])
def test_every_rejected_duplicate_has_a_kept_face_near_and_no_two_kept_ones_are(tmp_path, media, clip):
    with Project.create(tmp_path / "p") as project:
        person = add_record(project, "person", Basis.DATASET, "test clip")
        assert run(["extract", str(project.folder), "person", str(media / clip)]) == 0
        columns, hashes = project.store.faces.columns(person), project.store.faces.hashes(person)
    bits = np.bitwise_count(hashes[:, None] ^ hashes[None]).sum(axis=2, dtype=int)
    remaining = []
    for limit in (0, 4, 10, 20, 30):
        going = near_duplicates(columns, hashes, limit).rejected["duplicate"]
        kept = ~np.isin(columns.ids, going)
        sharper = columns.blur[kept][None] >= columns.blur[~kept][:, None]
        assert (sharper & (bits[~kept][:, kept] <= limit)).any(axis=1).all()
        assert (bits[kept][:, kept] + 1000 * np.eye(kept.sum(), dtype=int) > limit).all()
        assert kept[nearest_kept(hashes, kept, limit)].all()
        remaining.append(int(kept.sum()))
    # Of frames that follow each other a fifth stays apart by ten bits; a chain of near pairs would leave a handful.
    assert remaining == sorted(remaining, reverse=True)
    assert remaining[2] >= len(columns) / 5
    assert remaining[4] >= 8
