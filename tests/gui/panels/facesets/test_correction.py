"""Correcting a real face by hand: points and masks, undo of one's own, and what the engine said kept apart."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from studio.core.pictures import read_png
from studio.core.project import Project
from studio.core.records import FaceMasks
from studio.faces.align import alignment_matrix, transform_points
from studio.faceset.corrections import Correction, correct, in_use
from studio.faceset.folder import FacesetFolder
from studio.ui.panels.facesets.face_model import ID_ROLE
from tests.gui.waiting import settled

K, M = Qt.Key, Qt.KeyboardModifier
FACE = 4
NOSE = 30


@pytest.fixture
def editor(hands):
    """The editor with the fifth face in it."""
    hands.click(FACE)
    hands.key(K.Key_Return)
    shown = hands.panel.viewers.editor
    assert shown.isVisible()
    return shown


def used(hands):
    """Landmarks and masks of the face as the store has them in use."""
    with Project(hands.window.studio.project.folder) as project:
        face = project.store.faces.face(int(hands.session.faces.columns.ids[FACE]))
        return in_use(project, hands.session.identity, face)


def picture(hands, *, engines=False):
    """The aligned face in use, or as the engines made it."""
    with Project(hands.window.studio.project.folder) as project:
        face = project.store.faces.face(int(hands.session.faces.columns.ids[FACE]))
        folder = FacesetFolder(project, hands.session.identity)
        return read_png(folder.image_path(face.row) if engines else folder.image_of(face))


def engines_masks(hands):
    with Project(hands.window.studio.project.folder) as project:
        face = project.store.faces.face(int(hands.session.faces.columns.ids[FACE]))
        return FaceMasks.unpacked(read_png(FacesetFolder(project, hands.session.identity).masks_path(face.row)))


def same(one, other):
    masks = [np.array_equal(getattr(one.masks, name), getattr(other.masks, name)) for name in ("face", "eyes", "mouth")]
    return all(masks) and np.allclose(one.landmarks, other.landmarks, atol=1e-3)


def entries(hands):
    return [entry.title for entry in hands.window.studio.history.entries if not entry.undone]


def spot(canvas, x, y):
    """A point of the aligned face, in pixels of the canvas."""
    return canvas.to_widget(np.array([[x, y]], dtype=float))[0].toPoint()


def drag(qtbot, canvas, start, end, button=Qt.MouseButton.LeftButton, keys=M.NoModifier):
    qtbot.mousePress(canvas, button, keys, start)
    for share in (0.25, 0.5, 0.75, 1.0):
        move(canvas, start + (end - start) * share, button, keys)
    qtbot.mouseRelease(canvas, button, keys, end)


def move(canvas, point, button, keys):
    """A move of the mouse with the keys held meanwhile."""
    QApplication.sendEvent(
        canvas,
        QMouseEvent(QEvent.Type.MouseMove, QPointF(point), canvas.mapToGlobal(QPointF(point)), Qt.MouseButton.NoButton,
                    button, keys),
    )  # fmt: skip


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def drag_nose(qtbot, editor):
    start = editor.canvas.to_widget(editor.canvas.landmarks[NOSE : NOSE + 1])[0].toPoint()
    drag(qtbot, editor.canvas, start, start + QPoint(20, 12))


def choose_mask(editor, name):
    editor.which.setCurrentIndex(editor.which.findData(name))


def stroke(qtbot, editor, name, tool, start, end, **how):
    """Paint from one point of the aligned face to another."""
    click(qtbot, tool)
    choose_mask(editor, name)
    drag(qtbot, editor.canvas, spot(editor.canvas, *start), spot(editor.canvas, *end), **how)


def focused(editor):
    """Who has the keys now."""
    return editor.window().focusWidget()


def aligned(correction):
    return transform_points(alignment_matrix(correction.landmarks), correction.landmarks)


def close(one, other):
    return abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue()) < 40


def corner(hands):
    """The colours in the upper right corner of the face's cell."""
    rect = hands.grid.cell_rect(FACE)
    image = hands.grid.viewport().grab().toImage().copy(rect.right() - 30, rect.top() + 4, 26, 26)
    return [image.pixelColor(x, y) for x in range(26) for y in range(26)]


# Points


