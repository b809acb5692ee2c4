"""Settings that change while a training runs."""

import json

import pytest

from studio.core.errors import RunError, Stopped, UsageError
from studio.training.changes import Changes
from studio.training.checkpoints import stored
from studio.training.loop import train
from tests.unit.training.quick import QUICK, Orders, ends_before_step, equal


def test_a_setting_changed_at_a_step_is_recorded_and_holds_from_there(faces, tmp_path, recorder):
    order = {"n": 1, "command": "set", "values": {"learning_rate": 1e-5, "mouth_weight": "4"}}
    result = train(QUICK, *faces, tmp_path, 8, recorder, orders=Orders(at3=[order]))
    assert recorder.of("set") == [{"step": 3, "values": {"learning_rate": 1e-5, "mouth_weight": 4.0}}]
    assert json.loads((tmp_path / "changes.json").read_text()) == [
        {"step": 3, "settings": {"learning_rate": 1e-5, "mouth_weight": 4.0}}
    ]
    record = json.loads((result.checkpoint / "checkpoint.json").read_text())
    assert (record["settings"]["learning_rate"], record["settings"]["mouth_weight"]) == (1e-5, 4.0)
    plain = train(QUICK, *faces, tmp_path / "plain", 8)
    assert not equal(result.checkpoint, plain.checkpoint)


def test_resuming_before_a_change_changes_the_same_at_the_same_step(faces, tmp_path, recorder_type):
    order = {"n": 1, "command": "set", "values": {"learning_rate": 1e-5, "eye_weight": 9}}
    straight = train(QUICK, *faces, tmp_path / "1", 10, orders=Orders(at6=[order]))
    with pytest.raises(KeyboardInterrupt):
        train(QUICK, *faces, tmp_path / "2", 10, recorder_type(ends_before_step(7)), orders=Orders(at6=[order]))
    assert [path.name for path in stored(tmp_path / "2" / "checkpoints")] == ["step-00000004"]
    assert equal(train(QUICK, *faces, tmp_path / "2", 10).checkpoint, straight.checkpoint)


def test_save_and_preview_at_once(faces, tmp_path, recorder):
    orders = Orders(at1=[{"n": 1, "command": "preview"}], at2=[{"n": 2, "command": "save"}])
    train(QUICK, *faces, tmp_path, 3, recorder, orders=orders)
    assert [event["step"] for event in recorder.of("preview")] == [1, 3]
    assert [event["step"] for event in recorder.of("checkpoint")] == [2, 3]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"command": "set", "values": {"batch_size": 4}}, "The setting batch_size can't be changed"),
        ({"command": "set", "values": {"learning_rate": 5}}, "does not take 5"),
        ({"command": "set", "values": {"nonsense": 5}}, "The setting nonsense can't be changed"),
        ({"command": "set"}, "No setting was named"),
        ({"command": "dance"}, "A training knows no such command."),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_with_a_reason_and_the_training_goes_on(
    faces, tmp_path, recorder, order, reason
):
    assert train(QUICK, *faces, tmp_path, 3, recorder, orders=Orders(at1=[{"n": 7, **order}])).steps == 3
    (refused,) = recorder.of("refused")
    assert (refused["n"], refused["command"]) == (7, order["command"])
    assert reason in refused["reason"]
    assert not (tmp_path / "changes.json").exists()


def test_stopping_right_after_a_change_keeps_it(faces, tmp_path, recorder_type):
    order = {"n": 1, "command": "set", "values": {"preview_every": 2}}
    with pytest.raises(Stopped):
        train(QUICK, *faces, tmp_path, 9, recorder_type(ends_before_step(3, Stopped)), orders=Orders(at2=[order]))
    again = recorder_type()
    train(QUICK, *faces, tmp_path, 9, again)
    assert [event["step"] for event in again.of("preview")] == [4, 6, 8, 9]


def test_a_damaged_record_of_changes_is_told_and_not_passed_over(tmp_path):
    path = tmp_path / "changes.json"
    for text in ("[{", '[{"step": -1}]', '[{"step": 1, "colour": 2}]', "7"):
        path.write_text(text)
        with pytest.raises(RunError) as error:
            Changes(path, QUICK)
        assert error.value.code == "run.damaged"


def test_later_changes_win_and_rates_multiply(tmp_path):
    changes = Changes(tmp_path / "changes.json", QUICK)
    changes.set(5, {"eye_weight": 4})
    changes.set(9, {"eye_weight": 5})
    changes.go_past(range(3, 5), 6, 0.5)
    changes.go_past(range(9, 10), 8, 0.5)
    again = Changes(tmp_path / "changes.json", QUICK)
    assert [again.settings(step).eye_weight for step in (4, 5, 8, 9)] == [QUICK.eye_weight, 4, 4, 5]
    assert [again.rate(step) for step in (5, 6, 8)] == [1, 0.5, 0.25]
    assert [again.skips(step) for step in (2, 3, 4, 5)] == [False, True, True, False]
    assert again.troubles == 2
    with pytest.raises(UsageError):
        again.set(10, {"preset": "paper"})
