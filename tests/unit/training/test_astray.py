"""A training that goes astray comes back by itself, and is given up where it does not."""

import json

import cv2
import pytest
import torch
from safetensors.torch import load_file

from studio.core.errors import JobError, Stopped
from studio.training.checkpoints import stored
from studio.training.loop import train
from studio.training.settings import TrainSettings
from studio.training.state import TrainingState
from studio.training.watch import Astray, Step, Watch
from tests.unit.training.quick import Orders

QUICK = TrainSettings.build(
    {
        "preset": "demo",
        "batch_size": 2,
        "checkpoint_every": 5,
        "preview_every": 50,
        "threads": 1,
        "precision": "float32",
        "warmup_steps": 0,
        "final_rate": 1,
    }
)


def poisoned_at(monkeypatch, *steps, always=False):
    """Let the weights become NaN by the update of these steps, the first time or always."""
    update, left = TrainingState.update, set(steps)

    def poisoned(self, *args):
        terms = update(self, *args)
        if self.step - 1 in left:
            with torch.no_grad():
                next(self.network.parameters()).mul_(float("nan"))
            if not always:
                left.discard(self.step - 1)
        return terms

    monkeypatch.setattr(TrainingState, "update", poisoned)


def rates_of(monkeypatch):
    """The learning rate of each update, by step, the last one that counted."""
    update, rates = TrainingState.update, {}

    def noted(self, *args):
        rates[self.step] = args[2]
        return update(self, *args)

    monkeypatch.setattr(TrainingState, "update", noted)
    return rates


def test_weights_that_become_nan_cost_a_few_steps_and_half_the_rate(faces, tmp_path, monkeypatch, recorder):
    rates = rates_of(monkeypatch)
    poisoned_at(monkeypatch, 7)
    result = train(QUICK, *faces, tmp_path, 12, recorder)
    assert result.steps == 12
    (told,) = recorder.of("astray")
    assert (told["step"], told["reason"]) == (8, "its loss is no longer a number")
    assert recorder.of("resumed") == [{"step": 5}]
    assert any("goes on from step 5 at half the rate" in note for note in recorder.notes)
    assert rates[4] == pytest.approx(QUICK.learning_rate)
    assert rates[6] == rates[11] == pytest.approx(QUICK.learning_rate / 2)
    assert json.loads((tmp_path / "changes.json").read_text()) == [{"step": 7, "skip": 2}, {"step": 5, "rate": 0.5}]
    assert all(value.isfinite().all() for value in load_file(result.checkpoint / "network.safetensors").values())


def test_the_batch_that_led_astray_is_kept_for_a_look(faces, tmp_path, monkeypatch, recorder):
    poisoned_at(monkeypatch, 2)
    train(QUICK, *faces, tmp_path, 6, recorder)
    picture = cv2.imread(str(tmp_path / recorder.of("astray")[0]["picture"]))
    side = QUICK.network().size
    assert picture.shape == (2 * side, 6 * side, 3)
    assert picture.std() > 10


def test_without_a_checkpoint_it_starts_anew_from_its_seed(faces, tmp_path, monkeypatch, recorder):
    poisoned_at(monkeypatch, 1)
    result = train(QUICK, *faces, tmp_path, 5, recorder)
    assert result.steps == 5
    assert recorder.of("resumed") == []
    assert any("goes on from step 0" in note for note in recorder.notes)


def test_the_third_time_it_is_given_up_and_its_last_good_checkpoint_stays(faces, tmp_path, monkeypatch, recorder):
    poisoned_at(monkeypatch, *range(7, 30), always=True)
    with pytest.raises(JobError) as error:
        train(QUICK, *faces, tmp_path, 30, recorder)
    assert error.value.code == "train.diverged"
    assert len(recorder.of("astray")) == 3
    assert sum("half the rate" in note for note in recorder.notes) == 1
    kept = stored(tmp_path / "checkpoints")
    assert kept[0].name == "step-00000005"
    for path in kept:
        weights = load_file(path / "network.safetensors")
        assert all(value.isfinite().all() for value in weights.values())


def test_weights_that_are_no_numbers_are_never_saved(faces, tmp_path, monkeypatch, recorder):
    poisoned_at(monkeypatch, 4)
    result = train(QUICK, *faces, tmp_path, 8, recorder)
    assert result.steps == 8
    assert recorder.of("astray")[0]["reason"] == "it leaves weights that are no numbers"


def test_who_stops_a_training_that_has_just_gone_astray_stops_it(faces, tmp_path, monkeypatch, recorder_type):
    poisoned_at(monkeypatch, 7)
    left = [9]

    def check():
        left[0] -= 1
        if left[0] < 0:
            raise Stopped

    with pytest.raises(Stopped):
        train(QUICK, *faces, tmp_path, 30, recorder_type(check))
    assert [path.name for path in stored(tmp_path / "checkpoints")] == ["step-00000005"]


