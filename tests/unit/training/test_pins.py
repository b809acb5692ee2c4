"""The faces that a user chose for the previews."""

import json

import cv2
import numpy as np
import pytest

from studio.core.errors import Stopped
from studio.training.loop import train
from tests.unit.training.quick import QUICK, Orders, ends_before_step, equal

PIN = {"n": 1, "command": "pin", "faces": {"a": [4, 1, 2], "b": [3]}}


def picture(folder, event):
    return cv2.imread(str(folder / event["path"]))


def test_pinned_faces_are_shown_at_once_and_from_there_on(faces, tmp_path, recorder):
    train(QUICK, *faces, tmp_path, 4, recorder, orders=Orders(at2=[PIN]))
    assert recorder.of("pinned") == [{"step": 2, "faces": PIN["faces"]}]
    assert [event["step"] for event in recorder.of("preview")] == [2, 4]
    for event in recorder.of("preview"):
        assert (event["rows"], event["faces"]) == (3, {"a": [4, 1, 2], "b": [3, 3, 3]})
        assert picture(tmp_path, event).shape == (3 * 64, 6 * 64, 3)


def test_a_row_shows_the_face_it_names(faces, tmp_path, recorder):
    for name, order in (("1", [1, 4]), ("2", [4, 1])):
        train(
            QUICK, *faces, tmp_path / name, 2, recorder, orders=Orders(at1=[{**PIN, "faces": {"a": order, "b": [0]}}])
        )
    one, other = (picture(tmp_path / name, {"path": "previews/step-00000002.png"})[:, :64] for name in "12")
    assert np.array_equal(one[:64], other[64:])
    assert np.array_equal(one[64:], other[:64])
    assert not np.array_equal(one[:64], one[64:])


def test_without_pins_four_faces_spread_over_each_faceset_are_shown(faces, tmp_path, recorder):
    train(QUICK, *faces, tmp_path, 1, recorder)
    (event,) = recorder.of("preview")
    assert (event["rows"], event["faces"]) == (4, {"a": [0, 1, 2, 4], "b": [0, 1, 2, 3]})


def test_a_resumed_run_shows_the_same_faces(faces, tmp_path, recorder_type):
    with pytest.raises(Stopped):
        stopping = recorder_type(ends_before_step(3, Stopped))
        train(QUICK, *faces, tmp_path, 5, stopping, orders=Orders(at1=[PIN]))
    again = recorder_type()
    train(QUICK, *faces, tmp_path, 5, again)
    assert [event["faces"]["a"] for event in again.of("preview")] == [[4, 1, 2]]


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"a": [1, 99, 77], "b": [0]}, "no face 99, 77 of A"),
        ({"a": [1], "b": [4]}, "no face 4 of B"),
        ({"a": [1]}, "'b' does not take"),
        ({"a": [1], "b": []}, "'b' does not take"),
        ({"a": list(range(13)), "b": [0]}, "'a' does not take"),
        ({"a": [1, 1], "b": [0]}, "once"),
        ({"a": [1], "b": [0], "c": [1]}, "no setting 'c'"),
        ({"a": ["me"], "b": [0]}, "does not take 'me'"),
        ([1], ""),
        (None, "does not take"),
    ],
)
def test_pins_that_make_no_sense_are_refused_and_change_nothing(faces, tmp_path, recorder, chosen, reason):
    orders = Orders(at1=[PIN], at2=[{"n": 7, "command": "pin", "faces": chosen}])
    assert train(QUICK, *faces, tmp_path, 3, recorder, orders=orders).steps == 3
    (refused,) = recorder.of("refused")
    assert (refused["n"], refused["command"]) == (7, "pin")
    assert reason in refused["reason"]
    assert json.loads((tmp_path / "pins.json").read_text()) == PIN["faces"]
    assert recorder.of("preview")[-1]["faces"]["a"] == [4, 1, 2]


@pytest.mark.parametrize("text", ["{", "", "7", '{"a": [0], "b": [99]}', '{"a": [0]}'])
def test_damaged_pins_are_told_and_stop_no_training(faces, tmp_path, recorder, text):
    (tmp_path / "pins.json").write_text(text)
    assert train(QUICK, *faces, tmp_path, 2, recorder).steps == 2
    assert any("previews show other faces" in note for note in recorder.notes)
    assert recorder.of("preview")[-1]["rows"] == 4


def test_pinned_faces_change_nothing_in_the_training(faces, tmp_path):
    pinned = train(QUICK, *faces, tmp_path / "1", 5, orders=Orders(at1=[PIN]))
    assert equal(pinned.checkpoint, train(QUICK, *faces, tmp_path / "2", 5).checkpoint)
