"""`studio tell`, against a training in a process of its own, on facesets made without engines."""

import json
import threading
import time

import pytest

from studio.core.records import Basis, FaceState
from studio.core.runs import RunFolder
from studio.provenance.consent import add_record
from studio.worker.process import stop
from tests.unit.faceset.stored import store_faces


@pytest.fixture
def ids(project, anna):
    """Four faces of anna and three of bo."""
    bo = add_record(project, "bo", Basis.SYNTHETIC, "x")
    return store_faces(project, anna, "a.mp4", range(50, 54)), store_faces(project, bo, "b.mp4", range(100, 103))


@pytest.fixture
def training(project, ids, studio):
    """A training that runs."""
    settings = ["batch_size=1", "threads=1", "checkpoint_every=100000", "preview_every=100000"]
    words = [word for value in settings for word in ("--set", value)]
    name = studio("train", project.folder, "anna", "bo", "--steps", 90000, "--detach", *words)["run"]
    run = RunFolder(project.runs / name)
    deadline = time.monotonic() + 60
    while run.state().steps < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield run
    stop(run)


def test_a_training_obeys_from_the_shell(project, anna, ids, training, studio):
    def tell(*words, status=0):
        return studio("tell", project.folder, training.name, *words, status=status)

    project.store.journal.set_state(anna, ids[0][:1], FaceState.REJECTED, "one")
    latest = tell("latest")
    assert (latest["run"], latest["command"], latest["acknowledged"]) == (training.name, "latest", True)
    assert (latest["event"]["a"], latest["event"]["b"]) == (3, 3)
    assert json.loads((training.folder / "faces-1.json").read_text()) == {"a": ids[0][1:], "b": ids[1]}

    assert tell("save")["event"]["kind"] == "checkpoint"
    assert (training.folder / tell("preview")["event"]["path"]).is_file()
    pinned = tell("pin", f"a={ids[0][0]},{ids[0][3]}", f"b={ids[1][2]}")["event"]
    assert pinned["faces"] == {"a": [ids[0][0], ids[0][3]], "b": [ids[1][2]]}
    assert tell("set", "learning_rate=1e-5", "eye_weight=4")["event"]["values"] == {
        "learning_rate": 1e-5,
        "eye_weight": 4,
    }

    assert tell("set", "batch_size=2", status=2)["error"]["code"] == "run.refused"
    assert "batch_size" in tell("set", "batch_size=2", status=2)["error"]["message"]
    assert tell("pin", "a=1", status=2)["error"]["code"] == "run.refused"

    assert tell("pause")["event"]["kind"] == "paused"
    assert training.state().state == "paused"
    assert tell("resume")["event"]["kind"] == "resumed"
    assert training.state().state == "running"

    project.store.identities.revoke(project.store.identities.get("bo"))
    error = tell("latest", status=2)["error"]
    # The training itself ends a few seconds after a record does.
    assert error["code"] in ("run.refused", "run.idle")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["dance"], "usage"),
        (["stop"], "usage"),
        ([], "usage"),
        (["save", "now=1"], "usage"),
        (["save", "now"], "usage"),
        (["set", "eye_weight"], "usage"),
        (["pin", "a=x", "b=1"], "usage"),
        (["save"], "run.idle"),
    ],
)
def test_what_is_no_command_or_nobody_hears_is_refused(project, studio, words, code):
    run = RunFolder.create(project.runs, "train", "x", {})
    error = studio("tell", project.folder, run.name, *words, status=2)["error"]
    assert error["code"] == code
    assert error["hint"]
    assert list(run.commands()) == []


def test_other_jobs_are_told_to_pause_alone(project, studio):
    run = RunFolder.create(project.runs, "extract", "x", {})
    assert studio("tell", project.folder, run.name, "save", status=2)["error"]["code"] == "run.kind"
    assert studio("tell", project.folder, run.name, "pause", status=2)["error"]["code"] == "run.idle"
    assert studio("tell", project.folder, "nothing", "pause", status=2)["error"]["code"] == "run.unknown"


def test_a_job_that_ends_before_it_has_done_what_it_heard_is_told(project, studio):
    run = RunFolder.create(project.runs, "train", "x", {})

    def hears_and_ends(held):
        with run.held():
            held.set()
            while not list(run.commands()):
                time.sleep(0.01)
            run.append("acknowledged", n=1, command="save")

    held = threading.Event()
    job = threading.Thread(target=hears_and_ends, args=(held,))
    job.start()
    held.wait(10)
    assert studio("tell", project.folder, run.name, "save", status=2)["error"]["code"] == "run.idle"
    job.join(10)


def test_a_job_that_does_not_answer_is_told(project, studio, monkeypatch):
    monkeypatch.setattr("studio.cli.tell._ANSWER_S", 0.3)
    run = RunFolder.create(project.runs, "train", "x", {})
    with run.held():
        error = studio("tell", project.folder, run.name, "save", status=1)["error"]
    assert error["code"] == "job.silent"
    assert [command["command"] for command in run.commands()] == ["save"]
