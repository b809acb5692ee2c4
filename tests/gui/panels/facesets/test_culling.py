"""Culling real faces with keys and mouse: what a key does, to which faces, and where the eye goes next."""

import gc

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from studio.app.actions import ActionTable
from studio.app.faceset.arrangement import Grouping
from studio.app.faceset.filters import FilterSet
from studio.app.settings import UserSettings
from studio.app.studio import Studio
from studio.core.project import Project
from studio.core.records import STATES, FaceState
from studio.ui.adapters.background import QtBackground
from studio.ui.application import ACTIONS
from studio.ui.main_window import MainWindow
from tests.gui.waiting import settled

K, M = Qt.Key, Qt.KeyboardModifier
FACES = 60


def states(hands):
    """The state of each face by its index."""
    return [STATES[code].value for code in hands.session.faces.columns.states]


def entries(hands):
    """Titles of the journal's entries that are in force, the newest first."""
    return [entry.title for entry in hands.window.studio.history.entries if not entry.undone]


def seen(hands):
    """Indices of the faces the store says were seen."""
    hands.session.seen.flush()
    hands.settle()
    with Project(hands.window.studio.project.folder) as project:
        return np.flatnonzero(project.store.faces.columns(hands.session.identity).seen).tolist()


def by_clip(hands):
    """Group by source, so that there are two sections: 30 faces of Mira's clip, then 30 of Tomas's."""
    hands.session.presentation.group(Grouping.SOURCE)
    return hands.session.presentation.arrangement.sections


def on_chevron(qtbot, hands, number):
    rect = hands.grid.header_rect(number)
    qtbot.mouseClick(hands.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(12, rect.center().y()))


def on_header(qtbot, hands, number, keys=M.NoModifier):
    rect = hands.grid.header_rect(number)
    qtbot.mouseClick(hands.grid.viewport(), Qt.MouseButton.LeftButton, keys, QPoint(120, rect.center().y()))


def drag(qtbot, hands, start, end, keys=M.NoModifier):
    viewport = hands.grid.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, keys, start)
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(viewport, start + (end - start) * share)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, keys, end)


@pytest.fixture
def glimpsed(studio):
    """Faces so small that lying in view does not make them seen."""
    studio.user.change(thumbnail_size=64)


@pytest.fixture
def reopened(qtbot, hands, theme):
    """Builds another window on the same project after the first one was closed."""
    made = []

    def build():
        hands.window.close()
        session = Studio(QtBackground(), UserSettings())
        window = MainWindow(session, theme, ActionTable(ACTIONS))
        made.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.open_project(folder)
        settled(qtbot, session)
        qtbot.waitUntil(lambda: window.findChild(QWidget, "panel.facesets") is not None, timeout=10_000)
        again = type(hands)(qtbot, window)
        qtbot.waitUntil(lambda: again.session.ready, timeout=20_000)
        window.activateWindow()
        qtbot.waitActive(window)
        again.settle()
        return again

    folder = hands.window.studio.project.folder
    yield build
    for window in made:
        window.close()
        window.deleteLater()
    made.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


@pytest.mark.parametrize(("key", "state"), [(K.Key_P, "kept"), (K.Key_X, "rejected")])
def test_a_key_marks_the_chosen_face_and_u_takes_the_mark_away(hands, key, state):
    hands.click(4)
    hands.key(key)
    assert states(hands)[4] == state
    assert hands.faces == {state: 1, "unmarked": FACES - 1}
    hands.click(4)
    hands.key(K.Key_U)
    assert hands.faces == {"unmarked": FACES}


def test_a_mark_without_a_face_says_to_choose_one(hands):
    slider = hands.find("facesets.zoom")
    slider.setFocus()
    hands.session.selection.set_current(-1)
    hands.session.selection.clear()
    hands.key(K.Key_X, on=slider)
    assert hands.message == "Choose a face first."
    assert hands.faces == {"unmarked": FACES}


def test_after_a_single_mark_the_next_face_is_chosen(hands):
    hands.click(4)
    hands.key(K.Key_P)
    assert (hands.selected, hands.session.selection.current) == ([5], 5)
    hands.key(K.Key_X)
    assert states(hands)[4:7] == ["kept", "rejected", "unmarked"]
    assert hands.selected == [6]


def test_the_one_that_is_selected_is_left_for_the_next_wherever_the_keys_have_wandered(hands):
    hands.click(4)
    hands.key(K.Key_Right, M.ControlModifier)
    hands.key(K.Key_Right, M.ControlModifier)
    assert (hands.selected, hands.session.selection.current) == ([4], 6)
    hands.key(K.Key_X)
    assert states(hands)[4] == "rejected"
    assert hands.selected == [5]


