"""`studio estimate`: what a training will take, tried out before it starts."""

import json

import pytest

from studio.cli.app import run
from studio.core.project import Project
from tests.unit.faceset.stored import three_people


@pytest.fixture
def folder(tmp_path):
    """Anna and Ben with faces, Cara without."""
    return three_people(tmp_path / "film")


def said(capsys, *words, status=0):
    capsys.readouterr()
    assert run([*map(str, words), "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_memory_and_hours_are_measured_and_nothing_is_left(folder, capsys):
    found = said(capsys, "estimate", folder, "anna", "ben", "--steps", 7200, "--set", "batch_size=2")
    assert (found["device"], found["batch_size"], found["largest_batch"], found["fits"]) == ("cpu", 2, 2, True)
    assert (found["fitting_batch"], found["accumulate"], found["steps"]) == (2, 1, 7200)
    assert found["faces"] == {"a": 5, "b": 4}
    assert found["hours"] == pytest.approx(found["seconds_per_step"] * 2, rel=0.01)
    # Weights, their gradients, Adam's two moments and the copy for a checkpoint are not all there is.
    assert 6 * 4 * found["parameters"] / 2**20 < found["memory_mb"] < found["free_mb"]
    assert list((folder / "runs").iterdir()) == []


def test_in_words_it_is_told_how_long(folder, capsys):
    assert run(["estimate", str(folder), "anna", "ben", "--set", "batch_size=1"]) == 0
    words = capsys.readouterr().out
    assert "weights on cpu, a batch of 1:" in words
    assert "for 5,000 steps" in words


def test_what_can_not_be_trained_is_not_estimated(folder, capsys):
    assert said(capsys, "estimate", folder, "anna", "cara", status=2)["error"]["code"] == "faceset.empty"
    with Project(folder) as project:
        project.store.identities.revoke(project.store.identities.get("ben"))
    assert said(capsys, "estimate", folder, "anna", "ben", status=2)["error"]["code"] == "consent.revoked"


def test_settings_are_refused_as_by_the_training(folder, capsys):
    error = said(capsys, "estimate", folder, "anna", "ben", "--set", "batch_size=0", status=2)["error"]
    assert error["message"].startswith("The setting 'batch_size' does not take '0'")
