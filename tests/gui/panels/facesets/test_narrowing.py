"""Map, filters, coverage, clusters and drops: the ways from many faces to some."""

import numpy as np
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QToolButton

from studio.core.records import FaceState
from studio.core.resources import assets
from studio.core.runs import all_runs

NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


def _lasso(qtbot, plot, spots, keys=NONE):
    low, high = spots.min(axis=0) - 6, spots.max(axis=0) + 6
    corners = [QPointF(*c).toPoint() for c in (low, (high[0], low[1]), high, (low[0], high[1]))]
    qtbot.mousePress(plot, LEFT, keys, corners[0])
    for corner in corners[1:]:
        qtbot.mouseMove(plot, corner)
    qtbot.mouseRelease(plot, LEFT, keys, corners[-1])


def test_a_lasso_around_one_person_on_the_map_selects_their_faces_in_the_grid(qtbot, hands):
    face_map = hands.panel.desk.map
    qtbot.waitUntil(lambda: len(face_map.shown) == 60, timeout=10_000)
    tomas = np.flatnonzero(hands.from_clip("tomas.mp4"))
    spots = face_map.plot.to_widget(face_map._points[tomas])
    _lasso(qtbot, face_map.plot, spots)
    assert set(tomas.tolist()) <= set(hands.selected)
    assert len(hands.selected) < 60
    hands.do("reject")
    assert hands.session.faces.rejected[tomas].all()


def test_filters_hide_faces_make_chips_and_leave_the_map_too(qtbot, hands):
    middle = float(np.median(hands.session.faces.columns.blur))
    slider = hands.find("facesets.filter.blur")
    slider._low.setValue(middle)
    assert 0 < len(hands.grid.arrangement) < 60
    assert len(hands.panel.desk.map.shown) == len(hands.grid.arrangement)
    (chip,) = [button for button in hands.panel.desk.chips.findChildren(QToolButton) if button.isVisible()]
    assert chip.text().startswith("Sharpness ≥")
    hands.do("by_limits")
    hands.do("accept")
    assert 0 < hands.faces["rejected"] < 60


def test_filters_that_hide_every_face_say_so_and_are_cleared_by_the_button(hands):
    hands.session.filters.limit("blur", 1e6, None)
    assert hands.panel.desk._nothing.isVisible()
    hands.do("clear_filters")
    assert hands.grid.isVisible()
    assert len(hands.grid.arrangement) == 60


def test_saved_filters_are_there_again_and_can_be_forgotten(hands):
    hands.session.filters.limit("yaw", -5, 5)
    kept = hands.session.filters.value
    hands.panel.shelf.save("frontal", kept)
    hands.settle()
    hands.do("clear_filters")
    (use,) = [action for action in hands.panel.desk.saved.actions() if action.text() == "frontal"]
    use.trigger()
    assert hands.session.filters.value == kept
    hands.panel.shelf.remove("frontal")
    hands.settle()
    assert "frontal" not in [action.text() for action in hands.panel.desk.saved.actions()]


def test_a_click_on_a_pose_selects_its_faces_and_a_proposal_is_priced_before_it_is_made(qtbot, hands):
    heat = hands.find("facesets.coverage")
    row, column = (int(n) for n in np.argwhere(heat._cost.before.counts)[0])
    qtbot.mouseClick(heat, LEFT, NONE, heat._box(row, column).center().toPoint())
    assert len(hands.selected) == heat._cost.before.counts[row, column]
    hands.do("best")
    words = hands.panel.desk.coverage
    qtbot.waitUntil(lambda: "30 of 60 faces would go" in words.words, timeout=5000)
    hands.do("dismiss")
    qtbot.waitUntil(lambda: "would go" not in words.words, timeout=5000)
    assert hands.faces == {"unmarked": 60}


def test_another_number_in_the_bar_is_another_proposal_and_p_excepts_a_face(qtbot, hands):
    hands.do("best")
    hands.find("facesets.amount").setValue(50)
    qtbot.waitUntil(lambda: len(hands.session.pending) == 10, timeout=10_000)
    going = int(np.flatnonzero(hands.session.pending.mask)[0])
    hands.session.selection.replace(np.array([going]))
    hands.do("keep")
    hands.do("accept")
    assert hands.faces == {"rejected": 9, "unmarked": 51}
    assert not hands.session.faces.rejected[going]


def test_a_whole_cluster_is_rejected_with_one_key_and_merged_and_split(qtbot, hands):
    hands.find("facesets.clusters")
    hands.panel.desk.clusters.count.setValue(2)
    hands.do("cluster")
    strip = hands.panel.desk.clusters.strip
    assert sorted(facts.faces for facts in strip.facts) == [30, 30]
    tomas = int(hands.session.faces.columns.clusters[hands.from_clip("tomas.mp4")][0])
    strip.setFocus()
    strip.choose([tomas])
    hands.do("reject_cluster")
    assert (hands.session.faces.rejected == hands.from_clip("tomas.mp4")).all()
    strip.choose([facts.cluster for facts in strip.facts])
    hands.do("merge_clusters")
    assert len(strip.facts) == 1
    hands.do("split_cluster")
    assert len(strip.facts) == 4
    for _ in range(3):
        hands.do("edit.undo")
    assert hands.faces == {"unmarked": 60}


def test_after_a_few_marks_the_rest_is_ranked_and_the_other_person_proposed(hands):
    tomas = hands.from_clip("tomas.mp4")
    hands.session.marks.set_state(np.flatnonzero(~tomas)[::6], FaceState.KEPT)
    hands.session.marks.set_state(np.flatnonzero(tomas)[::6], FaceState.REJECTED)
    hands.settle()
    hands.do("by_example")
    hands.do("unlike")
    assert len(hands.session.pending)
    assert tomas[hands.session.pending.mask].all()


def test_a_video_dropped_on_an_identity_is_extracted_while_one_looks(qtbot, hands):
    names = hands.find("facesets.identity")
    hands.panel.people.options.every.setValue(50)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(assets() / "sample" / "mira.mp4"))])
    place = names.visualRect(names.model().index(1, 0)).center()
    names.dropEvent(QDropEvent(QPointF(place), Qt.DropAction.CopyAction, mime, LEFT, NONE))
    QApplication.processEvents()
    runs = hands.window.studio.project.runs
    qtbot.waitUntil(lambda: len(all_runs(runs)) == 3, timeout=30_000)
    run = all_runs(runs)[-1]
    assert run.config["identity"] == "Tomas"
    qtbot.waitUntil(lambda: run.state().state == "done", timeout=60_000)
    people = hands.panel.people.list.people
    qtbot.waitUntil(lambda: [row.faces for row in people.people] == [60, 33], timeout=20_000)


def test_a_cluster_chosen_in_the_strip_is_read_from_its_first_face_on(qtbot, hands):
    hands.window.resize(1100, 640)
    hands.panel.desk.clusters.count.setValue(2)
    hands.do("cluster")
    strip = hands.panel.desk.clusters.strip
    last = strip.facts[-1].cluster
    qtbot.mouseClick(strip.viewport(), LEFT, NONE, strip.sheet(1).center())
    clusters, order = hands.session.faces.columns.clusters, hands.grid.arrangement.order
    assert (clusters[hands.selected] == last).all()
    assert clusters[order[hands.grid.rows_in_view()[0]]] == last


def test_the_window_fits_the_screen_of_a_small_laptop_with_a_proposal_shown(hands):
    hands.do("clean")
    smallest = hands.window.minimumSizeHint()
    assert (smallest.width() <= 1280, smallest.height() <= 720) == (True, True)