def test_advancing_by_itself_can_be_switched_off_and_stays_off(hands):
    hands.window.actions_table["facesets.advance"].trigger()
    hands.click(4)
    hands.key(K.Key_P)
    assert hands.selected == [4]
    hands.window.studio.user.flush()
    assert not UserSettings().values.auto_advance
    hands.window.actions_table["facesets.advance"].trigger()
    hands.key(K.Key_P)
    assert hands.selected == [5]


def test_after_marking_many_the_selection_stays(hands):
    hands.click(2)
    hands.click(6, M.ShiftModifier)
    hands.key(K.Key_X)
    assert hands.selected == [2, 3, 4, 5, 6]
    assert hands.session.selection.current == 6


def test_the_last_face_stays_chosen_and_where_a_filter_hides_it_the_one_before_is(hands):
    hands.key(K.Key_End)
    hands.key(K.Key_P)
    assert hands.selected == [FACES - 1]
    hands.session.filters.set(FilterSet(states=frozenset({FaceState.UNMARKED})))
    hands.key(K.Key_End)
    assert hands.selected == [FACES - 2]
    hands.key(K.Key_X)
    assert hands.selected == [FACES - 3]


def test_a_rejected_face_that_a_filter_hides_gives_way_to_the_next(hands):
    hands.session.filters.set(FilterSet(states=frozenset({FaceState.UNMARKED})))
    hands.click(4)
    hands.key(K.Key_X)
    hands.key(K.Key_X)
    assert states(hands)[4:7] == ["rejected", "rejected", "unmarked"]
    assert hands.selected == [6]


def test_marks_of_several_faces_are_one_entry_that_one_undo_takes_back(hands):
    hands.click(2)
    hands.click(6, M.ShiftModifier)
    hands.key(K.Key_X)
    assert hands.faces == {"rejected": 5, "unmarked": FACES - 5}
    assert entries(hands)[0] == "Reject 5 faces"
    hands.key(K.Key_Z, M.ControlModifier)
    assert hands.faces == {"unmarked": FACES}
    assert states(hands)[2] == "unmarked"
    hands.key(K.Key_Z, M.ControlModifier | M.ShiftModifier)
    assert hands.faces == {"rejected": 5, "unmarked": FACES - 5}


def test_marking_what_is_marked_already_makes_no_entry(hands):
    hands.click(3)
    hands.key(K.Key_P)
    before = entries(hands)
    hands.click(3)
    hands.key(K.Key_P)
    assert entries(hands) == before


def test_arrows_home_end_and_page_keys_move_the_choice(hands):
    columns = hands.grid.geometry_of_cells.columns
    hands.click(0)
    for key, row in ((K.Key_Right, 1), (K.Key_Down, 1 + columns), (K.Key_Left, columns), (K.Key_Up, 0)):
        hands.key(key)
        assert hands.selected == [row]
    hands.key(K.Key_End)
    assert hands.selected == [FACES - 1]
    assert FACES - 1 in hands.grid.rows_in_view(whole=True)
    hands.key(K.Key_PageUp)
    (row,) = hands.selected
    assert (FACES - 1 - row) % columns == 0
    assert row < FACES - columns
    hands.key(K.Key_PageDown)
    assert hands.selected == [FACES - 1]
    hands.key(K.Key_Home)
    assert hands.selected == [0]
    assert 0 in hands.grid.rows_in_view(whole=True)


def test_shift_with_arrows_extends_and_shrinks_and_ctrl_moves_alone(hands):
    hands.click(10)
    for _ in range(3):
        hands.key(K.Key_Right, M.ShiftModifier)
    assert hands.selected == [10, 11, 12, 13]
    hands.key(K.Key_Left, M.ShiftModifier)
    assert hands.selected == [10, 11, 12]
    hands.key(K.Key_Right, M.ControlModifier)
    assert (hands.selected, hands.session.selection.current) == ([10, 11, 12], 13)
    hands.key(K.Key_Home, M.ShiftModifier)
    assert hands.selected == list(range(14))


def test_shift_clicks_select_a_range_and_ctrl_clicks_single_faces(hands):
    hands.click(3)
    hands.click(8, M.ShiftModifier)
    assert hands.selected == [3, 4, 5, 6, 7, 8]
    hands.click(5, M.ControlModifier)
    hands.click(12, M.ControlModifier)
    assert hands.selected == [3, 4, 6, 7, 8, 12]
    assert "6 selected" in hands.status
    hands.click(14, M.ControlModifier | M.ShiftModifier)
    assert hands.selected == [3, 4, 6, 7, 8, 12, 13, 14]


def test_a_rubber_band_selects_what_it_touches_and_adds_with_ctrl(qtbot, hands):
    columns = hands.grid.geometry_of_cells.columns
    first, last = hands.grid.cell_rect(0), hands.grid.cell_rect(columns + 1)
    drag(qtbot, hands, first.topLeft() - QPoint(4, 4), last.center())
    assert hands.selected == [0, 1, columns, columns + 1]
    drag(qtbot, hands, hands.grid.cell_rect(4).center(), hands.grid.cell_rect(3).center(), M.ControlModifier)
    assert hands.selected == [0, 1, 3, 4, columns, columns + 1]
    hands.key(K.Key_X)
    assert hands.faces == {"rejected": 6, "unmarked": FACES - 6}


