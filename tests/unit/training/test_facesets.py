"""A training that is told to take the latest faces."""

import json

import pytest

from studio.core.errors import ConsentError, FacesetError, RunError, Stopped
from studio.core.records import TrainingFace
from studio.training.loop import train
from studio.training.state import TrainingState
from tests.unit.training.quick import QUICK, Faces, Orders, ends_before_step, equal

LATEST = {"n": 3, "command": "latest"}
ORDERED, FIRST, TOTAL = 6, 11, 14


@pytest.fixture
def first(faces):
    """Three faces of A and three of B."""
    return faces[0][:3], faces[1][:3]


@pytest.fixture
def source(faces):
    """Four faces of A, in another order, and four of B are kept now."""
    return Faces(faces, ([*faces[0][3:], *faces[0][:2]], faces[1]))


def go_on(first, folder, source, reporter=None, total=TOTAL, ordered=ORDERED):
    orders = Orders(**{f"at{ordered}": [LATEST]})
    return train(QUICK, *first, folder, total, reporter, orders=orders, source=source)


def drawn(monkeypatch):
    """What each step was given, as bytes by step."""
    update, seen = TrainingState.update, {}

    def noted(self, *args):
        seen[self.step] = args[0].targets.tobytes() + args[1].targets.tobytes()
        return update(self, *args)

    monkeypatch.setattr(TrainingState, "update", noted)
    return seen


def test_the_latest_faces_are_taken_from_the_first_step_that_is_not_prepared(
    first, source, tmp_path, recorder, monkeypatch
):
    seen = drawn(monkeypatch)
    result = go_on(first, tmp_path / "1", source, recorder)
    with_latest = dict(seen)
    assert recorder.of("latest") == [{"step": FIRST, "a": 4, "b": 4}]
    assert result.faces == (4, 4)
    train(QUICK, *first, tmp_path / "2", TOTAL)
    assert [step for step in range(TOTAL) if with_latest[step] != seen[step]] == list(range(FIRST, TOTAL))
    train(QUICK, *source.kept(), tmp_path / "3", TOTAL)
    assert all(with_latest[step] == seen[step] for step in range(FIRST, TOTAL))


def test_which_faces_and_from_when_is_recorded_in_the_run(first, source, tmp_path):
    go_on(first, tmp_path, source)
    assert json.loads((tmp_path / "changes.json").read_text()) == [{"step": FIRST, "faces": 1}]
    assert json.loads((tmp_path / "faces-1.json").read_text()) == {"a": [3, 4, 0, 1], "b": [0, 1, 2, 3]}


@pytest.mark.parametrize("how", [KeyboardInterrupt, Stopped])
@pytest.mark.parametrize("end", [ORDERED + 2, FIRST, FIRST + 2])
def test_a_resumed_run_takes_the_same_faces_at_the_same_step(first, source, tmp_path, recorder_type, how, end):
    straight = go_on(first, tmp_path / "1", source)
    with pytest.raises(how):
        go_on(first, tmp_path / "2", source, recorder_type(ends_before_step(end, how)))
    # What is kept now is another matter: the run has its own list.
    source.now = FacesetError("none is kept")
    resumed = train(QUICK, *first, tmp_path / "2", TOTAL, source=source)
    assert equal(resumed.checkpoint, straight.checkpoint)
    assert resumed.faces == (4, 4)


def test_the_later_of_two_orders_holds(first, faces, source, tmp_path, recorder):
    class Twice(Faces):
        def kept(self):
            self.now = (self.now[0][:-1], self.now[1])
            return self.now

    orders = Orders(at1=[LATEST], at3=[LATEST])
    result = train(QUICK, *first, tmp_path, 12, recorder, orders=orders, source=Twice(faces, faces))
    assert [(event["step"], event["a"]) for event in recorder.of("latest")] == [(6, 4), (8, 3)]
    assert result.faces == (3, 4)


def test_an_order_in_the_last_steps_holds_for_the_steps_a_resumed_run_adds(first, source, tmp_path, recorder):
    assert go_on(first, tmp_path, source, recorder, total=8, ordered=7).faces == (3, 3)
    assert recorder.of("latest") == [{"step": 8, "a": 4, "b": 4}]
    assert train(QUICK, *first, tmp_path, 10, source=source).faces == (4, 4)


def damaged(face, folder, how):
    folder.mkdir()
    made = TrainingFace(9, folder / "9.png", folder / "9.masks.png")
    made.image.write_bytes(face.image.read_bytes())
    made.masks.write_bytes(face.masks.read_bytes())
    if how == "missing":
        made.masks.unlink()
    elif how == "cut":
        made.image.write_bytes(face.image.read_bytes()[:-40])
    else:
        made.image.write_bytes(b"" if how == "empty" else b"no picture at all" * 9)
    return made


@pytest.mark.parametrize("how", ["missing", "cut", "empty", "text", "nobody", "consent"])
def test_faces_that_cannot_be_taken_are_refused_and_the_training_goes_on_with_the_old_ones(
    first, source, faces, tmp_path, recorder, how
):
    if how == "consent":
        source.now = ConsentError("The record of anna was revoked.")
    elif how == "nobody":
        source.now = (faces[0], [])
    else:
        source.now = (faces[0], [*faces[1], damaged(faces[1][0], tmp_path / "files", how)])
    result = go_on(first, tmp_path / "1", source, recorder)
    (refused,) = recorder.of("refused")
    assert (refused["n"], refused["command"]) == (3, "latest")
    assert refused["reason"]
    assert not list((tmp_path / "1").glob("faces-*"))
    assert equal(result.checkpoint, train(QUICK, *first, tmp_path / "2", TOTAL).checkpoint)


def test_faces_taken_later_can_be_pinned(first, source, tmp_path, recorder):
    pin = {"n": 4, "command": "pin", "faces": {"a": [4], "b": [3]}}
    orders = Orders(at1=[pin], at2=[LATEST], at3=[pin])
    train(QUICK, *first, tmp_path, 5, recorder, orders=orders, source=source)
    assert [event["command"] for event in recorder.of("refused")] == ["pin"]
    assert [event["step"] for event in recorder.of("pinned")] == [3]


@pytest.mark.parametrize("text", ["", "{", '{"a": [1]}', '{"a": 1, "b": [1]}'])
def test_a_damaged_list_of_faces_is_told_before_anything_is_trained(first, source, tmp_path, text):
    go_on(first, tmp_path, source)
    (tmp_path / "faces-1.json").write_text(text)
    with pytest.raises(RunError) as error:
        train(QUICK, *first, tmp_path, TOTAL, source=source)
    assert error.value.code == "run.damaged"
