"""Marking faces by keys, and what of it is still there after a restart."""

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from studio.app.faceset.arrangement import Grouping
from studio.core.records import FaceState
from studio.ui.application import build
from tests.gui.waiting import settled

KEY = Qt.Key


def test_keys_mark_the_current_face_and_lead_to_the_next(hands):
    hands.click(0)
    for key in (KEY.Key_P, KEY.Key_X, KEY.Key_X):
        hands.key(key)
    assert hands.faces == {"kept": 1, "rejected": 2, "unmarked": 57}
    assert hands.session.selection.current == 3
    hands.click(1)
    hands.key(KEY.Key_U)
    assert hands.faces == {"kept": 1, "rejected": 1, "unmarked": 58}


def test_several_faces_are_one_entry_and_nothing_moves_on(hands):
    hands.click(0)
    hands.click(4, Qt.KeyboardModifier.ShiftModifier)
    hands.click(2, Qt.KeyboardModifier.ControlModifier)
    assert hands.selected == [0, 1, 3, 4]
    hands.key(KEY.Key_X)
    assert hands.selected == [0, 1, 3, 4]
    hands.do("edit.undo")
    assert hands.faces == {"unmarked": 60}


def test_a_rubber_band_all_invert_and_none_select(qtbot, hands):
    viewport, grid = hands.grid.viewport(), hands.grid
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=grid.cell_rect(0).center())
    for step in (20, 80, 132):
        qtbot.mouseMove(viewport, grid.cell_rect(0).center() + QPoint(step, 0))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=grid.cell_rect(1).center())
    assert hands.selected == [0, 1]
    hands.do("invert")
    assert hands.selected == list(range(2, 60))
    hands.do("select_all")
    assert len(hands.selected) == 60
    hands.do("select_none")
    assert hands.selected == []


def test_space_goes_to_the_next_face_nobody_has_seen_and_the_status_says_how_far_it_is(hands):
    hands.session.faces.set_seen(np.arange(60), seen=False)
    hands.click(0)
    hands.key(KEY.Key_Space)
    assert hands.session.selection.current == 1
    assert "of 60 seen" in hands.status


def test_collapsed_faces_are_passed_over_by_keys_and_by_select_all(hands):
    hands.do("cluster")
    assert hands.session.presentation.grouping is Grouping.CLUSTER
    sections = hands.grid.arrangement.sections
    hands.session.presentation.toggle(sections[0].key)
    hands.do("select_all")
    assert len(hands.selected) == 60 - len(sections[0])
    hands.do("collapse_all")
    hands.do("select_all")
    assert hands.selected == []


def test_similar_faces_and_the_cluster_of_a_face_are_selected(hands):
    mira = hands.from_clip("mira.mp4")
    hands.click(0)
    hands.do("select_similar")
    assert len(hands.selected) > 20
    hands.do("cluster")
    hands.session.selection.replace(np.array([0]))
    hands.do("select_cluster")
    clusters = hands.session.faces.columns.clusters
    assert hands.selected == np.flatnonzero(clusters == clusters[0]).tolist()
    assert mira[hands.selected].all()


def test_similar_faces_are_looked_for_among_those_that_pass_the_filters(hands):
    frames = hands.session.faces.columns.frames
    hands.click(0)
    hands.do("select_similar")
    best = hands.selected[1:]
    hands.session.filters.limit("blur", float(np.median(hands.session.faces.columns.blur)), None)
    shown = hands.session.presentation.arrangement.order
    hands.session.selection.replace(shown[:1])
    hands.do("select_similar")
    assert len(hands.selected) == len(shown) < len(frames)
    assert set(hands.selected) == set(shown.tolist())
    assert not set(best) <= set(shown.tolist())


def test_marks_and_undo_reach_over_a_restart(qtbot, hands, folder):
    hands.click(0)
    hands.key(KEY.Key_X)
    hands.window.close()
    _, again = build(["studio", str(folder)])
    again.show()
    try:
        qtbot.waitUntil(lambda: bool(again.studio.people), timeout=20_000)
        panel = again.findChild(QWidget, "panel.facesets")
        qtbot.waitUntil(lambda: panel.session.ready, timeout=20_000)
        assert panel.session.faces.counts()[FaceState.REJECTED] == 1
        again.actions_table["edit.undo"].trigger()
        settled(qtbot, again.studio)
        assert panel.session.faces.counts()[FaceState.REJECTED] == 0
    finally:
        again.close()
        again.deleteLater()


def test_a_faceset_whose_faces_are_all_rejected_says_so_with_the_way_back(hands):
    hands.do("select_all")
    hands.do("reject")
    notice = hands.find("facesets.notice")
    assert notice.isVisible()
    assert "All 60 faces are rejected" in notice.text
    hands.do("edit.undo")
    assert not notice.isVisible()