def test_all_none_and_inverted(hands):
    hands.key(K.Key_A, M.ControlModifier)
    assert hands.selected == list(range(FACES))
    hands.key(K.Key_A, M.ControlModifier | M.ShiftModifier)
    assert hands.selected == []
    assert "selected" not in hands.status
    hands.click(0)
    hands.click(9, M.ShiftModifier)
    hands.key(K.Key_I, M.ControlModifier)
    assert hands.selected == list(range(10, FACES))


def test_g_selects_the_whole_cluster_of_the_chosen_face(hands):
    hands.panel.desk.clusters.count.setValue(4)
    hands.do("cluster")
    clusters = hands.session.faces.columns.clusters
    hands.session.presentation.group(Grouping.NONE)
    hands.click(0)
    hands.key(K.Key_G)
    assert hands.selected == np.flatnonzero(clusters == clusters[0]).tolist()
    assert 1 < len(hands.selected) < FACES


def test_g_before_there_are_clusters_says_so_and_leaves_the_selection(hands):
    hands.click(3)
    hands.key(K.Key_G)
    assert "Cluster faces" in hands.message
    assert hands.selected == [3]


def test_s_selects_faces_of_the_same_person_before_those_of_another(hands):
    his = hands.from_clip("tomas.mp4")
    hands.session.selection.replace(np.flatnonzero(his)[:3])
    hands.key(K.Key_S)
    chosen = hands.session.selection.mask
    assert chosen[his].mean() > chosen[~his].mean()
    assert chosen.sum() > 3


def test_space_leaves_the_face_as_it_is_and_goes_to_the_next_unseen_one(glimpsed, hands):
    hands.click(4)
    hands.session.seen.note(np.array([5, 6]))
    hands.key(K.Key_Space)
    assert hands.selected == [7]
    assert seen(hands) == [4, 5, 6]
    assert hands.faces == {"unmarked": FACES}


def test_space_begins_again_at_the_top_after_the_last_and_says_when_all_are_seen(glimpsed, hands):
    hands.session.seen.note(np.delete(np.arange(FACES), [1, FACES - 1]))
    hands.key(K.Key_End)
    hands.key(K.Key_Space)
    assert hands.selected == [1]
    hands.key(K.Key_Space)
    assert hands.message == "Every face that is shown was seen."
    assert "all seen" in hands.status
    assert hands.selected == [1]


def test_n_goes_to_the_first_unseen_face_from_anywhere(glimpsed, hands):
    hands.session.seen.note(np.arange(23))
    hands.click(0)
    hands.key(K.Key_N)
    assert hands.selected == [23]
    assert 23 in hands.grid.rows_in_view(whole=True)
    hands.session.seen.note(np.arange(FACES))
    hands.key(K.Key_N)
    assert hands.message == "Every face that is shown was seen."


def test_marked_faces_count_as_seen_and_the_status_line_says_how_far_the_scan_is(glimpsed, hands):
    assert f"0 of {FACES} seen" in hands.status
    hands.click(2)
    hands.click(6, M.ShiftModifier)
    hands.key(K.Key_X)
    assert f"5 of {FACES} seen" in hands.status
    assert seen(hands) == [2, 3, 4, 5, 6]


def test_space_presses_the_button_that_has_the_focus(hands):
    hands.click(4)
    button = hands.find("facesets.reject")
    assert isinstance(button, QToolButton)
    hands.key(K.Key_Space, on=button)
    assert states(hands)[4] == "rejected"


def test_culling_keys_work_from_everywhere_in_the_panel(hands):
    hands.click(4)
    hands.key(K.Key_X, on=hands.find("facesets.zoom"))
    assert states(hands)[4] == "rejected"


def test_a_scan_goes_on_where_it_stopped_when_the_window_was_closed(glimpsed, hands, reopened):
    hands.click(0)
    for _ in range(12):
        hands.key(K.Key_Space)
    again = reopened()
    assert f"12 of {FACES} seen" in again.status
    assert again.selected == [12]
    assert 12 in again.grid.rows_in_view(whole=True)