def test_a_landmark_is_dragged_to_where_the_pointer_leaves_it_and_the_others_stay(qtbot, editor):
    before = editor.canvas.landmarks.copy()
    drag_nose(qtbot, editor)
    moved = editor.canvas.landmarks - before
    scale = editor.canvas.place().width() / 512
    assert np.allclose(moved[NOSE], [20 / scale, 12 / scale], atol=0.01)
    assert not np.delete(moved, NOSE, axis=0).any()


def test_a_shift_drag_moves_all_landmarks(qtbot, editor):
    before = editor.canvas.landmarks.copy()
    start = QPoint(30, 30)
    drag(qtbot, editor.canvas, start, start + QPoint(15, 0), keys=M.ShiftModifier)
    moved = editor.canvas.landmarks - before
    assert np.allclose(moved, moved[0], atol=0.01)
    assert moved[0, 0] > 5


def test_arrow_keys_move_the_landmark_chosen_last_also_after_a_click_on_a_button(qtbot, editor):
    point = editor.canvas.to_widget(editor.canvas.landmarks[NOSE : NOSE + 1])[0].toPoint()
    qtbot.mouseClick(editor.canvas, Qt.MouseButton.LeftButton, pos=point)
    before = editor.canvas.landmarks[NOSE].copy()
    for key in (K.Key_Right, K.Key_Right, K.Key_Down):
        qtbot.keyClick(focused(editor), key)
    assert np.allclose(editor.canvas.landmarks[NOSE] - before, [2, 1])
    click(qtbot, editor.undo)
    click(qtbot, editor.points)
    qtbot.keyClick(focused(editor), K.Key_Left, M.ShiftModifier)
    assert np.allclose(editor.canvas.landmarks[NOSE] - before, [1.75, 0])


def test_comma_and_full_stop_choose_the_landmark_that_arrows_move(qtbot, editor):
    before = editor.canvas.landmarks.copy()
    for key in (K.Key_Period, K.Key_Period, K.Key_Comma, K.Key_Up):
        qtbot.keyClick(editor.canvas, key)
    assert np.argwhere((editor.canvas.landmarks != before).any(axis=1)).ravel().tolist() == [0]


def test_a_click_beside_every_landmark_changes_nothing(qtbot, editor):
    before = editor.canvas.landmarks
    drag(qtbot, editor.canvas, QPoint(10, 10), QPoint(40, 40))
    assert np.array_equal(editor.canvas.landmarks, before)
    assert not editor.undo.isEnabled()
    assert not editor.save.isEnabled()


# Masks


@pytest.mark.parametrize("name", ["face", "eyes", "mouth"])
def test_each_mask_is_painted_and_erased_under_the_brush_and_no_other(qtbot, editor, name):
    others = {"face", "eyes", "mouth"} - {name}
    before = {other: getattr(editor.canvas.masks, other) for other in others}
    stroke(qtbot, editor, name, editor.paint, (20, 40), (80, 40))
    mask = getattr(editor.canvas.masks, name)
    assert mask[40, 20:81].all()
    assert mask[34:47, 50].all()
    assert not mask[40 - 20, 50]
    stroke(qtbot, editor, name, editor.erase, (40, 40), (60, 40))
    mask = getattr(editor.canvas.masks, name)
    assert not mask[40, 40:61].any()
    assert mask[40, 20]
    assert all(np.array_equal(getattr(editor.canvas.masks, other), before[other]) for other in others)


@pytest.mark.parametrize("how", [{"button": Qt.MouseButton.RightButton}, {"keys": M.AltModifier}])
def test_the_right_button_and_alt_erase_while_painting(qtbot, editor, how):
    stroke(qtbot, editor, "face", editor.paint, (20, 40), (80, 40))
    stroke(qtbot, editor, "face", editor.paint, (40, 40), (60, 40), **how)
    assert not editor.canvas.masks.face[40, 40:61].any()
    assert editor.canvas.masks.face[40, 20]


def test_a_single_click_paints_a_dot_of_the_size_that_is_set(qtbot, editor):
    click(qtbot, editor.paint)
    editor.brush.setValue(40)
    qtbot.mouseClick(editor.canvas, Qt.MouseButton.LeftButton, pos=spot(editor.canvas, 60, 60))
    rows, columns = np.nonzero(editor.canvas.masks.face[:130, :130])
    assert abs(np.ptp(rows) - 40) <= 2
    assert abs(np.ptp(columns) - 40) <= 2


