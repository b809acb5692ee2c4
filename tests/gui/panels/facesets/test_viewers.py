"""Closer looks at real faces: the loupe that is held, faces side by side, the frame a face came from."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget

from studio.core.pictures import read_png
from studio.core.project import Project
from studio.core.records import STATES
from studio.core.resources import assets
from studio.faceset.folder import FacesetFolder
from studio.faceset.proposals import Proposal
from studio.ui.widgets.inline_bar import InlineBar
from studio.video.probe import probe

K, M = Qt.Key, Qt.KeyboardModifier
FACES = 60


@pytest.fixture
def viewers(hands):
    return hands.panel.viewers


@pytest.fixture
def glimpsed(studio):
    """Faces so small that lying in view does not make them seen."""
    studio.user.change(thumbnail_size=64)


@pytest.fixture
def gone(folder):
    """Where the videos were before they were moved away."""
    path = folder / "moved-away.mp4"
    with closing(sqlite3.connect(folder / "project.db")) as database, database:
        database.execute("UPDATE media SET resolved = ?", (str(path),))
    return path


def state(hands, index):
    return STATES[hands.session.faces.columns.states[index]].value


def pixels(image):
    image = image.convertToFormat(image.Format.Format_RGB888)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return data[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)


def stored(hands, index):
    """The aligned face with this index, from its file."""
    with Project(hands.window.studio.project.folder) as project:
        face = project.store.faces.face(int(hands.session.faces.columns.ids[index]))
        return read_png(FacesetFolder(project, hands.session.identity).image_of(face))


def shows(view, picture):
    return view.isVisible() and view.image is not None and np.array_equal(pixels(view.image), picture)


def lose(hands, index):
    """Delete the picture of a face."""
    with Project(hands.window.studio.project.folder) as project:
        face = project.store.faces.face(int(hands.session.faces.columns.ids[index]))
        FacesetFolder(project, hands.session.identity).image_of(face).unlink()


def on_grid(hands):
    return hands.grid.isVisible() and hands.grid.hasFocus()


def turn(view, point, steps):
    """Turn the wheel over a point of the view."""
    at = QPointF(point)
    event = QWheelEvent(at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton,
                        M.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(view, event)


def compare(hands, indices):
    hands.session.selection.replace(np.array(indices))
    hands.key(K.Key_C)


def error_bar(hands):
    return hands.window.findChild(InlineBar, "window.message")


def repeat(view):
    """What a key that is held sends again and again."""
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
        QApplication.sendEvent(view, QKeyEvent(kind, K.Key_W, M.NoModifier, "w", autorep=True))


# The loupe


def test_the_full_face_is_shown_while_w_is_held_and_the_grid_after_it(qtbot, hands, viewers):
    hands.click(4)
    qtbot.keyPress(hands.grid, K.Key_W)
    hands.settle()
    assert shows(viewers.face, stored(hands, 4))
    assert "Face 5, unmarked" in viewers.face.accessibleDescription()
    qtbot.keyRelease(viewers.face, K.Key_W)
    assert on_grid(hands)
    assert hands.selected == [4]


def test_mask_and_landmarks_lie_over_the_full_face(qtbot, hands, viewers):
    hands.click(4)
    qtbot.keyPress(hands.grid, K.Key_W)
    hands.settle()
    view = viewers.face
    assert view.masks.face.any()
    assert view.landmarks.shape == (68, 2)
    spots = view.to_widget(view.landmarks)
    over = view.grab().toImage()
    view.overlay = False
    bare = view.grab().toImage()
    assert all(over.pixelColor(spot.toPoint()) != bare.pixelColor(spot.toPoint()) for spot in spots)
    inside = np.argwhere(view.masks.face)[len(np.argwhere(view.masks.face)) // 3][::-1]
    place = view.to_widget(inside[None].astype(float))[0].toPoint()
    assert over.pixelColor(place) != bare.pixelColor(place)
    qtbot.keyRelease(view, K.Key_W)


def test_a_key_that_comes_up_while_the_face_is_being_read_shows_nothing(qtbot, hands, viewers):
    hands.click(4)
    qtbot.keyPress(hands.grid, K.Key_W)
    assert hands.window.studio.background.busy
    qtbot.keyRelease(hands.grid, K.Key_W)
    hands.settle()
    assert on_grid(hands)
    assert not viewers.face.isVisible()


def test_the_key_ends_the_loupe_wherever_the_focus_is_when_it_comes_up(qtbot, hands, viewers):
    hands.click(4)
    qtbot.keyPress(hands.grid, K.Key_W)
    hands.settle()
    elsewhere = hands.find("workspace.facesets")
    elsewhere.setFocus()
    qtbot.keyRelease(elsewhere, K.Key_W)
    assert hands.grid.isVisible()


def test_the_loupe_ends_when_another_window_comes_to_the_front(qtbot, hands, viewers):
    hands.click(4)
    qtbot.keyPress(hands.grid, K.Key_W)
    hands.settle()
    assert viewers.face.isVisible()
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: hands.grid.isVisible(), timeout=5000)


def test_a_key_that_repeats_itself_neither_flickers_nor_opens_the_loupe_again_after_escape(qtbot, hands, viewers):
    hands.click(4)
    qtbot.keyPress(hands.grid, K.Key_W)
    hands.settle()
    repeat(viewers.face)
    hands.settle()
    assert viewers.face.isVisible()
    qtbot.keyClick(viewers.face, K.Key_Escape)
    assert on_grid(hands)
    assert not hands.window.actions_table["facesets.loupe"].autoRepeat()
    qtbot.keyRelease(hands.grid, K.Key_W)
    assert on_grid(hands)


def test_the_loupe_from_a_menu_stays_until_escape(qtbot, hands, viewers):
    hands.click(4)
    hands.do("loupe")
    assert viewers.face.isVisible()
    qtbot.keyRelease(viewers.face, K.Key_W)
    assert viewers.face.isVisible()
    qtbot.keyClick(viewers.face, K.Key_Escape)
    assert on_grid(hands)


def test_a_double_click_shows_the_full_face_and_the_mouse_leads_back(qtbot, hands, viewers):
    hands.click(7)
    qtbot.mouseDClick(hands.grid.viewport(), Qt.MouseButton.LeftButton, pos=hands.grid.cell_rect(7).center())
    hands.settle()
    assert viewers.face.isVisible()
    back = next(button for button in viewers.face.findChildren(QToolButton) if button.isVisible())
    assert viewers.face.rect().contains(back.geometry())
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert on_grid(hands)


def test_escape_leaves_the_full_face_and_not_the_proposal_behind_it(qtbot, hands, viewers):
    ids = hands.session.faces.columns.ids[:3]
    hands.session.pending.propose(Proposal("Some", {"some": ids}, 3))
    hands.click(hands.grid.rows_in_view(whole=True)[0])
    hands.do("loupe")
    qtbot.keyClick(viewers.face, K.Key_Escape)
    assert on_grid(hands)
    assert hands.session.pending
    qtbot.keyClick(hands.grid, K.Key_Escape)
    assert not hands.session.pending


def test_marks_under_the_loupe_go_to_the_face_one_sees(qtbot, hands, viewers):
    hands.click(4)
    qtbot.keyPress(hands.grid, K.Key_W)
    hands.settle()
    hands.key(K.Key_X, on=viewers.face)
    assert state(hands, 4) == "rejected"
    assert shows(viewers.face, stored(hands, 5))
    hands.key(K.Key_P, on=viewers.face)
    assert state(hands, 5) == "kept"
    assert shows(viewers.face, stored(hands, 6))
    qtbot.keyRelease(viewers.face, K.Key_W)
    assert hands.selected == [6]


def test_left_and_right_lead_from_full_face_to_full_face_and_pan_where_it_is_zoomed(qtbot, hands, viewers):
    hands.click(4)
    hands.do("loupe")
    hands.key(K.Key_Right, on=viewers.face)
    assert shows(viewers.face, stored(hands, 5))
    hands.key(K.Key_Left, on=viewers.face)
    assert shows(viewers.face, stored(hands, 4))
    hands.key(K.Key_Plus, on=viewers.face)
    before = viewers.face.place()
    hands.key(K.Key_Right, on=viewers.face)
    assert shows(viewers.face, stored(hands, 4))
    assert viewers.face.place().x() < before.x()
    hands.key(K.Key_0, on=viewers.face)
    hands.key(K.Key_Escape, on=viewers.face)


def test_a_mark_without_advancing_is_said_under_the_full_face(hands, viewers):
    hands.window.studio.user.change(auto_advance=False)
    hands.click(4)
    hands.do("loupe")
    hands.key(K.Key_X, on=viewers.face)
    assert "Face 5, rejected" in viewers.face.accessibleDescription()
    hands.key(K.Key_Escape, on=viewers.face)


def test_a_missing_picture_is_said_in_words_and_breaks_nothing(qtbot, hands, viewers):
    lose(hands, 4)
    hands.click(4)
    hands.do("loupe")
    view = viewers.face
    assert view.isVisible()
    assert view.image is None
    assert "missing" in view.missing
    words = view.rect().adjusted(200, 200, -200, -200)
    assert len(np.unique(pixels(view.grab(words).toImage()).reshape(-1, 3), axis=0)) > 1
    hands.key(K.Key_Escape, on=view)
    hands.key(K.Key_Return)
    assert "missing" in hands.message
    assert on_grid(hands)


def test_a_face_shown_in_full_counts_as_seen(glimpsed, hands, viewers):
    hands.click(4)
    hands.do("loupe")
    assert np.flatnonzero(hands.session.faces.columns.seen).tolist() == [4]
    hands.key(K.Key_Escape, on=viewers.face)


def test_the_focus_goes_back_to_where_it_was(qtbot, hands, viewers):
    hands.click(4)
    slider = hands.find("facesets.zoom")
    slider.setFocus()
    qtbot.keyPress(slider, K.Key_W)
    hands.settle()
    assert viewers.face.hasFocus()
    qtbot.keyRelease(viewers.face, K.Key_W)
    assert slider.hasFocus()


def test_another_person_is_never_shown_under_a_closer_look_at_the_former(hands, viewers):
    hands.click(4)
    hands.do("loupe")
    other = next(row for row in hands.window.studio.people if row.identity.name == "Tomas")
    hands.session.show(other.identity)
    hands.settle()
    assert not viewers.face.isVisible()
    assert hands.grid.isVisible()


# Faces side by side


@pytest.mark.parametrize("count", [2, 3, 4])
def test_two_to_four_selected_faces_are_shown_side_by_side(hands, viewers, count):
    indices = [3, 9, 20, 41][:count]
    compare(hands, indices)
    views = [view for view in viewers.comparison.views if view.isVisible()]
    assert len(views) == count
    assert all(shows(view, stored(hands, index)) for view, index in zip(views, indices, strict=True))
    assert [view.accessibleDescription().split(",")[0] for view in views] == [f"Face {index + 1}" for index in indices]
    hands.key(K.Key_Escape, on=views[0])
    assert on_grid(hands)
    assert hands.selected == indices


@pytest.mark.parametrize("indices", [[3], [3, 9, 20, 30, 41]])
def test_one_face_or_five_can_not_be_compared_and_a_message_says_so(hands, viewers, indices):
    compare(hands, indices)
    assert hands.message == "Select two to four faces to compare."
    assert on_grid(hands)


def test_the_wheel_over_one_face_zooms_all_at_the_same_place(hands, viewers):
    compare(hands, [3, 9, 20])
    first, second, third = viewers.comparison.views[:3]
    point = QPoint(first.width() // 2 + 30, first.height() // 2 - 20)
    under = first.to_picture(QPointF(point))
    turn(first, point, 3)
    assert first.place().width() > 1.9 * min(first.width(), first.height())
    for view in (first, second, third):
        seen = view.to_picture(QPointF(point))
        assert abs(seen.x() - under.x()) < 1
        assert abs(seen.y() - under.y()) < 1
    turn(third, point, -20)
    assert [view.fits for view in (first, second, third)] == [True] * 3
    hands.key(K.Key_Escape, on=first)


def test_dragging_one_face_moves_all(qtbot, hands, viewers):
    compare(hands, [3, 9])
    first, second = viewers.comparison.views[:2]
    turn(first, first.rect().center(), 4)
    before = second.place()
    qtbot.mousePress(first, Qt.MouseButton.LeftButton, pos=first.rect().center())
    qtbot.mouseMove(first, first.rect().center() + QPoint(25, 10))
    qtbot.mouseRelease(first, Qt.MouseButton.LeftButton, pos=first.rect().center() + QPoint(25, 10))
    assert abs(second.place().x() - before.x() - 25) < 1.5
    assert first.place() == second.place()
    hands.key(K.Key_Escape, on=first)


def test_in_a_comparison_keys_mark_the_face_that_was_clicked_and_lead_nowhere_else(qtbot, hands, viewers):
    compare(hands, [3, 9, 20])
    view = viewers.comparison.views[1]
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton)
    hands.key(K.Key_X, on=view)
    assert (state(hands, 3), state(hands, 9), state(hands, 20)) == ("unmarked", "rejected", "unmarked")
    assert hands.faces == {"rejected": 1, "unmarked": FACES - 1}
    assert "Face 10, rejected" in view.accessibleDescription()
    hands.key(K.Key_P, on=viewers.comparison.views[2])
    assert state(hands, 20) == "kept"
    assert viewers.comparison.isVisible()
    hands.key(K.Key_Escape, on=view)
    assert hands.selected == [3, 9, 20]


def test_a_comparison_is_over_when_faces_it_does_not_show_are_selected(hands, viewers):
    compare(hands, [3, 9])
    hands.key(K.Key_A, M.ControlModifier, on=viewers.comparison.views[0])
    assert hands.grid.isVisible()
    assert len(hands.selected) == FACES


# The source frame


def test_the_source_frame_is_shown_with_box_and_landmarks_of_the_face(hands, viewers):
    hands.click(4)
    hands.key(K.Key_O)
    view, columns = viewers.source_view, hands.session.faces.columns
    assert view.isVisible()
    clip = probe(assets() / "sample" / "mira.mp4")
    assert (view.image.width(), view.image.height()) == (clip.width, clip.height)
    assert f"frame {columns.frames[4]}," in view.accessibleDescription()
    assert "mira.mp4" in view.accessibleDescription()
    with Project(hands.window.studio.project.folder) as project:
        face = project.store.faces.face(int(columns.ids[4]))
        landmarks = FacesetFolder(project, hands.session.identity).landmarks([face])[0]
    ring = hands.window.theme.colour("focus").name()
    picture = view.grab().toImage()
    left, top, right, bottom = face.box
    edges = np.array([[left, top + 9], [right, bottom - 9], [left + 9, top], [right - 9, bottom]])
    spots = [spot.toPoint() for spot in (*view.to_widget(edges), *view.to_widget(landmarks))]
    near = [QPoint(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    assert all(ring in {picture.pixelColor(spot + off).name() for off in near} for spot in spots)
    hands.key(K.Key_Escape, on=view)
    assert on_grid(hands)


def test_the_source_frame_follows_the_marks(hands, viewers):
    hands.click(4)
    hands.key(K.Key_O)
    hands.key(K.Key_X, on=viewers.source_view)
    assert state(hands, 4) == "rejected"
    assert f"frame {hands.session.faces.columns.frames[5]}," in viewers.source_view.accessibleDescription()
    hands.key(K.Key_Escape, on=viewers.source_view)


def test_escape_before_the_frame_was_read_shows_nothing(qtbot, hands, viewers):
    hands.click(4)
    qtbot.keyClick(hands.grid, K.Key_O)
    viewers.close()
    hands.settle()
    assert on_grid(hands)


def test_where_the_video_is_gone_the_window_says_what_to_do(gone, hands):
    hands.click(4)
    hands.key(K.Key_O)
    bar = error_bar(hands)
    assert bar.isVisible()
    assert "can't be shown" in bar.text
    assert str(gone) in bar.text
    assert any("Put the file back" in label.text() for label in bar.findChildren(QLabel) if label.isVisible())
    assert on_grid(hands)


def test_without_a_face_a_closer_look_asks_for_one(hands, viewers):
    slider = hands.find("facesets.zoom")
    slider.setFocus()
    hands.session.selection.clear()
    hands.session.selection.set_current(-1)
    for key in (K.Key_W, K.Key_O, K.Key_Return):
        hands.window.statusBar().clearMessage()
        hands.key(key, on=slider)
        assert hands.message == "Choose a face first."
    assert hands.grid.isVisible()