def test_the_last_edit_is_taken_back_and_made_again_after_a_restart(hands, reopened):
    hands.click(2)
    hands.click(6, M.ShiftModifier)
    hands.key(K.Key_X)
    hands.click(10)
    hands.key(K.Key_P)
    again = reopened()
    assert again.faces == {"kept": 1, "rejected": 5, "unmarked": FACES - 6}
    again.key(K.Key_Z, M.ControlModifier)
    assert again.faces == {"rejected": 5, "unmarked": FACES - 5}
    again.key(K.Key_Z, M.ControlModifier)
    assert again.faces == {"unmarked": FACES}
    assert set(states(again)) == {"unmarked"}
    again.key(K.Key_Z, M.ControlModifier | M.ShiftModifier)
    assert again.faces == {"rejected": 5, "unmarked": FACES - 5}
    assert states(again)[2:7] == ["rejected"] * 5


def test_what_was_undone_can_be_made_again_after_a_restart(hands, reopened):
    hands.click(2)
    hands.key(K.Key_X)
    hands.key(K.Key_Z, M.ControlModifier)
    again = reopened()
    again.key(K.Key_Z, M.ControlModifier | M.ShiftModifier)
    assert again.faces == {"rejected": 1, "unmarked": FACES - 1}


def test_arrows_step_over_a_collapsed_section(qtbot, hands):
    first, second = by_clip(hands)
    on_chevron(qtbot, hands, 0)
    hands.session.selection.clear()
    hands.key(K.Key_Home)
    order = hands.session.presentation.arrangement.order
    assert hands.selected == [order[second.start]]
    hands.key(K.Key_Left)
    hands.key(K.Key_Up)
    assert hands.selected == [order[second.start]]
    on_chevron(qtbot, hands, 0)
    hands.key(K.Key_Left)
    assert hands.selected == [order[first.stop - 1]]


def test_select_all_and_invert_leave_out_what_is_collapsed(qtbot, hands):
    first, second = by_clip(hands)
    order = hands.session.presentation.arrangement.order
    on_chevron(qtbot, hands, 0)
    hands.key(K.Key_A, M.ControlModifier)
    assert hands.selected == sorted(order[second.start : second.stop].tolist())
    hands.key(K.Key_I, M.ControlModifier)
    assert hands.selected == []
    hands.key(K.Key_A, M.ControlModifier)
    hands.key(K.Key_X)
    assert hands.faces == {"rejected": len(second), "unmarked": len(first)}


def test_a_rubber_band_over_a_collapsed_section_selects_only_what_can_be_seen(qtbot, hands):
    _first, second = by_clip(hands)
    on_chevron(qtbot, hands, 0)
    order = hands.session.presentation.arrangement.order
    end = hands.grid.cell_rect(second.start + 1)
    drag(qtbot, hands, QPoint(end.right() + 2, end.bottom()), QPoint(2, 4))
    assert hands.selected == sorted(order[second.start : second.start + 2].tolist())


def test_a_range_over_a_collapsed_section_leaves_its_faces_out(qtbot, hands):
    hands.panel.desk.clusters.count.setValue(5)
    hands.do("cluster")
    hands.grid.set_cell(64)
    sections = hands.session.presentation.arrangement.sections
    on_chevron(qtbot, hands, 1)
    hands.grid.verticalScrollBar().setValue(0)
    hands.click(sections[0].start)
    hands.click(sections[2].start, M.ShiftModifier)
    order = hands.session.presentation.arrangement.order
    inside = [*range(sections[0].start, sections[0].stop), sections[2].start]
    assert hands.selected == sorted(order[inside].tolist())


def test_a_click_on_a_header_selects_its_faces_and_with_ctrl_adds_or_takes_them(qtbot, hands):
    hands.grid.set_cell(64)
    first, second = by_clip(hands)
    order = hands.session.presentation.arrangement.order
    upper = sorted(order[first.start : first.stop].tolist())
    on_header(qtbot, hands, 0)
    assert hands.selected == upper
    on_header(qtbot, hands, 1, M.ControlModifier)
    assert len(hands.selected) == FACES
    on_header(qtbot, hands, 1, M.ControlModifier)
    assert hands.selected == upper
    hands.key(K.Key_X)
    assert hands.faces == {"rejected": len(first), "unmarked": len(second)}


def test_the_header_of_a_collapsed_section_still_selects_its_faces(qtbot, hands):
    first, _second = by_clip(hands)
    on_chevron(qtbot, hands, 0)
    on_header(qtbot, hands, 0)
    order = hands.session.presentation.arrangement.order
    assert hands.selected == sorted(order[first.start : first.stop].tolist())


def test_t_collapses_the_section_of_the_chosen_face_and_all_can_be_collapsed_and_opened(hands):
    by_clip(hands)
    hands.click(0)
    hands.key(K.Key_T)
    assert [section.collapsed for section in hands.session.presentation.arrangement.sections] == [True, False]
    hands.key(K.Key_T, M.ControlModifier | M.ShiftModifier)
    assert [section.collapsed for section in hands.session.presentation.arrangement.sections] == [True, True]
    hands.key(K.Key_T, M.ControlModifier)
    assert not any(section.collapsed for section in hands.session.presentation.arrangement.sections)
