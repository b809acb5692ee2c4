"""The map of the identity features: a dot a face, linked both ways with the grid."""

import shutil
from itertools import pairwise

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from studio.app.faceset.filters import SCORES
from studio.core.project import Project
from studio.core.records import FaceState
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan
from studio.faceset.trash import trash_rejected
from studio.ui.widgets.inline_bar import InlineBar
from tests.gui.panels.copies import own_copy
from tests.gui.panels.facesets.crowd import make_crowd

K, M, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton
FACES = 60


@pytest.fixture
def shown(qtbot, hands):
    """The map with all its dots."""
    face_map = hands.panel.desk.map
    qtbot.waitUntil(lambda: len(face_map.shown) == len(hands.session.faces), timeout=10_000)
    return face_map


def spots(face_map):
    """(n, 2) where the dots lie in the widget, and (n,) whose they are."""
    return face_map.plot.to_widget(face_map._points[np.isin(face_map._indices, face_map.shown)]), face_map.shown


def draw(qtbot, plot, corners, keys=M.NoModifier):
    """Draw a lasso along `corners` with the mouse, with steps in between."""
    corners = np.asarray(corners, dtype=float)
    way = np.concatenate([np.linspace(a, b, 5)[:-1] for a, b in pairwise(corners)])
    points = [QPoint(*np.rint(spot).astype(int).tolist()) for spot in (*way, corners[-1])]
    qtbot.mousePress(plot, LEFT, keys, points[0])
    for point in points[1:]:
        qtbot.mouseMove(plot, point)
    qtbot.mouseRelease(plot, LEFT, keys, points[-1])
    return np.array([(point.x(), point.y()) for point in points], dtype=np.float32)


def around(hands, face_map, indices, room=6):
    """The corners of a box around the dots of some faces."""
    at, whose = spots(face_map)
    inside = at[np.isin(whose, indices)]
    low, high = inside.min(axis=0) - room, inside.max(axis=0) + room
    return [low, (high[0], low[1]), high, (low[0], high[1])]


def within(outline, face_map):
    """Whose dots lie in an outline and whose on neither side of it, by another library."""
    at, whose = spots(face_map)
    corners = outline.reshape(-1, 1, 2)
    depth = np.array([cv2.pointPolygonTest(corners, (float(x), float(y)), measureDist=True) for x, y in at])
    return set(whose[depth > 0.1].tolist()), set(whose[abs(depth) <= 0.1].tolist())


