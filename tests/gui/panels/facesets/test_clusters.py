"""The cluster strip: whole clusters are kept, rejected, merged and split, and the grid goes along."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton

from studio.app.faceset.arrangement import Grouping
from studio.core.records import STATES
from tests.gui.panels.facesets.painted import words_on

K, M, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton
FACES = 60


@pytest.fixture
def strip(qtbot, hands):
    """The strip of four clusters, with the keys; the grid is grouped by them."""
    hands.panel.desk.clusters.count.setValue(4)
    hands.do("cluster")
    shown = hands.panel.desk.clusters.strip
    assert len(shown.facts) == 4
    shown.setFocus()
    hands.settle()
    return shown


def order(strip):
    return [facts.cluster for facts in strip.facts]


def members(hands, *clusters):
    return np.flatnonzero(np.isin(hands.session.faces.columns.clusters, clusters)).tolist()


def entries(hands):
    return [entry.title for entry in hands.window.studio.history.entries if not entry.undone]


def in_view(hands, index):
    rect = hands.grid.cell_rect(int(hands.grid.arrangement.rows[index]))
    return hands.grid.viewport().rect().contains(rect.center())


def click(qtbot, hands, strip, place, keys=M.NoModifier):
    strip._show(place)
    qtbot.mouseClick(strip.viewport(), LEFT, keys, strip.sheet(place).center())
    hands.settle()


def type_in(qtbot, hands, box, text):
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, K.Key_Return)
    hands.settle()


def test_before_faces_are_clustered_a_sentence_stands_in_the_place_of_the_strip(hands):
    bar = hands.panel.desk.clusters
    assert not bar.strip.isVisible()
    assert "keep or reject a whole one with one key" in bar._hint.text()
    assert bar._hint.isVisible()


def test_a_number_typed_in_the_box_and_return_cluster_the_faces_into_so_many(qtbot, hands):
    bar = hands.panel.desk.clusters
    for count in (3, 5):
        type_in(qtbot, hands, bar.count, str(count))
        assert len(bar.strip.facts) == count
        assert len(np.unique(hands.session.faces.columns.clusters)) == count
    assert hands.grid.isVisible()
    assert entries(hands)[:2] == ["Cluster into 5", "Cluster into 3"]


def test_more_clusters_than_faces_are_as_many_as_there_are_faces(qtbot, hands):
    type_in(qtbot, hands, hands.panel.desk.clusters.count, "900")
    strip = hands.panel.desk.clusters.strip
    assert len(strip.facts) == len(np.unique(hands.session.faces.columns.clusters)) <= FACES
    assert sum(facts.faces for facts in strip.facts) == FACES


def test_strip_and_grid_show_the_same_clusters_in_the_same_order_with_the_same_counts(hands, strip):
    sections = hands.grid.arrangement.sections
    assert hands.session.presentation.grouping is Grouping.CLUSTER
    assert [(s.key, len(s)) for s in sections] == [(f.cluster, f.faces) for f in strip.facts]
    assert sum(facts.faces for facts in strip.facts) == FACES
    for place, facts in enumerate(strip.facts):
        strip._show(place)
        assert f"Cluster {facts.cluster}   {facts.faces} faces" in words_on(strip.viewport(), strip.sheet(place))
    hands.grid.verticalScrollBar().setValue(0)
    assert words_on(hands.grid.viewport(), hands.grid.header_rect(0))[:2] == [
        f"Cluster {sections[0].key}", f"{len(sections[0])} faces"
    ]  # fmt: skip


def test_headers_show_how_many_of_a_cluster_are_rejected_and_the_share_that_is_used(hands, strip):
    first = members(hands, order(strip)[0])
    third = len(first) // 3
    hands.session.selection.replace(np.array(first[:third]))
    hands.grid.setFocus()
    hands.do("reject")
    hands.grid.verticalScrollBar().setValue(0)
    header = hands.grid.header_rect(0)
    assert words_on(hands.grid.viewport(), header)[2] == f"{third} rejected"
    picture = hands.grid.viewport().grab(header).toImage()
    line = [picture.pixelColor(x, header.height() // 2).name() for x in range(picture.width())]
    kept, rejected = (line.count(hands.window.theme.colour(token).name()) for token in ("kept", "rejected"))
    assert abs(kept / (kept + rejected) - (1 - third / len(first))) < 0.03


def test_the_strip_says_at_once_how_much_of_a_cluster_is_used_after_marks_in_the_grid(hands, strip):
    first = members(hands, order(strip)[0])
    strip._show(0)
    assert "all used" in words_on(strip.viewport(), strip.sheet(0))
    hands.grid.setFocus()
    for marked, words in ((first[:1], f"{round(100 - 100 / len(first))}% used"), (first, "rejected")):
        hands.session.selection.replace(np.array(marked))
        hands.do("reject")
        assert words in words_on(strip.viewport(), strip.sheet(0))


def test_arrows_go_from_sheet_to_sheet_and_lead_the_eye_to_the_faces_in_the_grid(hands, strip):
    for place in range(4):
        hands.key(K.Key_Right, on=strip)
        assert strip.chosen == [order(strip)[place]]
        assert hands.selected == members(hands, strip.chosen[0])
        assert in_view(hands, hands.session.selection.current)
        assert strip.viewport().rect().contains(strip.sheet(place))
    hands.key(K.Key_Right, on=strip)
    assert strip.chosen == [order(strip)[3]]
    hands.key(K.Key_Left, on=strip)
    assert strip.chosen == [order(strip)[2]]
    hands.key(K.Key_Home, on=strip)
    assert strip.chosen == [order(strip)[0]]
    hands.key(K.Key_End, on=strip)
    assert strip.chosen == [order(strip)[3]]
    assert strip.hasFocus()


def test_choosing_a_cluster_rings_its_dots_on_the_map_and_says_how_many_are_selected(qtbot, hands, strip):
    click(qtbot, hands, strip, 1)
    shown = hands.panel.desk.map.shown
    assert sorted(shown[hands.panel.desk.map.plot._ringed].tolist()) == members(hands, order(strip)[1])
    assert f"{strip.facts[1].faces} selected" in hands.status


def test_shift_and_arrows_choose_all_on_the_way_and_fewer_on_the_way_back(hands, strip):
    hands.key(K.Key_Right, on=strip)
    hands.key(K.Key_Right, on=strip)
    for _ in range(2):
        hands.key(K.Key_Right, M.ShiftModifier, on=strip)
    assert strip.chosen == order(strip)[1:4]
    hands.key(K.Key_Left, M.ShiftModifier, on=strip)
    assert strip.chosen == order(strip)[1:3]
    assert hands.selected == members(hands, *order(strip)[1:3])
    for _ in range(2):
        hands.key(K.Key_Left, M.ShiftModifier, on=strip)
    assert sorted(strip.chosen) == sorted(order(strip)[:2])


def test_ctrl_and_arrows_leave_the_choice_and_ctrl_space_adds_to_it_without_a_mouse(hands, strip):
    hands.key(K.Key_Right, on=strip)
    for _ in range(2):
        hands.key(K.Key_Right, M.ControlModifier, on=strip)
    assert strip.chosen == [order(strip)[0]]
    hands.key(K.Key_Space, M.ControlModifier, on=strip)
    assert strip.chosen == [order(strip)[0], order(strip)[2]]
    assert hands.selected == members(hands, order(strip)[0], order(strip)[2])
    hands.key(K.Key_Space, M.ControlModifier, on=strip)
    assert strip.chosen == [order(strip)[0]]


def test_clicks_choose_with_ctrl_some_with_shift_a_range_and_beside_the_sheets_none(qtbot, hands, strip):
    click(qtbot, hands, strip, 0)
    click(qtbot, hands, strip, 2, M.ControlModifier)
    assert strip.chosen == [order(strip)[0], order(strip)[2]]
    click(qtbot, hands, strip, 0, M.ControlModifier)
    assert strip.chosen == [order(strip)[2]]
    click(qtbot, hands, strip, 1)
    click(qtbot, hands, strip, 3, M.ShiftModifier)
    assert strip.chosen == order(strip)[1:]
    click(qtbot, hands, strip, 2, M.ShiftModifier)
    assert strip.chosen == order(strip)[1:3]
    qtbot.mouseClick(strip.viewport(), LEFT, pos=QPoint(2, 2))
    assert strip.chosen == []
    assert hands.selected == []


@pytest.mark.parametrize(("key", "state"), [(K.Key_P, "kept"), (K.Key_X, "rejected")])
def test_one_key_marks_a_whole_cluster_as_one_entry_and_goes_on_to_the_next(hands, strip, key, state):
    hands.key(K.Key_Right, on=strip)
    before, (first, second) = len(entries(hands)), order(strip)[:2]
    count = strip.facts[0].faces
    hands.key(key, M.ShiftModifier, on=strip)
    assert hands.faces == {state: count, "unmarked": FACES - count}
    assert {STATES[code].value for code in hands.session.faces.columns.states[members(hands, first)]} == {state}
    assert strip.chosen == [second]
    assert hands.selected == members(hands, second)
    assert len(entries(hands)) == before + 1
    hands.do("edit.undo")
    assert hands.faces == {"unmarked": FACES}


def test_the_whole_strip_is_judged_with_one_key_a_cluster(hands, strip):
    hands.key(K.Key_Home, on=strip)
    tomas = hands.from_clip("tomas.mp4")
    for cluster in order(strip):
        foreign = tomas[members(hands, cluster)].mean() > 0.5
        hands.key(K.Key_X if foreign else K.Key_P, M.ShiftModifier, on=strip)
    assert hands.faces == {"kept": 30, "rejected": 30}
    assert (hands.session.faces.rejected == tomas).all()
    assert strip.chosen == [order(strip)[-1]]


def test_a_button_acts_on_what_the_strip_has_chosen_although_filters_hide_all_its_faces(qtbot, hands, strip):
    target = order(strip)[1]
    hands.click(0) if in_view(hands, int(hands.grid.arrangement.order[0])) else hands.session.selection.set_current(0)
    hands.session.filters.set(
        hands.session.filters.value.changed({"clusters": frozenset(set(order(strip)) - {target})})
    )
    click(qtbot, hands, strip, 1)
    (button,) = [
        found
        for found in hands.panel.desk.clusters.findChildren(QToolButton)
        if found.accessibleName() == "Reject cluster"
    ]
    button.setFocus()
    qtbot.mouseClick(button, LEFT)
    hands.settle()
    assert np.flatnonzero(hands.session.faces.rejected).tolist() == members(hands, target)


def test_a_collapsed_cluster_is_rejected_whole_though_none_of_its_faces_is_selected(qtbot, hands, strip):
    target = order(strip)[1]
    hands.session.presentation.toggle(target)
    click(qtbot, hands, strip, 1)
    assert hands.selected == []
    hands.key(K.Key_X, M.ShiftModifier, on=strip)
    assert np.flatnonzero(hands.session.faces.rejected).tolist() == members(hands, target)


def test_clusters_chosen_with_shift_become_one_by_a_key_and_several_again_by_undo(hands, strip):
    first, second, *rest = order(strip)
    together = members(hands, first, second)
    hands.key(K.Key_Home, on=strip)
    hands.key(K.Key_Right, M.ShiftModifier, on=strip)
    before = len(entries(hands))
    hands.key(K.Key_M, on=strip)
    assert sorted(order(strip)) == sorted([first, *rest])
    assert members(hands, first) == together
    assert strip.chosen == [first]
    assert [len(s) for s in hands.grid.arrangement.sections] == [f.faces for f in strip.facts]
    assert len(entries(hands)) == before + 1
    hands.do("edit.undo")
    assert order(strip) == [first, second, *rest]


def test_merging_a_single_cluster_says_to_choose_another_one_too(hands, strip):
    hands.key(K.Key_Home, on=strip)
    hands.key(K.Key_M, on=strip)
    assert hands.message.startswith("Choose two or more clusters first")
    assert len(strip.facts) == 4


def test_a_number_of_parts_and_return_split_the_chosen_cluster_and_undo_heals_it(qtbot, hands, strip):
    target, others = order(strip)[0], order(strip)[1:]
    before = members(hands, target)
    hands.key(K.Key_Home, on=strip)
    for parts in (3, 2):
        type_in(qtbot, hands, hands.panel.desk.clusters.parts, str(parts))
        assert len(strip.facts) == 3 + parts
        new = set(order(strip)) - set(others)
        assert members(hands, *new) == before
        assert strip.chosen == [target]
        hands.do("edit.undo")
        assert members(hands, target) == before
    assert hands.grid.isVisible()


def test_splitting_several_clusters_or_none_says_to_choose_one(qtbot, hands, strip):
    hands.key(K.Key_Home, on=strip)
    hands.key(K.Key_Right, M.ShiftModifier, on=strip)
    hands.key(K.Key_K, M.ShiftModifier, on=strip)
    assert hands.message.startswith("Choose one cluster to split")
    assert len(strip.facts) == 4


def test_a_cluster_of_one_face_says_that_it_cannot_be_divided_and_makes_no_entry(qtbot, hands, strip):
    type_in(qtbot, hands, hands.panel.desk.clusters.count, "50")
    alone = next(place for place, facts in enumerate(strip.facts) if facts.faces == 1)
    click(qtbot, hands, strip, alone)
    before = len(entries(hands))
    hands.key(K.Key_K, M.ShiftModifier, on=strip)
    assert f"cluster {strip.chosen[0]} are too much alike to be divided" in hands.message
    assert len(entries(hands)) == before


def test_without_a_strip_the_keys_mean_the_cluster_of_the_selected_face(hands, strip):
    hands.grid.setFocus()
    hands.session.selection.replace(np.array([0]))
    hands.session.selection.set_current(0)
    strip.choose([cluster for cluster in order(strip) if cluster != hands.session.faces.columns.clusters[0]][:1])
    hands.key(K.Key_X, M.ShiftModifier)
    cluster = hands.session.faces.columns.clusters[0]
    assert np.flatnonzero(hands.session.faces.rejected).tolist() == members(hands, cluster)


def test_a_screen_reader_hears_what_is_chosen_in_the_strip(hands, strip):
    assert strip.accessibleName() == "Clusters"
    hands.key(K.Key_Home, on=strip)
    hands.key(K.Key_Right, M.ControlModifier, on=strip)
    first, second = order(strip)[:2]
    assert strip.accessibleDescription() == f"cluster {first} chosen; at cluster {second}"
