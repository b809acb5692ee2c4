"""`studio train --fork`, on facesets made without engines."""

import json
from pathlib import Path

import pytest

from studio.core.records import Basis
from studio.core.runs import RunFolder
from studio.provenance.consent import add_record
from tests.unit.faceset.stored import store_faces


@pytest.fixture
def folder(project, anna):
    """Faces of anna, bo and cy."""
    store_faces(project, anna, "a.mp4", range(50, 54))
    for number, name in enumerate(("bo", "cy"), start=1):
        store_faces(project, add_record(project, name, Basis.SYNTHETIC, "x"), name, range(60 * number, 60 * number + 3))
    return project.folder


@pytest.fixture
def origin(folder, studio):
    """A run of four steps with checkpoints at 2 and 4."""
    words = ["--set", "batch_size=1", "--set", "threads=1", "--set", "checkpoint_every=2"]
    return studio("train", folder, "anna", "bo", "--steps", 4, *words)["run"]


def test_a_fork_begins_at_the_newest_checkpoint_and_names_its_origin(folder, studio, origin):
    done = studio("train", folder, "bo", "anna", "--fork", origin, "--steps", 5, "--set", "eye_weight=4")
    assert {"run", "steps", "loss", "seconds", "steps_per_second", "checkpoint"} <= set(done)
    assert done["steps"] == 5
    made, before = (RunFolder(folder / "runs" / name) for name in (done["run"], origin))
    assert made.name != origin
    assert made.config == {**before.config, "fork": {"run": origin, "step": 4}}
    assert [event["step"] for event in made.events() if event["kind"] == "resumed"] == [4]
    assert json.loads((made.folder / "changes.json").read_text()) == [{"step": 4, "settings": {"eye_weight": 4.0}}]
    record = json.loads((Path(done["checkpoint"]) / "checkpoint.json").read_text())
    assert record["settings"]["eye_weight"] == 4


def test_a_fork_at_a_step_goes_on_to_the_total_of_its_origin_and_can_be_gone_on_with_and_forked(folder, studio, origin):
    done = studio("train", folder, "anna", "bo", "--fork", origin, "--at", 2)
    assert done["steps"] == 4
    weights = [folder / "runs" / name / "checkpoints" / "step-00000004" for name in (origin, done["run"])]
    assert (weights[0] / "network.safetensors").read_bytes() == (weights[1] / "network.safetensors").read_bytes()
    assert studio("train", folder, "anna", "bo", "--run", done["run"], "--steps", 5)["steps"] == 5
    assert studio("train", folder, "anna", "bo", "--fork", done["run"], "--steps", 6)["steps"] == 6


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["anna", "cy", "--fork", "ORIGIN", "--steps", 9], "run.identities"),
        (["anna", "bo", "--fork", "ORIGIN", "--steps", 9, "--at", 3], "checkpoint.missing"),
        (["anna", "bo", "--fork", "ORIGIN", "--steps", 9, "--set", "batch_size=2"], "usage.setting"),
        (["anna", "bo", "--fork", "ORIGIN", "--steps", 9, "--set", "eye_weight=-2"], "usage.setting"),
        (["anna", "bo", "--fork", "ORIGIN", "--steps", 9, "--preset", "light"], "usage.frozen"),
        (["anna", "bo", "--fork", "ORIGIN"], "usage"),
        (["anna", "bo", "--fork", "ORIGIN", "--steps", 4], "usage"),
        (["anna", "bo", "--fork", "ORIGIN", "--run", "ORIGIN"], "usage"),
        (["anna", "bo", "--at", 2], "usage"),
        (["anna", "bo", "--fork", "nothing"], "run.unknown"),
    ],
)
def test_what_cannot_be_forked_is_refused_and_leaves_no_run(folder, studio, origin, words, code):
    error = studio("train", folder, *[origin if word == "ORIGIN" else word for word in words], status=2)["error"]
    assert error["code"] == code
    assert error["hint"]
    assert [path.name for path in (folder / "runs").iterdir()] == [origin]


def test_a_run_without_a_checkpoint_is_not_forked(folder, studio, origin):
    config = RunFolder(folder / "runs" / origin).config
    empty = RunFolder.create(folder / "runs", "train", "empty", config)
    error = studio("train", folder, "anna", "bo", "--fork", empty.name, "--steps", 9, status=2)["error"]
    assert error["code"] == "checkpoint.missing"


def test_a_fork_whose_checkpoint_was_not_copied_is_not_trained_from_nothing(folder, studio, origin):
    config = {**RunFolder(folder / "runs" / origin).config, "fork": {"run": origin, "step": 4}}
    cut = RunFolder.create(folder / "runs", "train", "cut", config)
    error = studio("train", folder, "anna", "bo", "--run", cut.name, "--steps", 9, status=2)["error"]
    assert error["code"] == "checkpoint.missing"
    assert not (cut.folder / "faces.json").exists()