def test_brackets_change_the_brush_and_its_size_is_said(qtbot, editor):
    click(qtbot, editor.paint)
    size = editor.brush.value()
    qtbot.keyClick(editor.canvas, K.Key_BracketRight)
    assert editor.brush.value() == size + 2
    assert any(label.text() == f"{size + 2} px" for label in editor.findChildren(QLabel))
    qtbot.keyClick(editor.canvas, K.Key_BracketLeft)
    assert editor.brush.value() == size


def test_what_is_painted_is_seen_at_once(qtbot, editor):
    click(qtbot, editor.paint)
    point = spot(editor.canvas, 60, 60)
    before = editor.canvas.grab().toImage().pixelColor(point)
    qtbot.mouseClick(editor.canvas, Qt.MouseButton.LeftButton, pos=point)
    assert editor.canvas.grab().toImage().pixelColor(point) != before


# Undo inside the editor


def test_undo_and_redo_by_button_go_step_by_step(qtbot, editor):
    first = editor.canvas.landmarks.copy()
    face = editor.canvas.masks.face
    drag_nose(qtbot, editor)
    second = editor.canvas.landmarks.copy()
    stroke(qtbot, editor, "face", editor.paint, (20, 40), (80, 40))
    click(qtbot, editor.undo)
    assert np.array_equal(editor.canvas.masks.face, face)
    assert np.array_equal(editor.canvas.landmarks, second)
    click(qtbot, editor.undo)
    assert np.array_equal(editor.canvas.landmarks, first)
    assert not editor.undo.isEnabled()
    click(qtbot, editor.redo)
    assert np.array_equal(editor.canvas.landmarks, second)
    click(qtbot, editor.redo)
    assert editor.canvas.masks.face[40, 50]
    assert not editor.redo.isEnabled()


def test_ctrl_z_in_the_editor_undoes_the_stroke_and_never_the_last_entry_of_the_journal(qtbot, hands):
    hands.click(10)
    hands.key(K.Key_X)
    hands.click(FACE)
    hands.key(K.Key_Return)
    editor = hands.panel.viewers.editor
    first = editor.canvas.landmarks.copy()
    drag_nose(qtbot, editor)
    moved = editor.canvas.landmarks.copy()
    hands.key(K.Key_Z, M.ControlModifier, on=editor.canvas)
    assert np.array_equal(editor.canvas.landmarks, first)
    hands.key(K.Key_Z, M.ControlModifier | M.ShiftModifier, on=editor.canvas)
    assert np.array_equal(editor.canvas.landmarks, moved)
    for _ in range(3):
        hands.key(K.Key_Z, M.ControlModifier, on=editor.canvas)
    hands.key(K.Key_Z, M.ControlModifier, on=editor.brush)
    assert hands.faces == {"rejected": 1, "unmarked": 59}
    hands.key(K.Key_Escape, on=editor.canvas)
    assert hands.grid.hasFocus()
    hands.key(K.Key_Z, M.ControlModifier)
    assert hands.faces == {"unmarked": 60}


def test_ctrl_z_in_the_middle_of_a_drag_spoils_nothing(qtbot, editor):
    first = editor.canvas.landmarks.copy()
    drag_nose(qtbot, editor)
    second = editor.canvas.landmarks.copy()
    start = editor.canvas.to_widget(second[NOSE : NOSE + 1])[0].toPoint()
    qtbot.mousePress(editor.canvas, Qt.MouseButton.LeftButton, M.NoModifier, start)
    move(editor.canvas, start + QPoint(20, 0), Qt.MouseButton.LeftButton, M.NoModifier)
    qtbot.keyClick(editor.canvas, K.Key_Z, M.ControlModifier)
    qtbot.mouseRelease(editor.canvas, Qt.MouseButton.LeftButton, M.NoModifier, start + QPoint(20, 0))
    qtbot.keyClick(editor.canvas, K.Key_Z, M.ControlModifier)
    assert np.array_equal(editor.canvas.landmarks, second)
    qtbot.keyClick(editor.canvas, K.Key_Z, M.ControlModifier)
    assert np.array_equal(editor.canvas.landmarks, first)


