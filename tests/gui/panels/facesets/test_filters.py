"""Filters: what the sliders, boxes and chips of the right column do to the grid."""

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from studio.app.faceset.filters import SCORES, FilterSet
from studio.core.records import FaceState
from studio.ui.application import build
from tests.gui.waiting import settled

K, M, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton
FACES = 60


@pytest.fixture
def blur(hands):
    return hands.find("facesets.filter.blur")


def values(hands, column="blur"):
    return getattr(hands.session.faces.columns, column)


def shown(hands):
    """Indices of the faces in the grid."""
    return sorted(hands.grid.arrangement.order.tolist())


def between(hands, low=-np.inf, high=np.inf, column="blur"):
    return np.flatnonzero((values(hands, column) >= low) & (values(hands, column) <= high)).tolist()


def chips(hands):
    """The chips one sees, by what they say."""
    hands.settle()
    buttons = hands.panel.desk.chips.findChildren(QToolButton)
    return {button.text(): button for button in buttons if button.isVisible()}


def reveal(hands, widget):
    """Scroll the right column until the widget is in view, as a wheel does."""
    area = next(w for w in hands.window.findChildren(QWidget) if w.accessibleName() == "Map, coverage and filters")
    area.ensureWidgetVisible(widget)
    QApplication.processEvents()


def handles(slider):
    """Where the two handles lie, in pixels from the left of the track."""
    return [round(slider.track._x(value)) for value in slider.track._ends()]


def drag(qtbot, hands, slider, start, end, button=LEFT):
    """Drag along a track with the mouse from one x to another."""
    reveal(hands, slider)
    track, y = slider.track, slider.track.height() - 8
    qtbot.mousePress(track, button, pos=QPoint(start, y))
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(track, QPoint(round(start + share * (end - start)), y))
    qtbot.mouseRelease(track, button, pos=QPoint(end, y))
    hands.settle()


def type_in(qtbot, hands, box, text):
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, K.Key_Return)
    hands.settle()


