"""The table of actions."""

import pytest

from studio.app.actions import WINDOW_ACTIONS, Action, ActionTable
from studio.app.faceset.actions import FACESET_ACTIONS
from studio.app.training.actions import TRAINING_ACTIONS


def test_two_actions_with_one_id_are_refused():
    with pytest.raises(ValueError, match=r"called 'a\.b'"):
        ActionTable([Action("a.b", "One", "First"), Action("a.b", "Two", "Second")])


def test_one_key_for_two_things_in_one_place_is_refused():
    with pytest.raises(ValueError, match="share the shortcut 'X'"):
        ActionTable([Action("a", "One", "First", "X"), Action("b", "Two", "Second", "X")])


def test_a_key_of_the_window_is_taken_in_every_panel():
    with pytest.raises(ValueError, match="share"):
        ActionTable([Action("a", "One", "First", "X"), Action("b", "Two", "Second", "X", context="panel.training")])


def test_two_panels_may_use_the_same_key():
    table = ActionTable([
        Action("a", "One", "First", "X", context="panel.facesets"),
        Action("b", "Two", "Second", "X", context="panel.training"),
    ])  # fmt: skip
    assert [action.id for action in table] == ["a", "b"]


def test_a_screen_reader_does_not_hear_the_ellipsis():
    assert Action("a", "Open project…", "Open one").accessible_name == "Open project"


def test_everything_the_program_can_do_fits_into_one_table():
    table = ActionTable((*WINDOW_ACTIONS, *FACESET_ACTIONS, *TRAINING_ACTIONS))
    assert table["edit.undo"].shortcut == "Ctrl+Z"
    assert table["help.keys"].shortcut == "?"


def test_words_in_any_order_find_an_action():
    table = ActionTable([
        Action("a", "Reject", "Leave the selected faces out", menu="Faceset/Mark"),
        Action("b", "Select cluster", "Select all faces of the cluster"),
    ])  # fmt: skip
    assert [action.id for action in table.matching("cluster select")] == ["b"]
    assert [action.id for action in table.matching("mark")] == ["a"]
    assert [action.id for action in table.matching("")] == ["a", "b"]
    assert table.matching("zebra") == []


def test_what_begins_with_the_words_comes_first():
    table = ActionTable([Action("a", "Undo", "Take the rejection back"), Action("b", "Reject", "Leave them out")])
    assert [action.id for action in table.matching("rej")] == ["b", "a"]