def test_culling_keys_do_not_reach_the_faces_behind_the_editor(qtbot, hands, editor):
    drag_nose(qtbot, editor)
    moved = editor.canvas.landmarks.copy()
    for key in (K.Key_P, K.Key_X, K.Key_Space, K.Key_N, K.Key_W, K.Key_O, K.Key_Return, K.Key_G):
        hands.key(key, on=editor.canvas)
    assert hands.faces == {"unmarked": 60}
    assert hands.selected == [FACE]
    assert editor.isVisible()
    assert np.array_equal(editor.canvas.landmarks, moved)


# Using it


def test_a_used_correction_is_one_entry_that_undo_takes_back_and_redo_brings_again(qtbot, hands, editor):
    before, cut = used(hands), picture(hands)
    known = len(entries(hands))
    drag_nose(qtbot, editor)
    stroke(qtbot, editor, "mouth", editor.paint, (20, 40), (80, 40))
    click(qtbot, editor.save)
    hands.settle()
    assert len(entries(hands)) == known + 1
    assert entries(hands)[0] == "Correct a face of Mira"
    assert "Correct a face of Mira" in hands.message
    assert hands.grid.isVisible()
    assert hands.grid.hasFocus()
    after = used(hands)
    moved = np.linalg.norm(after.landmarks - before.landmarks, axis=1)
    assert np.argmax(moved) == NOSE
    assert np.delete(moved, NOSE).max() < 1e-2
    assert after.masks.mouth.sum() > before.masks.mouth.sum() + 500
    assert hands.session.faces.columns.corrections[FACE]
    hands.key(K.Key_Z, M.ControlModifier)
    assert same(used(hands), before)
    assert np.array_equal(picture(hands), cut)
    assert not hands.session.faces.columns.corrections[FACE]
    hands.key(K.Key_Z, M.ControlModifier | M.ShiftModifier)
    assert same(used(hands), after)


def test_what_was_painted_is_what_is_used_to_the_pixel(qtbot, hands, editor):
    stroke(qtbot, editor, "face", editor.paint, (20, 40), (80, 40))
    stroke(qtbot, editor, "eyes", editor.erase, (100, 200), (400, 200))
    painted, landmarks = editor.canvas.masks, used(hands).landmarks
    click(qtbot, editor.save)
    hands.settle()
    assert same(used(hands), Correction(landmarks, painted))


def test_the_engines_picture_and_masks_are_kept_apart(qtbot, hands, editor):
    before, cut = engines_masks(hands), picture(hands, engines=True)
    drag_nose(qtbot, editor)
    stroke(qtbot, editor, "face", editor.paint, (20, 40), (80, 40))
    click(qtbot, editor.save)
    hands.settle()
    assert np.array_equal(engines_masks(hands).face, before.face)
    assert np.array_equal(picture(hands, engines=True), cut)
    assert not np.array_equal(used(hands).masks.face, before.face)


def test_back_to_engines_brings_back_what_the_engine_said_as_an_entry_of_its_own(qtbot, hands, editor):
    before = used(hands)
    assert not editor.revert.isEnabled()
    drag_nose(qtbot, editor)
    click(qtbot, editor.save)
    hands.settle()
    after = used(hands)
    hands.key(K.Key_Return)
    assert editor.revert.isEnabled()
    assert np.allclose(editor.canvas.landmarks, aligned(after), atol=0.05)
    click(qtbot, editor.revert)
    hands.settle()
    assert same(used(hands), before)
    assert entries(hands)[0] == "Withdraw the correction of a face of Mira"
    hands.key(K.Key_Z, M.ControlModifier)
    assert same(used(hands), after)


def test_a_corrected_face_can_be_corrected_further(qtbot, hands, editor):
    stroke(qtbot, editor, "face", editor.paint, (20, 40), (80, 40))
    click(qtbot, editor.save)
    hands.settle()
    hands.key(K.Key_Return)
    assert editor.canvas.masks.face[40, 50]
    stroke(qtbot, editor, "face", editor.paint, (20, 90), (80, 90))
    click(qtbot, editor.save)
    hands.settle()
    assert used(hands).masks.face[40, 50]
    assert used(hands).masks.face[90, 50]
    hands.key(K.Key_Z, M.ControlModifier)
    assert used(hands).masks.face[40, 50]
    assert not used(hands).masks.face[90, 50]


