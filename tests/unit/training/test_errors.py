"""How well each face is rebuilt."""

import json

import numpy as np
import pytest

from studio.core.errors import Stopped
from studio.training.errors import FaceErrors
from studio.training.loop import train
from studio.training.losses import weighted
from studio.training.state import TrainingState
from tests.unit.training.quick import QUICK, Orders, ends_before_step, equal

SETTINGS = QUICK.changed({"batch_size": 3})


def read(folder):
    return json.loads((folder / "errors.json").read_text())


def seen(monkeypatch):
    """By side and face, the losses it had in the steps that were made, in their order."""
    update, found = TrainingState.update, {"a": {}, "b": {}}

    def noted(self, batch_a, batch_b, rate, eyes, mouth, alike):
        weights = eyes, mouth
        terms = update(self, batch_a, batch_b, rate, *weights, alike)
        for side, batch, own in zip("ab", (batch_a, batch_b), weighted(terms, *weights).tolist(), strict=True):
            for face, loss in zip(batch.faces, own, strict=True):
                found[side].setdefault(str(face), []).append(loss)
        return terms

    monkeypatch.setattr(TrainingState, "update", noted)
    return found


def test_each_face_has_the_mean_of_its_losses_and_how_often_it_was_seen(faces, tmp_path, recorder, monkeypatch):
    found = seen(monkeypatch)
    train(SETTINGS, *faces, tmp_path, 6, recorder)
    told = read(tmp_path)
    assert told["step"] == 6
    for side in "ab":
        assert told[side].keys() == found[side].keys()
        for face, (mean, times) in told[side].items():
            assert times == len(found[side][face]) <= 10
            assert mean == pytest.approx(np.mean(found[side][face]), rel=1e-5)
    assert sum(times for _, times in told["a"].values()) == sum(times for _, times in told["b"].values()) == 18


def test_the_losses_of_the_faces_make_up_the_loss_that_is_told(faces, tmp_path, recorder, monkeypatch):
    found = seen(monkeypatch)
    train(SETTINGS, *faces, tmp_path, 1, recorder)
    (loss,) = recorder.of("loss")
    for side in "ab":
        assert np.mean([each for own in found[side].values() for each in own]) == pytest.approx(loss[side], rel=1e-5)


def test_they_are_written_with_each_checkpoint_and_at_the_end(faces, tmp_path, recorder):
    train(SETTINGS, *faces, tmp_path, 6, recorder)
    assert recorder.of("errors") == [{"step": step, "path": "errors.json"} for step in (4, 6)]
    assert [event["step"] for event in recorder.of("checkpoint")] == [4, 6]


def test_a_change_of_weights_counts_from_its_step_on(faces, tmp_path, monkeypatch):
    found = seen(monkeypatch)
    heavy = {"command": "set", "values": {"eye_weight": 100, "mouth_weight": 100}}
    train(SETTINGS, *faces, tmp_path, 4, orders=Orders(at2=[heavy]))
    for face, (mean, _) in read(tmp_path)["a"].items():
        assert mean == pytest.approx(np.mean(found["a"][face]), rel=1e-5)


def test_a_resumed_run_goes_on_with_the_errors_it_had(faces, tmp_path, recorder_type):
    train(SETTINGS, *faces, tmp_path / "1", 9)
    with pytest.raises(Stopped):
        train(SETTINGS, *faces, tmp_path / "2", 9, recorder_type(ends_before_step(5, Stopped)))
    train(SETTINGS, *faces, tmp_path / "2", 9)
    assert read(tmp_path / "1") == read(tmp_path / "2")


@pytest.mark.parametrize(
    "text", ["", "{", "7", "[]", '{"a": {}}', '{"a": {"x": [1, 1]}, "b": {}}', '{"a": {"1": [NaN, 1]}, "b": {}}']
)
def test_damaged_errors_are_told_and_change_nothing_in_a_training(faces, tmp_path, recorder, recorder_type, text):
    straight = train(SETTINGS, *faces, tmp_path / "1", 6)
    with pytest.raises(Stopped):
        train(SETTINGS, *faces, tmp_path / "2", 6, recorder_type(ends_before_step(4, Stopped)))
    (tmp_path / "2" / "errors.json").write_text(text)
    resumed = train(SETTINGS, *faces, tmp_path / "2", 6, recorder)
    assert sum("errors of single faces are counted anew" in note for note in recorder.notes) == 1
    assert sum(times for _, times in read(tmp_path / "2")["a"].values()) == 6
    assert equal(resumed.checkpoint, straight.checkpoint)


def test_a_face_that_was_seen_often_is_judged_by_the_last_times():
    errors = FaceErrors()
    errors.add("a", [5] * 200, [1.0] * 100 + [0.2] * 100)
    errors.add("a", [6], [0.7])
    assert errors.sides["a"][5] == (pytest.approx(0.2, abs=1e-3), 200)
    assert errors.sides["a"][6] == (0.7, 1)


def test_losses_that_are_no_numbers_are_nobodys_error(faces, tmp_path, recorder, monkeypatch):
    update, left = TrainingState.update, [2]

    def poisoned(self, *args):
        terms = update(self, *args)
        if self.step - 1 in left:
            left.clear()
            return terms * float("nan")
        return terms

    monkeypatch.setattr(TrainingState, "update", poisoned)
    train(SETTINGS, *faces, tmp_path, 6, recorder)
    assert recorder.of("astray")
    assert all(0 < mean < 10 for mean, _ in read(tmp_path)["a"].values())