def test_a_run_that_went_astray_resumes_bit_for_bit(faces, tmp_path, monkeypatch, recorder_type):
    poisoned_at(monkeypatch, 7)
    straight = train(QUICK, *faces, tmp_path / "1", 14)
    monkeypatch.undo()
    poisoned_at(monkeypatch, 7)
    left = [15]

    def check():
        left[0] -= 1
        if left[0] == 0:
            raise Stopped

    with pytest.raises(Stopped):
        train(QUICK, *faces, tmp_path / "2", 14, recorder_type(check))
    again = train(QUICK, *faces, tmp_path / "2", 14)
    for name in ("network.safetensors", "optimiser.safetensors"):
        mine, theirs = load_file(straight.checkpoint / name), load_file(again.checkpoint / name)
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(value, theirs[key]) for key, value in mine.items())


def step(number, loss):
    return Step(number, (None, None), torch.tensor(loss))


def watched(*later):
    """A watch that has seen sixty usual losses, and then these."""
    watch = Watch()
    for number in range(60):
        watch.add(step(number, 0.2 + 0.05 * (number % 3)))
    for number, loss in enumerate(later, start=60):
        watch.add(step(number, loss))
    watch.settle()
    return watch


def test_losses_that_stay_many_times_the_usual_one_are_noticed_from_the_first_on():
    with pytest.raises(Astray) as trouble:
        watched(0.25, 2.0, 1.9, 2.5, 3.0, 4.0)
    assert trouble.value.step.number == 61
    assert trouble.value.reason == "its loss of 2 and those after it are many times the usual 0.25"


def test_hard_faces_now_and_then_lead_nobody_astray():
    watch = watched(*[3.0, 0.25, 2.0, 2.0, 2.0, 2.0, 0.25] * 10)
    assert not watch.doubtful


def test_while_it_is_in_doubt_a_training_keeps_nothing_to_go_back_to(faces, tmp_path, monkeypatch, recorder):
    monkeypatch.setattr("studio.training.watch._ENOUGH", 3)
    update = TrainingState.update

    def high(self, *args):
        terms = update(self, *args)
        return terms * 50 if self.step in (10, 11) else terms

    monkeypatch.setattr(TrainingState, "update", high)
    train(QUICK, *faces, tmp_path, 14, recorder)
    assert recorder.of("astray") == []
    assert [event["step"] for event in recorder.of("checkpoint")] == [5, 12, 14]


def test_a_save_that_is_ordered_while_it_is_in_doubt_waits_until_it_is_not(faces, tmp_path, monkeypatch, recorder):
    monkeypatch.setattr("studio.training.watch._ENOUGH", 3)
    update = TrainingState.update

    def high(self, *args):
        terms = update(self, *args)
        return terms * 50 if self.step in (7, 8) else terms

    monkeypatch.setattr(TrainingState, "update", high)
    train(QUICK, *faces, tmp_path, 14, recorder, orders=Orders(at7=[{"n": 1, "command": "save"}]))
    assert recorder.of("astray") == []
    assert [event["step"] for event in recorder.of("checkpoint")] == [5, 9, 10, 14]


def test_a_training_whose_losses_stay_high_goes_back_to_before(faces, tmp_path, monkeypatch, recorder):
    monkeypatch.setattr("studio.training.watch._ENOUGH", 3)
    update, rates = TrainingState.update, []

    def high(self, *args):
        terms = update(self, *args)
        rates.append(args[2])
        return terms * 50 if rates[-1] == rates[0] and self.step > 8 else terms

    monkeypatch.setattr(TrainingState, "update", high)
    result = train(QUICK, *faces, tmp_path, 20, recorder)
    assert result.steps == 20
    (told,) = recorder.of("astray")
    assert told["step"] == 8
    assert recorder.of("resumed") == [{"step": 5}]


def test_what_was_ordered_with_a_save_that_finds_it_astray_is_obeyed_after_it_went_back(
    faces, tmp_path, monkeypatch, recorder
):
    poisoned_at(monkeypatch, 7)
    save, slower = {"command": "save"}, {"command": "set", "values": {"learning_rate": 1e-4}}
    train(QUICK, *faces, tmp_path, 12, recorder, orders=Orders(at8=[save, slower]))
    assert [event["step"] for event in recorder.of("astray")] == [7]
    assert recorder.of("set") == [{"step": 5, "values": {"learning_rate": 1e-4}}]
    assert 5 in [event["step"] for event in recorder.of("checkpoint")]


def test_the_first_losses_of_a_training_may_be_anything():
    watch = Watch()
    for number, loss in enumerate([9.0, 0.1, 7.0, 0.2] * 10):
        watch.add(step(number, loss))
    watch.settle()
    assert len(watch.recent) == 40


def test_a_watch_goes_on_with_what_the_one_before_it_had_seen():
    watch = Watch()
    for number in range(150):
        watch.add(step(number, 0.3))
    watch.settle()
    again = Watch(watch.recent)
    assert len(again.recent) == 100
    again.add(step(150, 3.0))
    again.settle()
    assert again.doubtful