def test_a_corrected_face_has_a_badge_in_the_grid_and_says_so(qtbot, hands, editor):
    plain = corner(hands)
    stroke(qtbot, editor, "face", editor.paint, (20, 40), (80, 40))
    click(qtbot, editor.save)
    hands.settle()
    accent = hands.window.theme.colour("accent")
    assert sum(close(colour, accent) for colour in corner(hands)) > 40
    assert sum(close(colour, accent) for colour in plain) < 5
    index = hands.grid.model().index(FACE, 0)
    assert index.data(ID_ROLE) == hands.session.faces.columns.ids[FACE]
    assert "corrected by hand" in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_the_grid_shows_the_face_as_it_was_cut_anew(qtbot, hands, editor):
    row = int(hands.session.faces.columns.rows[FACE])
    thumbnails = hands.panel.thumbnails
    before = thumbnails.image(row).copy()
    start = editor.canvas.rect().center()
    drag(qtbot, editor.canvas, start, start + QPoint(60, 0), keys=M.ShiftModifier)
    click(qtbot, editor.save)
    hands.settle()
    qtbot.waitUntil(lambda: thumbnails.image(row) is not None and thumbnails.image(row) != before, timeout=10_000)


@pytest.mark.parametrize("way", ["Escape", "Close"])
def test_closing_without_using_leaves_all_as_it_was(qtbot, hands, editor, way):
    before, known = used(hands), entries(hands)
    drag_nose(qtbot, editor)
    stroke(qtbot, editor, "face", editor.paint, (20, 40), (80, 40))
    if way == "Escape":
        hands.key(K.Key_Escape, on=editor.canvas)
    else:
        click(qtbot, editor.close_button)
    hands.settle()
    assert hands.grid.isVisible()
    assert hands.grid.hasFocus()
    assert same(used(hands), before)
    assert entries(hands) == known
    hands.key(K.Key_Return)
    assert np.allclose(editor.canvas.landmarks, aligned(before), atol=0.01)
    assert np.array_equal(editor.canvas.masks.face, before.masks.face)
    assert not editor.undo.isEnabled()


def test_pressed_twice_it_is_still_one_entry(qtbot, hands, editor):
    known = len(entries(hands))
    stroke(qtbot, editor, "face", editor.paint, (20, 40), (80, 40))
    click(qtbot, editor.save)
    click(qtbot, editor.save)
    hands.settle()
    assert len(entries(hands)) == known + 1


def test_ctrl_return_uses_the_correction(hands, qtbot, editor):
    stroke(qtbot, editor, "face", editor.paint, (20, 40), (80, 40))
    hands.key(K.Key_Return, M.ControlModifier, on=editor.canvas)
    assert used(hands).masks.face[40, 50]


def test_a_correction_made_elsewhere_closes_the_editor_and_says_why(qtbot, hands, editor):
    drag_nose(qtbot, editor)
    with Project(hands.window.studio.project.folder) as project:
        landmarks = used(hands).landmarks
        correct(project, hands.session.identity, int(hands.session.faces.columns.ids[FACE]), Correction(landmarks + 3))
    hands.session.refresh()
    settled(qtbot, hands.window.studio)
    assert hands.grid.isVisible()
    assert "editor was closed" in hands.message


def test_a_look_at_another_person_closes_the_editor_and_corrects_nobody(qtbot, hands, editor):
    drag_nose(qtbot, editor)
    other = next(row for row in hands.window.studio.people if row.identity.name == "Tomas")
    hands.session.show(other.identity)
    hands.settle()
    assert not editor.isVisible()
    assert not hands.session.faces.columns.corrections.any()


def test_every_tool_of_the_editor_is_reached_by_tab_and_pressed_by_space(qtbot, hands, editor):
    drag_nose(qtbot, editor)
    for button in editor.findChildren(QAbstractButton):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert button.accessibleName()
    hands.key(K.Key_Space, on=editor.undo)
    assert not editor.undo.isEnabled()
    hands.key(K.Key_Space, on=editor.close_button)
    assert hands.grid.isVisible()