def lonely(face_map, distance=8):
    """(n,) the faces whose dots no other one comes near, and (n, 2) where they are."""
    at, whose = spots(face_map)
    apart = np.linalg.norm(at[:, None] - at[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    alone = apart.min(axis=1) > distance
    assert alone.sum() >= 4
    return whose[alone], at[alone]


def colours(face_map, at):
    picture = face_map.plot.grab().toImage()
    return [picture.pixelColor(*np.rint(spot).astype(int).tolist()).name() for spot in at]


def ringed(face_map, hands, at):
    """(n,) whether there is a ring around each spot."""
    picture, ring = face_map.plot.grab().toImage(), hands.window.theme.colour("text").name()
    around = [(dx, dy) for dx in range(-4, 5) for dy in range(-4, 5)]
    near = np.rint(at).astype(int).tolist()
    return [sum(picture.pixelColor(x + dx, y + dy).name() == ring for dx, dy in around) >= 8 for x, y in near]


def colour_by(qtbot, face_map, words):
    box = face_map.colour_by
    box.setFocus()
    while box.currentText() != words:
        before = box.currentIndex()
        qtbot.keyClick(box, K.Key_Down)
        assert box.currentIndex() == before + 1, f"there is no {words}"


def test_every_face_has_a_dot_at_once_and_the_two_persons_lie_apart(hands, shown):
    assert shown.words == "PCA"
    tomas = hands.from_clip("tomas.mp4")[shown._indices]
    middles = [shown._points[who].mean(axis=0) for who in (tomas, ~tomas)]
    reach = [
        np.linalg.norm(shown._points[who] - shown._points[who].mean(axis=0), axis=1).max() for who in (tomas, ~tomas)
    ]
    assert np.linalg.norm(middles[0] - middles[1]) > max(reach)
    at, _ = spots(shown)
    assert ((at >= 0) & (at <= (shown.plot.width(), shown.plot.height()))).all()


def test_a_lasso_around_one_person_selects_exactly_their_faces(qtbot, hands, shown):
    tomas = np.flatnonzero(hands.from_clip("tomas.mp4"))
    draw(qtbot, shown.plot, around(hands, shown, tomas))
    assert hands.selected == tomas.tolist()
    assert "30 selected" in hands.status
    assert hands.session.selection.current == tomas[0]


def test_a_lasso_of_any_shape_selects_exactly_the_dots_inside(qtbot, hands, shown):
    at, _ = spots(shown)
    (left, top), (right, bottom) = at.min(axis=0) - 5, at.max(axis=0) + 5
    middle = (left + right) / 2
    # A zigzag: inside and outside change five times from left to right.
    comb = [(left, top)]
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        comb += [(left + share * (right - left), bottom), (left + (share + 0.1) * (right - left), (top + bottom) / 2)]
    outline = draw(qtbot, shown.plot, [*comb, (right, top), (middle, top - 1)])
    expected, on_the_line = within(outline, shown)
    assert 10 < len(expected) < 50
    assert len(on_the_line) < 8
    assert set(hands.selected) - on_the_line == expected


def test_shift_adds_to_the_selection_and_without_it_the_lasso_selects_anew(qtbot, hands, shown):
    tomas = hands.from_clip("tomas.mp4")
    mine, theirs = np.flatnonzero(~tomas), np.flatnonzero(tomas)
    draw(qtbot, shown.plot, around(hands, shown, theirs))
    draw(qtbot, shown.plot, around(hands, shown, mine), M.ShiftModifier)
    assert hands.selected == list(range(FACES))
    draw(qtbot, shown.plot, around(hands, shown, mine))
    assert hands.selected == mine.tolist()


def test_a_click_on_nothing_clears_the_selection_and_with_shift_leaves_it(qtbot, hands, shown):
    at, _ = spots(shown)
    grid = np.stack(np.meshgrid(np.arange(4, shown.plot.width() - 4), np.arange(4, shown.plot.height() - 4)), axis=-1)
    apart = np.linalg.norm(grid[:, :, None] - at[None, None], axis=3).min(axis=2)
    empty = QPoint(*grid.reshape(-1, 2)[apart.argmax()].tolist())
    hands.do("select_all")
    qtbot.mouseClick(shown.plot, LEFT, M.ShiftModifier, empty)
    assert len(hands.selected) == FACES
    qtbot.mouseClick(shown.plot, LEFT, M.NoModifier, empty)
    assert hands.selected == []


def test_what_the_lasso_selected_is_marked_by_a_key_without_leaving_the_map(qtbot, hands, shown):
    tomas = np.flatnonzero(hands.from_clip("tomas.mp4"))
    draw(qtbot, shown.plot, around(hands, shown, tomas))
    hands.key(K.Key_X, on=shown.plot)
    assert hands.faces == {"rejected": 30, "unmarked": 30}
    assert hands.session.faces.rejected[tomas].all()


def test_faces_selected_in_the_grid_are_ringed_on_the_map_and_no_others(hands, shown):
    whose, at = lonely(shown)
    hands.session.selection.clear()
    assert not any(ringed(shown, hands, at))
    chosen = whose[::2]
    hands.grid.scrollTo(hands.grid.model().index(int(chosen[0]), 0))
    hands.click(int(chosen[0]))
    for index in chosen[1:].tolist():
        hands.grid.scrollTo(hands.grid.model().index(index, 0))
        hands.click(index, M.ControlModifier)
    assert hands.selected == sorted(chosen.tolist())
    assert ringed(shown, hands, at) == np.isin(whose, chosen).tolist()


def test_dots_of_a_cluster_have_one_colour_and_those_of_others_another(qtbot, hands, shown):
    hands.session.selection.clear()
    whose, at = lonely(shown)
    assert len(set(colours(shown, at))) == 1, "nothing is clustered yet"
    hands.panel.desk.clusters.count.setValue(4)
    hands.do("cluster")
    hands.session.selection.clear()
    clusters = hands.session.faces.columns.clusters[whose].tolist()
    pairs = set(zip(clusters, colours(shown, at), strict=True))
    assert len(pairs) == len(set(clusters)) == len({colour for _, colour in pairs}) > 1


def test_coloured_by_state_dots_follow_every_mark(qtbot, hands, shown):
    colour_by(qtbot, shown, "Colour by state")
    whose, at = lonely(shown)
    # Several, so that nothing else than the marks changes: one alone would lead to the next.
    hands.session.selection.replace(whose[:2])
    for action, token in (("keep", "kept"), ("reject", "rejected"), ("edit.undo", "kept")):
        hands.grid.setFocus()
        hands.do(action)
        expected = [token] * 2 + ["muted"] * (len(whose) - 2)
        assert colours(shown, at) == [hands.window.theme.colour(name).name() for name in expected]


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.column)
def test_coloured_by_a_score_the_higher_is_the_brighter(qtbot, hands, shown, score):
    hands.session.selection.clear()
    colour_by(qtbot, shown, f"Colour by {score.text.lower()}")
    whose, at = lonely(shown)
    values = getattr(hands.session.faces.columns, score.column)[whose]
    bright = [int(colour[3:5], 16) for colour in colours(shown, at)]
    if np.isnan(values).all():
        assert set(colours(shown, at)) == {hands.window.theme.colour("disabled").name()}
    else:
        assert (np.diff(np.array(bright)[np.argsort(values, kind="stable")]) >= 0).all()
        assert len(set(bright)) > 1 or len(set(values.tolist())) == 1


def test_filters_take_dots_away_and_those_that_stay_are_in_view(qtbot, hands, shown):
    tomas = hands.from_clip("tomas.mp4")
    media = hands.session.faces.columns.media
    hands.session.filters.set(hands.session.filters.value.changed({"media": frozenset({int(media[tomas][0])})}))
    assert sorted(shown.shown.tolist()) == np.flatnonzero(tomas).tolist()
    at, _ = spots(shown)
    assert ((at >= 0) & (at <= (shown.plot.width(), shown.plot.height()))).all()
    painted = colours(shown, at)
    assert hands.window.theme.colour("window").name() not in painted
    hands.do("clear_filters")
    assert len(shown.shown) == FACES


def test_a_lasso_never_selects_what_filters_hide(qtbot, hands, shown):
    hands.session.filters.limit("blur", float(np.median(hands.session.faces.columns.blur)), None)
    rest = hands.grid.arrangement.order
    draw(qtbot, shown.plot, around(hands, shown, rest))
    assert hands.selected == sorted(rest.tolist())
    assert 0 < len(rest) < FACES


def test_faces_that_came_since_are_counted_as_not_on_the_map(qtbot, hands, shown):
    with Project(hands.window.studio.project.folder) as project:
        mira = project.store.identities.get("Mira")
        medium = project.store.media.add(mira, "more.mp4", "/clips/more.mp4", "more", "0" * 64)
        more = [
            NewFace(n, n / 25, 0, (0, 0, 90, 90), 0.9, 200.0, 4.25, (0.0, 0.0, 0.0), "engines", (n, 0, 0, 0))
            for n in range(5)
        ]
        project.store.faces.add(mira, medium, FACES, more, Scan(1, 0, 5, True))
    qtbot.waitUntil(lambda: len(hands.session.faces) == FACES + 5, timeout=10_000)
    assert shown.words == "PCA, 5 not on it"
    assert len(shown.shown) == FACES


def test_the_map_is_laid_out_anew_when_rejected_faces_have_gone_to_the_trash(
    qtbot, hands, shown, monkeypatch, tmp_path
):
    monkeypatch.setattr("studio.faceset.trash.send2trash", lambda path: shutil.move(path, tmp_path))
    hands.session.selection.replace(np.arange(10))
    hands.grid.setFocus()
    hands.do("reject")
    with Project(hands.window.studio.project.folder) as project:
        trash_rejected(project, project.store.identities.get("Mira"))
    qtbot.waitUntil(lambda: len(hands.session.faces) == FACES - 10, timeout=10_000)
    qtbot.waitUntil(lambda: len(shown.shown) == FACES - 10, timeout=5000)
    assert shown.words == "PCA"


def test_the_detailed_map_is_computed_as_a_job_and_shown_when_it_is_ready(qtbot, hands, shown):
    plain = shown._points.copy()
    hands.do("umap")
    assert shown.words == "PCA"
    qtbot.waitUntil(lambda: shown.words == "UMAP", timeout=240_000)
    assert len(shown.shown) == FACES
    assert not np.allclose(shown._points, plain)
    at, _ = spots(shown)
    assert ((at >= 0) & (at <= (shown.plot.width(), shown.plot.height()))).all()
    tomas = np.flatnonzero(hands.from_clip("tomas.mp4"))
    draw(qtbot, shown.plot, around(hands, shown, tomas))
    assert hands.selected == tomas.tolist()


@pytest.fixture(scope="module", params=[1, 2, 3])
def few(extracted, tmp_path_factory, request):
    """A project of so many faces."""
    folder = tmp_path_factory.mktemp("few") / "film"
    make_crowd(extracted, folder, "Mira", request.param)
    return folder


class TestAFewFaces:
    @pytest.fixture
    def folder(self, few, tmp_path):
        return own_copy(few, tmp_path / "film")

    def test_their_dots_lie_on_the_map_and_can_be_lassoed(self, qtbot, hands, shown):
        at, whose = spots(shown)
        assert len(at) == len(hands.session.faces)
        assert ((at >= 0) & (at <= (shown.plot.width(), shown.plot.height()))).all()
        draw(qtbot, shown.plot, around(hands, shown, whose))
        assert hands.selected == whose.tolist()

    @pytest.mark.parametrize("action", ["cluster", "find_person", "find_duplicates", "clean", "best", "by_example"])
    def test_everything_that_is_computed_of_them_comes_to_an_end(self, qtbot, hands, shown, action):
        hands.do(action)
        message = hands.window.findChild(InlineBar, "window.message")
        assert not message.isVisible(), message.text
        assert hands.session.faces.counts()[FaceState.UNMARKED] == len(hands.session.faces)
