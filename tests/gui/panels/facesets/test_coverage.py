"""The heat map of poses: what is there, what is missing, and what a proposal would cost."""

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt

from studio.core.records import FaceState

K, LEFT = Qt.Key, Qt.MouseButton.LeftButton
FACES = 60


@pytest.fixture
def heat(hands):
    return hands.find("facesets.coverage")


def cell_of(hands):
    """(N, 2) row and column of each face, by arithmetic of its own."""
    columns = hands.session.faces.columns
    return np.column_stack([(columns.pitch + 60) // 10, (columns.yaw + 90) // 10]).astype(int)


def in_cell(hands, cell):
    return np.flatnonzero((cell_of(hands) == cell).all(axis=1))


def cells(hands, *, used_only=True):
    """The cells with faces, the fullest first, as (row, column)."""
    shown = cell_of(hands)[~hands.session.faces.rejected] if used_only else cell_of(hands)
    found, counts = np.unique(shown, axis=0, return_counts=True)
    return [tuple(cell) for cell in found[np.argsort(-counts, kind="stable")].tolist()]


def words(hands):
    return hands.panel.desk.coverage.words


def says(qtbot, hands, text):
    qtbot.waitUntil(lambda: text in words(hands), timeout=5000)


def click(qtbot, hands, heat, cell):
    qtbot.mouseClick(heat, LEFT, pos=heat._box(*cell).center().toPoint())
    hands.settle()


def reject(hands, indices):
    hands.session.selection.replace(np.asarray(indices))
    hands.grid.setFocus()
    hands.do("reject")


def colour(heat, cell):
    """The colours of the middle of a cell."""
    box = heat._box(*cell).toRect()
    picture = heat.grab(QRect(box.center().x() - 1, box.center().y() - 1, 3, 3)).toImage()
    return picture.pixelColor(0, 2).lightness()


def test_it_says_how_many_poses_are_covered_and_how_many_common_ones_are_missing(hands):
    covered = cells(hands)
    common = [(row, column) for row in range(3, 9) for column in range(3, 15)]
    missing = len(set(common) - set(covered))
    assert words(hands).startswith(f"{len(covered)} poses covered")
    assert f"{missing} common poses are missing" in words(hands)


def test_fuller_cells_are_brighter_and_missing_common_poses_are_told_from_rare_ones(hands, heat):
    fullest, *_, emptiest = cells(hands)
    assert colour(heat, fullest) > colour(heat, emptiest) > colour(heat, (0, 0))
    gap = next((6, column) for column in range(3, 15) if (6, column) not in cells(hands))
    assert colour(heat, gap) > colour(heat, (0, 0))


def test_marks_change_it_at_once_and_undo_brings_it_back(qtbot, hands, heat):
    target, before = cells(hands)[-1], words(hands)
    covered = len(cells(hands))
    reject(hands, in_cell(hands, target))
    says(qtbot, hands, f"{covered - 1} poses covered")
    assert heat._cost.before.counts[target] == 0
    hands.do("edit.undo")
    says(qtbot, hands, before)


def test_poses_with_a_few_faces_are_counted(qtbot, hands):
    target = cells(hands)[0]
    reject(hands, in_cell(hands, target)[1:])
    few = sum(0 < np.count_nonzero(~hands.session.faces.rejected[in_cell(hands, cell)]) < 3 for cell in cells(hands))
    says(qtbot, hands, f"{few} of them by fewer than 3 faces")


def test_without_a_used_face_it_says_so(qtbot, hands):
    reject(hands, np.arange(FACES))
    says(qtbot, hands, "No used face yet.")


def test_a_click_on_a_cell_selects_its_used_faces_and_no_others(qtbot, hands, heat):
    target = cells(hands)[0]
    inside = in_cell(hands, target)
    reject(hands, inside[:2])
    click(qtbot, hands, heat, target)
    assert hands.selected == inside[2:].tolist()
    assert hands.session.selection.current == inside[2]
    assert f"{len(inside) - 2} selected" in hands.status


def test_a_click_on_an_empty_cell_selects_nothing(qtbot, hands, heat):
    hands.do("select_all")
    click(qtbot, hands, heat, (0, 0))
    assert hands.selected == []


def test_arrows_walk_from_cell_to_cell_in_words_and_return_selects_its_faces(qtbot, hands, heat):
    hands.session.selection.clear()
    row, column = target = cells(hands)[0]
    count = len(in_cell(hands, target))
    hands.key(K.Key_Right, on=heat)
    at = heat.cell
    for key, times in ((K.Key_Up, row - at[0]), (K.Key_Right, column - at[1])):
        opposite = {K.Key_Up: K.Key_Down, K.Key_Right: K.Key_Left}[key]
        for _ in range(abs(times)):
            hands.key(key if times > 0 else opposite, on=heat)
    pose = f"Yaw {10 * column - 90}° to {10 * column - 80}°, pitch {10 * row - 60}° to {10 * row - 50}°"
    assert words(hands) == f"{pose}: {count} faces"
    assert heat.accessibleDescription() == words(hands)
    hands.key(K.Key_Return, on=heat)
    assert hands.selected == in_cell(hands, target).tolist()
    assert hands.grid.isVisible(), "Return has opened something else"
    hands.grid.setFocus()
    assert "common poses are missing" in words(hands)


def test_arrows_stop_at_the_edges(hands, heat):
    for _ in range(20):
        hands.key(K.Key_Left, on=heat)
    for _ in range(14):
        hands.key(K.Key_Up, on=heat)
    assert heat.cell == (11, 0)
    assert words(hands) == "Yaw -90° to -80°, pitch 50° to 60°: 0 faces"


def test_a_proposal_shows_what_it_would_cost_before_anything_is_rejected(qtbot, hands, heat):
    before, covered = words(hands), cells(hands)
    plain = heat.grab().toImage()
    hands.do("best")
    hands.find("facesets.amount").setValue(3)
    says(qtbot, hands, "57 of 60 faces would go; no face would be left at yaw")
    assert hands.faces == {"unmarked": FACES}
    going = hands.session.pending.mask
    lost = [cell for cell in covered if going[in_cell(hands, cell)].all()]
    assert len(lost) >= 3
    for cell in lost:
        assert crossed(hands, heat, cell)
    hands.do("dismiss")
    says(qtbot, hands, before)
    assert heat.grab().toImage() == plain


def crossed(hands, heat, cell):
    """Whether the cell has the diagonal that says it would be empty."""
    picture = heat.grab(heat._box(*cell).toRect().adjusted(3, 3, -3, -3)).toImage()
    red = hands.window.theme.colour("rejected").red()
    shades = [picture.pixelColor(x, y).red() for x in range(picture.width()) for y in range(picture.height())]
    return sum(abs(shade - red) < 60 for shade in shades) >= 3


def test_a_face_excepted_from_a_proposal_is_no_longer_counted_as_lost(qtbot, hands, heat):
    hands.do("best")
    hands.find("facesets.amount").setValue(1)
    says(qtbot, hands, "59 of 60 faces would go")
    cell = next(c for c in cells(hands) if hands.session.pending.mask[in_cell(hands, c)].all())
    hands.session.selection.replace(in_cell(hands, cell)[:1])
    hands.key(K.Key_P)
    says(qtbot, hands, "58 of 60 faces would go")
    assert not crossed(hands, heat, cell)


def test_a_proposal_that_is_accepted_is_the_coverage_it_foretold(qtbot, hands, heat):
    hands.do("best")
    hands.find("facesets.amount").setValue(4)
    says(qtbot, hands, "56 of 60 faces would go")
    foretold = heat._cost.after.counts.copy()
    hands.do("accept")
    says(qtbot, hands, "poses covered")
    assert (heat._cost.before.counts == foretold).all()
    assert foretold.sum() == hands.session.faces.counts()[FaceState.UNMARKED] == 4
