"""A run that begins at a checkpoint of another one."""

import json
import shutil

import pytest

from studio.core.errors import CheckpointError, RunError, Stopped, UsageError
from studio.faceset.frozen import write_list
from studio.training.changes import Changes
from studio.training.fork import checkpoint_at, fork
from studio.training.loop import train
from tests.unit.training.quick import QUICK, Faces, Orders, ends_before_step, equal

SETTINGS = QUICK.changed({"keep_checkpoints": 9})
SLOWER = {"n": 1, "command": "set", "values": {"learning_rate": 1e-4}}
LATEST = {"n": 2, "command": "latest"}
PIN = {"n": 3, "command": "pin", "faces": {"a": [1], "b": [0]}}
TOTAL = 14


@pytest.fixture(scope="module")
def source(faces):
    return Faces(faces, (faces[0][1:], faces[1]))


@pytest.fixture(scope="module")
def first(faces):
    return faces[0][:3], faces[1][:3]


@pytest.fixture(scope="module")
def origin(first, source, tmp_path_factory):
    """A run of fourteen steps that was slowed at step 3 and drew from other faces from step 7 on."""
    folder = tmp_path_factory.mktemp("origin")
    write_list(folder / "faces.json", {side: [face.id for face in own] for side, own in zip("ab", first, strict=True)})
    orders = Orders(at1=[PIN], at2=[LATEST], at3=[SLOWER])
    train(SETTINGS, *first, folder, TOTAL, orders=orders, source=source)
    return folder


def forked(origin, folder, step, tell=lambda _kind, **_data: None, **values):
    folder.mkdir()
    fork(checkpoint_at(origin, step), folder, SETTINGS, values, tell)
    return folder


def newest(folder):
    return checkpoint_at(folder, None)


def test_a_fork_that_changes_nothing_arrives_where_its_origin_did(origin, first, source, tmp_path, recorder):
    run = forked(origin, tmp_path / "fork", 8)
    result = train(SETTINGS, *first, run, TOTAL, recorder, source=source)
    assert recorder.of("resumed") == [{"step": 8}]
    assert equal(result.checkpoint, newest(origin))


def test_what_led_to_the_checkpoint_is_copied_and_what_came_later_is_not(origin, tmp_path):
    run = forked(origin, tmp_path / "1", 8)
    for name in ("changes.json", "faces.json", "faces-1.json", "pins.json"):
        assert (run / name).read_bytes() == (origin / name).read_bytes()
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-00000008"]
    early = forked(origin, tmp_path / "2", 4)
    assert [change["step"] for change in json.loads((early / "changes.json").read_text())] == [3]
    assert not (early / "faces-1.json").exists()
    assert not (early / "errors.json").exists()
    assert (forked(origin, tmp_path / "3", None) / "errors.json").read_bytes() == (origin / "errors.json").read_bytes()


def test_other_settings_hold_from_the_forks_step_on_as_if_the_origin_had_been_told(origin, first, source, tmp_path):
    run = forked(origin, tmp_path / "fork", 8, eye_weight="9")
    straight = train(
        SETTINGS,
        *first,
        tmp_path / "told",
        TOTAL,
        orders=Orders(at2=[LATEST], at3=[SLOWER], at8=[{"n": 4, "command": "set", "values": {"eye_weight": 9}}]),
        source=source,
    )
    assert equal(train(SETTINGS, *first, run, TOTAL, source=source).checkpoint, straight.checkpoint)
    assert not equal(straight.checkpoint, newest(origin))


def test_a_fork_tells_where_it_comes_from_and_what_holds_for_it(origin, tmp_path):
    told = []
    forked(origin, tmp_path / "1", 8, lambda kind, **data: told.append((kind, data)), eye_weight="9")
    assert told == [
        ("forked", {"run": origin.name, "step": 8}),
        ("latest", {"step": 7, "a": 4, "b": 4}),
        ("set", {"step": 3, "values": {"learning_rate": 1e-4}}),
        ("set", {"step": 8, "values": {"eye_weight": 9.0}}),
    ]


def test_a_fork_tells_what_its_origin_left_out_when_it_went_astray(origin, tmp_path):
    copy = shutil.copytree(origin, tmp_path / "copy")
    Changes(copy / "changes.json", SETTINGS).go_past(range(5, 7), 4, 0.5)
    told = []
    forked(copy, tmp_path / "fork", 8, lambda kind, **data: told.append((kind, data)))
    assert [data for kind, data in told if kind == "note"] == [
        {"step": 5, "text": "Steps 5 to 6 are left out: copy went astray."},
        {"step": 4, "text": "From step 4 on the rate is 0.5 of what is set: copy went astray."},
    ]


def test_a_fork_that_was_stopped_repeats_exactly(origin, first, source, tmp_path, recorder_type):
    straight = train(SETTINGS, *first, forked(origin, tmp_path / "1", 8, mouth_weight=5), TOTAL, source=source)
    run = forked(origin, tmp_path / "2", 8, mouth_weight=5)
    with pytest.raises(Stopped):
        train(SETTINGS, *first, run, TOTAL, recorder_type(ends_before_step(3, Stopped)), source=source)
    assert equal(train(SETTINGS, *first, run, TOTAL, source=source).checkpoint, straight.checkpoint)


def test_a_fork_lives_on_without_its_origin(origin, first, source, tmp_path):
    copy = shutil.copytree(origin, tmp_path / "copy")
    run = forked(copy, tmp_path / "fork", 12)
    for path in (copy / "checkpoints" / "step-00000012").iterdir():
        path.write_bytes(b"")
    shutil.rmtree(copy)
    assert equal(train(SETTINGS, *first, run, TOTAL, source=source).checkpoint, newest(origin))


def test_a_step_without_a_checkpoint_is_refused_and_those_that_have_one_are_named(origin, tmp_path):
    with pytest.raises(CheckpointError) as error:
        checkpoint_at(origin, 5)
    assert error.value.code == "checkpoint.missing"
    assert error.value.hint == "It has some at: 4, 8, 12, 14."
    for step in (None, 0):
        with pytest.raises(CheckpointError) as error:
            checkpoint_at(tmp_path, step)
        assert error.value.code == "checkpoint.missing"


def test_a_damaged_newest_checkpoint_is_passed_over_and_one_that_was_named_is_refused(origin, tmp_path):
    copy = shutil.copytree(origin, tmp_path / "copy")
    (copy / "checkpoints" / "step-00000014" / "optimiser.safetensors").write_bytes(b"x")
    assert checkpoint_at(copy, None).name == "step-00000012"
    with pytest.raises(CheckpointError) as error:
        forked(copy, tmp_path / "fork", 14)
    assert error.value.code == "checkpoint.damaged"


@pytest.mark.parametrize("values", [{"batch_size": 2}, {"seed": 1}, {"nonsense": 1}, {"learning_rate": 9}])
def test_settings_that_are_not_safe_are_refused_before_a_checkpoint_is_copied(origin, tmp_path, values):
    with pytest.raises(UsageError):
        forked(origin, tmp_path / "fork", 8, **values)
    assert not (tmp_path / "fork" / "checkpoints").exists()


def test_a_damaged_record_of_the_origin_is_refused(origin, tmp_path):
    copy = shutil.copytree(origin, tmp_path / "copy")
    (copy / "faces-1.json").write_text("{")
    with pytest.raises(RunError):
        forked(copy, tmp_path / "fork", 8)