def click(qtbot, hands, widget):
    qtbot.mouseClick(widget, LEFT, pos=QPoint(9, widget.height() // 2))
    hands.settle()


def test_dragging_the_lower_handle_hides_what_is_less_sharp_and_says_so_everywhere(qtbot, hands, blur):
    left, right = handles(blur)
    drag(qtbot, hands, blur, left, (left + right) // 2)
    low, high = blur.limits
    assert high is None
    assert shown(hands) == between(hands, low)
    assert 0 < len(shown(hands)) < FACES
    assert abs(blur._low.value() - low) <= 0.005
    assert list(chips(hands)) == [f"Sharpness ≥ {low:.2f}"]
    assert f"{len(shown(hands))} shown" in hands.status


def test_dragging_the_upper_handle_hides_what_is_above_and_back_to_the_end_shows_all(qtbot, hands, blur):
    left, right = handles(blur)
    drag(qtbot, hands, blur, right, (left + right) // 2)
    low, high = blur.limits
    assert low is None
    assert shown(hands) == between(hands, high=high)
    drag(qtbot, hands, blur, handles(blur)[1], right + 20)
    assert blur.limits == (None, None)
    assert len(shown(hands)) == FACES
    assert not chips(hands)


def test_the_grid_follows_while_one_drags(qtbot, hands, blur):
    reveal(hands, blur)
    counts, (left, right) = [], handles(blur)
    qtbot.mousePress(blur.track, LEFT, pos=QPoint(left, 30))
    for x in range(left, right, 20):
        qtbot.mouseMove(blur.track, QPoint(x, 30))
        counts.append(len(shown(hands)))
    qtbot.mouseRelease(blur.track, LEFT, pos=QPoint(right - 20, 30))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == FACES
    assert len(set(counts)) > 4


@pytest.mark.parametrize("way", [-1, 1])
def test_handles_that_lie_on_each_other_can_be_pulled_apart_to_both_sides(qtbot, hands, blur, way):
    left, right = handles(blur)
    middle = (left + right) // 2
    drag(qtbot, hands, blur, left, middle)
    drag(qtbot, hands, blur, right, middle - 30)
    assert handles(blur)[0] == handles(blur)[1]
    drag(qtbot, hands, blur, middle, middle + way * 40)
    apart = handles(blur)
    assert abs(apart[(1 + way) // 2] - (middle + way * 40)) <= 1
    assert abs(apart[(1 - way) // 2] - middle) <= 1


def test_only_the_left_button_drags(qtbot, hands, blur):
    left, right = handles(blur)
    drag(qtbot, hands, blur, left, right, Qt.MouseButton.RightButton)
    assert blur.limits == (None, None)


def test_a_double_click_shows_everything_again(qtbot, hands, blur):
    left, right = handles(blur)
    drag(qtbot, hands, blur, left, (left + right) // 2)
    drag(qtbot, hands, blur, right, right - 20)
    qtbot.mouseDClick(blur.track, LEFT, pos=QPoint(left + 5, 30))
    hands.settle()
    assert blur.limits == (None, None)
    assert len(shown(hands)) == FACES


def test_arrows_move_a_handle_with_shift_in_fine_steps_and_home_resets(hands, blur):
    start, end = blur.track.span
    for _ in range(10):
        hands.key(K.Key_Right, on=blur.track)
    coarse = blur.limits[0] - start
    assert coarse == pytest.approx((end - start) / 10, abs=0.02)
    assert shown(hands) == between(hands, blur.limits[0])
    for _ in range(10):
        hands.key(K.Key_Right, M.ShiftModifier, on=blur.track)
    assert 0 < blur.limits[0] - start - coarse < coarse / 5
    hands.key(K.Key_Up, on=blur.track)
    for _ in range(10):
        hands.key(K.Key_Left, on=blur.track)
    assert shown(hands) == between(hands, *blur.limits)
    assert blur.limits[1] < end
    hands.key(K.Key_Down, on=blur.track)
    low, high = blur.limits
    hands.key(K.Key_Left, on=blur.track)
    assert blur.limits[0] < low
    assert blur.limits[1] == high
    hands.key(K.Key_Home, on=blur.track)
    assert len(shown(hands)) == FACES


def test_a_typed_limit_is_taken_by_return_and_the_grid_stays_where_it_is(qtbot, hands, blur):
    middle = round(float(np.median(values(hands))), 2)
    type_in(qtbot, hands, blur._low, f"{middle:.2f}")
    assert shown(hands) == between(hands, middle)
    assert hands.grid.isVisible(), "Return has opened something else"
    type_in(qtbot, hands, blur._high, f"{middle + 0.1:.2f}")
    assert shown(hands) == between(hands, middle, middle + 0.1)
    assert list(chips(hands)) == [f"Sharpness {middle:.2f} to {middle + 0.1:.2f}"]


def test_typing_one_limit_leaves_the_other_as_it_was_dragged(qtbot, hands, blur):
    left = handles(blur)[0]
    drag(qtbot, hands, blur, left, left + 33)
    low = blur.limits[0]
    assert round(low, 2) != low, "the drag has hit a round number"
    type_in(qtbot, hands, blur._high, f"{blur.track.span[1] - 0.1:.2f}")
    assert blur.limits[0] == low


def test_limits_typed_the_wrong_way_round_are_turned(qtbot, hands, blur):
    low, high = np.round(np.quantile(values(hands), [0.3, 0.7]), 2).tolist()
    type_in(qtbot, hands, blur._high, f"{low:.2f}")
    type_in(qtbot, hands, blur._low, f"{high:.2f}")
    assert blur.limits == (low, high)
    assert shown(hands) == between(hands, low, high)


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.column)
def test_every_score_can_be_limited_by_keys_and_its_chip_names_it(hands, score):
    slider = hands.find(f"facesets.filter.{score.column}")
    known = ~np.isnan(values(hands, score.column))
    if not known.any() or not slider.isEnabled():
        assert not slider.isVisible() or not slider.isEnabled()
        return
    for _ in range(60):
        hands.key(K.Key_Right, on=slider.track)
    low = slider.limits[0]
    assert shown(hands) == between(hands, low, column=score.column)
    (chip,) = chips(hands)
    assert chip.startswith(f"{score.text} ≥ ")
    assert chip.endswith(score.unit)
    hands.key(K.Key_Home, on=slider.track)
    assert len(shown(hands)) == FACES


def test_the_histogram_dims_what_is_outside_the_limits(qtbot, hands, blur):
    def bright():
        muted, picture = hands.window.theme.colour("muted").name(), blur.track.grab().toImage()
        return sum(picture.pixelColor(x, y).name() == muted for x in range(picture.width()) for y in range(32))

    everything = bright()
    left, right = handles(blur)
    drag(qtbot, hands, blur, left, (left + right) // 2)
    assert 0 < bright() < everything


def test_a_click_on_a_chip_takes_its_limit_away_and_no_other(qtbot, hands, blur):
    low = float(np.quantile(values(hands), 0.3))
    hands.session.filters.limit("blur", low, None)
    hands.session.filters.limit("yaw", -10, 10)
    assert len(chips(hands)) == 2
    click(qtbot, hands, next(chip for text, chip in chips(hands).items() if text.startswith("Yaw")))
    assert [text.split()[0] for text in chips(hands)] == ["Sharpness"]
    assert shown(hands) == between(hands, low)
    assert blur.limits == (low, None)
    click(qtbot, hands, next(iter(chips(hands).values())))
    assert len(shown(hands)) == FACES
    assert blur.limits == (None, None)
    assert not hands.panel.desk.chips.isVisible()


def test_chips_are_removed_by_keys_one_after_another(qtbot, hands):
    for column in ("blur", "yaw", "pitch"):
        hands.session.filters.limit(column, float(np.quantile(values(hands, column), 0.2)), None)
    next(chip for text, chip in chips(hands).items() if text.startswith("Yaw")).setFocus()
    for left in (2, 1, 0):
        focused = QApplication.focusWidget()
        assert focused in chips(hands).values()
        qtbot.keyClick(focused, K.Key_Space)
        hands.settle()
        assert len(chips(hands)) == left
    assert len(shown(hands)) == FACES


def test_many_chips_take_more_lines_and_not_a_wider_window(hands):
    width = hands.window.minimumSizeHint().width()
    for score in SCORES:
        hands.session.filters.limit(score.column, -1000, 100_000)
    hands.settle()
    found = chips(hands)
    assert len(found) == len(SCORES)
    assert len({chip.y() for chip in found.values()}) > 1
    assert hands.window.minimumSizeHint().width() <= width
    for text, chip in found.items():
        assert chip.width() >= chip.sizeHint().width(), f"{text} is cut off"
        assert hands.panel.desk.chips.rect().contains(chip.geometry())


def test_state_boxes_hide_and_show_faces_by_their_marks(qtbot, hands):
    hands.click(0)
    hands.key(K.Key_X)
    hands.key(K.Key_P)
    boxes = hands.panel.desk.filters.states
    for state, hidden in ((FaceState.REJECTED, {0}), (FaceState.KEPT, {0, 1})):
        reveal(hands, boxes[state])
        click(qtbot, hands, boxes[state])
        assert set(range(FACES)) - set(shown(hands)) == hidden
    assert list(chips(hands)) == ["unmarked"]
    hands.click(0)
    hands.key(K.Key_X)
    assert len(shown(hands)) == FACES - 3, "a mark takes the face out of the grid"
    click(qtbot, hands, boxes[FaceState.REJECTED])
    assert set(range(FACES)) - set(shown(hands)) == {1}
    click(qtbot, hands, next(iter(chips(hands).values())))
    assert all(box.isChecked() for box in boxes.values())


def test_not_seen_yet_hides_the_faces_that_were_looked_at(qtbot, hands):
    hands.session.faces.set_seen(np.arange(FACES), seen=False)
    hands.session.faces.set_seen(np.arange(20))
    unseen = hands.panel.desk.filters.unseen
    reveal(hands, unseen)
    click(qtbot, hands, unseen)
    assert shown(hands) == list(range(20, FACES))
    assert list(chips(hands)) == ["not seen yet"]
    click(qtbot, hands, next(iter(chips(hands).values())))
    assert not unseen.isChecked()


def test_filters_that_hide_every_face_say_so_with_the_button_that_clears_them(qtbot, hands, blur):
    for box in hands.panel.desk.filters.states.values():
        reveal(hands, box)
        click(qtbot, hands, box)
    assert shown(hands) == []
    nothing = hands.panel.desk._nothing
    assert nothing.isVisible()
    assert not hands.grid.isVisible()
    (button,) = [found for found in nothing.findChildren(QPushButton) if found.isVisible()]
    assert button.text() == "Clear filters"
    qtbot.mouseClick(button, LEFT)
    hands.settle()
    assert hands.grid.isVisible()
    assert len(shown(hands)) == FACES


def test_rejecting_outside_the_filters_proposes_exactly_the_used_faces_they_hide(hands):
    hands.session.selection.replace(np.arange(4))
    hands.grid.setFocus()
    hands.do("reject")
    low = float(np.quantile(values(hands), 0.4))
    hands.session.filters.limit("blur", low, None)
    hidden = set(range(FACES)) - set(shown(hands))
    hands.key(K.Key_L)
    assert set(np.flatnonzero(hands.session.pending.mask).tolist()) == hidden - {0, 1, 2, 3}
    assert len(shown(hands)) == FACES, "one sees what would go"
    assert hands.grid.arrangement.sections[0].title == f"Would be rejected: outside Sharpness ≥ {low:.2f}"
    hands.do("accept")
    assert set(np.flatnonzero(hands.session.faces.rejected).tolist()) == hidden | {0, 1, 2, 3}


def test_dismissed_the_filters_are_in_force_again(hands):
    hands.session.filters.limit("blur", float(np.quantile(values(hands), 0.4)), None)
    before, filters = shown(hands), hands.session.filters.value
    hands.key(K.Key_L)
    hands.key(K.Key_Escape)
    assert hands.session.filters.value == filters
    assert shown(hands) == before
    assert hands.faces == {"unmarked": FACES}


def test_without_a_filter_there_is_nothing_to_clear_save_or_reject(hands):
    for name in ("clear_filters", "save_filters", "by_limits"):
        action = hands.window.actions_table[f"facesets.{name}"]
        assert not action.isEnabled()
        assert "No filter is in force." in action.toolTip()
    hands.session.filters.limit("yaw", -5, None)
    assert hands.window.actions_table["facesets.save_filters"].isEnabled()


def save_as(qtbot, hands, name):
    """Save the filters under a name typed into the field that asks for it."""

    def answer():
        dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QInputDialog) and w.isVisible())
        qtbot.keyClicks(dialog.findChild(QLineEdit), name)
        dialog.accept()

    QTimer.singleShot(100, answer)
    hands.do("save_filters")


def items(menu):
    """The entries of a menu of saved filters, by the name one reads: a single ampersand only underlines."""
    shown = [action for action in menu.actions() if not action.isSeparator()]
    return {re.sub("&(.)", r"\1", action.text()): action for action in shown}


def test_a_set_of_filters_kept_under_a_name_is_used_again_and_forgotten(qtbot, hands):
    assert [action.isEnabled() for action in hands.panel.desk.saved.actions()] == [False]
    hands.session.filters.limit("yaw", -8, 8)
    hands.session.filters.limit("blur", float(np.median(values(hands))), None)
    kept, before = hands.session.filters.value, shown(hands)
    save_as(qtbot, hands, "Frontal & sharp")
    assert hands.message == "Saved the filters Frontal & sharp."
    hands.do("clear_filters")
    menu = hands.panel.desk.saved
    items(menu)["Frontal & sharp"].trigger()
    hands.settle()
    assert hands.session.filters.value == kept
    assert shown(hands) == before
    forget = items(menu)["Forget"].menu()
    assert isinstance(forget, QMenu)
    items(forget)["Frontal & sharp"].trigger()
    hands.settle()
    assert list(items(menu)) == ["No filters are saved yet"]
    assert shown(hands) == before, "forgetting a set changes nothing in the grid"


def test_saved_filters_are_there_again_after_a_restart(qtbot, hands, folder):
    hands.session.filters.set(FilterSet(unseen=True, states=frozenset({FaceState.UNMARKED})))
    hands.session.filters.limit("yaw", -8, 8)
    kept = hands.session.filters.value
    save_as(qtbot, hands, "frontal")
    hands.window.close()
    _, again = build(["studio", str(folder)])
    again.show()
    try:
        qtbot.waitUntil(lambda: bool(again.studio.people), timeout=20_000)
        panel = again.findChild(QWidget, "panel.facesets")
        qtbot.waitUntil(lambda: panel.session.ready and "frontal" in items(panel.desk.saved), timeout=20_000)
        assert panel.session.filters.value == FilterSet(), "filters are not in force by themselves"
        items(panel.desk.saved)["frontal"].trigger()
        settled(qtbot, again.studio)
        assert panel.session.filters.value == kept
        assert panel.desk.filters.unseen.isChecked()
        assert not panel.desk.filters.states[FaceState.KEPT].isChecked()
        assert panel.desk.filters.sliders["yaw"].limits == (-8, 8)
    finally:
        again.close()
        again.deleteLater()
