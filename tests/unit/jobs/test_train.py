"""The training job: whose faces it takes, and when."""

import json

import pytest

from studio.core.errors import ConsentError, FacesetError
from studio.core.records import Basis, FaceState
from studio.core.runs import RunFolder
from studio.faceset.frozen import read_list, trained_faces
from studio.jobs.train import StoredFaces, training_config
from studio.nets.presets import PRESETS
from studio.provenance.consent import add_record
from studio.training.checkpoints import stored, verify
from studio.training.settings import TrainSettings
from studio.worker.process import run_job
from tests.unit.faceset.stored import store_faces


@pytest.fixture
def bo(project):
    return add_record(project, "bo", Basis.SYNTHETIC, "rendered for tests")


@pytest.fixture
def ids(project, anna, bo):
    """Four faces of anna and three of bo."""
    return store_faces(project, anna, "a.mp4", range(50, 54)), store_faces(project, bo, "b.mp4", range(100, 103))


def config(project, anna, bo):
    settings = TrainSettings.build({"batch_size": 1, "threads": 1})
    return {
        "project": str(project.folder),
        "a": anna.name,
        "b": bo.name,
        "people": [anna.id, bo.id],
        "settings": settings.model_dump(mode="json"),
    }


def reject(project, identity, *faces):
    project.store.journal.set_state(identity, faces, FaceState.REJECTED, "rejected")


def test_a_run_keeps_the_faces_it_began_with(project, anna, bo, ids):
    run = RunFolder.create(project.runs, "train", "x", config(project, anna, bo))
    run.set_launch({"steps": 1})
    assert run_job(run)["faces"] == {"a": 4, "b": 3}
    reject(project, anna, ids[0][1])
    run.set_launch({"steps": 2})
    assert run_job(run)["faces"] == {"a": 4, "b": 3}
    assert read_list(run.folder / "faces.json") == trained_faces(run.folder) == {"a": ids[0], "b": ids[1]}


def test_the_latest_faces_are_those_kept_now(project, anna, bo, ids):
    source = StoredFaces(project, config(project, anna, bo))
    reject(project, anna, ids[0][1])
    more = store_faces(project, bo, "c.mp4", range(3))
    kept = [[face.id for face in own] for own in source.kept()]
    assert kept == [[ids[0][0], *ids[0][2:]], [*ids[1], *more]]


def test_chosen_faces_come_in_the_order_of_their_list_also_when_they_were_rejected_since(project, anna, bo, ids):
    reject(project, anna, ids[0][1])
    source = StoredFaces(project, config(project, anna, bo))
    chosen = source.chosen({"a": [ids[0][2], ids[0][1], 999], "b": ids[1][::-1]})
    assert [[face.id for face in own] for own in chosen] == [[ids[0][2], ids[0][1]], ids[1][::-1]]


def test_the_latest_faces_are_not_given_where_consent_ended_or_none_is_kept(project, anna, bo, ids):
    source = StoredFaces(project, config(project, anna, bo))
    reject(project, anna, *ids[0])
    with pytest.raises(FacesetError):
        source.kept()
    project.store.identities.revoke(bo)
    with pytest.raises(ConsentError):
        source.kept()


def test_a_run_keeps_its_network_when_the_preset_changes(project, anna, bo, ids, monkeypatch):
    settings = TrainSettings.build({"batch_size": 1, "threads": 1})
    made = training_config(project, anna, bo, settings)
    earlier = {**made, "settings": settings.model_dump(mode="json", exclude={"sizes"})}
    runs = [RunFolder.create(project.runs, "train", "x", values) for values in (made, earlier)]
    for run in runs:
        run.set_launch({"steps": 1})
        run_job(run)
        run.set_launch({"steps": 2})
    # A later release has another demo: a run that wrote down the preset alone has the network of its checkpoints.
    monkeypatch.setitem(PRESETS, "demo", PRESETS["demo"].changed({"size": 64, "bottleneck": 32}))
    for run in runs:
        assert run_job(RunFolder(run.folder))["steps"] == 2
        assert verify(stored(run.folder / "checkpoints")[-1]).network.size == 96


def test_a_resumed_run_tells_that_faces_of_it_were_deleted(project, anna, bo, ids):
    run = RunFolder.create(project.runs, "train", "x", config(project, anna, bo))
    run.set_launch({"steps": 1})
    run_job(run)
    path = run.folder / "faces.json"
    path.write_text(json.dumps({"a": [*ids[0], 9998, 9999], "b": ids[1]}))
    run.set_launch({"steps": 2})
    assert run_job(run)["faces"] == {"a": 4, "b": 3}
    notes = [event["text"] for event in run.events() if event["kind"] == "note"]
    assert any(note.startswith("2 faces that this training drew from can't be found") for note in notes)
