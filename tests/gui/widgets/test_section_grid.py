import numpy as np
import pytest
from PySide6.QtCore import QAbstractListModel, QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.app.faceset.arrangement import arrange
from studio.app.faceset.selection import Selection
from studio.ui.widgets.section_grid.geometry import GAP, HEADER, MARGIN
from studio.ui.widgets.section_grid.view import LARGEST, SMALLEST, SectionGrid

Key, Keys, Button, Flag = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton, QItemSelectionModel.SelectionFlag
CELL, COLUMNS = 128, 6


class Rows(QAbstractListModel):
    """As many rows as it is told."""

    count = 0

    def rowCount(self, parent=None):
        return 0 if parent is not None and parent.isValid() else self.count

    def data(self, _index, _role=0):
        return None


class Painted:
    """Writes down what it is to paint."""

    def __init__(self):
        self.cells, self.headers = {}, {}

    def paint_cell(self, _painter, _box, index, *, selected, current):
        self.cells[index] = (selected, current)

    def paint_header(self, _painter, box, section, *, hovered):
        self.headers[section] = (box.y(), hovered)

    def painted(self, _rows):
        pass


class Stage:
    """A grid as a panel holds it."""

    def __init__(self, grid):
        self.grid, self.selection, self.model = grid, grid.selection, Rows()
        self.grid.setModel(self.model)

    def show(self, keys, *, values=None, shown=None):
        keys = np.asarray(keys, dtype=np.int64)
        arrangement = arrange(np.ones(len(keys), bool) if shown is None else shown, keys, values, {})
        self.selection.resize(len(keys))
        self.model.beginResetModel()
        self.model.count = len(arrangement)
        self.model.endResetModel()
        self.grid.arrange(arrangement, headers=True)

    def collapse(self, *keys):
        self.grid.arrange(self.grid.arrangement.with_collapsed(frozenset(keys)), headers=True)

    def paint(self):
        painted = Painted()
        self.grid.set_painter(painted)
        self.grid.viewport().repaint()
        return painted

    def at(self, row):
        return self.grid.cell_rect(row).center()

    @property
    def selected(self):
        return self.selection.indices.tolist()

    @property
    def told(self):
        """What Qt's selection model says to whoever asks."""
        return sorted(index.row() for index in self.grid.selectionModel().selectedIndexes())


@pytest.fixture
def stage(qtbot):
    grid = SectionGrid(Selection())
    made = Stage(grid)
    qtbot.addWidget(grid)
    around = grid.verticalScrollBar().sizeHint().width() + 2 * grid.frameWidth()
    grid.resize(2 * MARGIN + COLUMNS * (CELL + GAP) - GAP + around, 600)
    grid.show()
    qtbot.waitExposed(grid)
    assert grid.geometry_of_cells.columns == COLUMNS
    yield made
    grid.close_view()


@pytest.fixture
def click(qtbot, stage):
    def do(point, keys=Keys.NoModifier, button=Button.LeftButton):
        qtbot.mouseClick(stage.grid.viewport(), button, keys, point)

    return do


@pytest.fixture
def press(qtbot, stage):
    def do(key, keys=Keys.NoModifier):
        qtbot.keyClick(stage.grid, key, keys)

    return do


def drag(grid, start, *stops, keys=Keys.NoModifier, release=True):
    def send(kind, point, button, buttons):
        spot = QPointF(point)
        QApplication.sendEvent(
            grid.viewport(), QMouseEvent(kind, spot, grid.viewport().mapToGlobal(spot), button, buttons, keys)
        )

    send(QMouseEvent.Type.MouseButtonPress, start, Button.LeftButton, Button.LeftButton)
    for stop in stops:
        send(QMouseEvent.Type.MouseMove, stop, Button.NoButton, Button.LeftButton)
    if release:
        send(QMouseEvent.Type.MouseButtonRelease, stops[-1], Button.LeftButton, Button.NoButton)


def wheel(grid, point, angle, keys=Keys.ControlModifier):
    spot = QPointF(point)
    QApplication.sendEvent(
        grid.viewport(),
        QWheelEvent(
            spot, grid.viewport().mapToGlobal(spot), QPoint(), QPoint(0, angle), Button.NoButton, keys,
            Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def test_a_click_selects_a_face_alone(stage, click):
    stage.show([0] * 40)
    click(stage.at(3))
    click(stage.at(5))
    assert stage.selected == stage.told == [5]
    assert stage.selection.current == stage.grid.currentIndex().row() == 5


def test_ctrl_click_adds_a_face_and_takes_it_away_again(stage, click):
    stage.show([0] * 40)
    click(stage.at(3))
    click(stage.at(5), Keys.ControlModifier)
    assert stage.selected == stage.told == [3, 5]
    click(stage.at(3), Keys.ControlModifier)
    assert stage.selected == stage.told == [5]


def test_shift_click_selects_all_between(stage, click):
    stage.show([0] * 40)
    click(stage.at(8))
    click(stage.at(3), Keys.ShiftModifier)
    assert stage.selected == [3, 4, 5, 6, 7, 8]
    click(stage.at(10), Keys.ShiftModifier)
    assert stage.selected == stage.told == [8, 9, 10]


def test_shift_extends_from_the_same_face_after_the_order_has_changed(stage, click):
    stage.show([0] * 20)
    click(stage.at(2))
    stage.show([0] * 20, values=-np.arange(20.0))
    click(stage.at(15), Keys.ShiftModifier)
    assert stage.selected == [2, 3, 4]


def test_shift_extends_from_the_face_that_a_culling_key_went_on_to(stage, press, click):
    stage.show([0] * 20)
    click(stage.at(2))
    stage.selection.replace(np.array([9]))
    stage.selection.set_current(9)
    press(Key.Key_Right, Keys.ShiftModifier)
    assert stage.selected == [9, 10]


def test_a_click_on_nothing_selects_nothing(stage, click):
    stage.show([0] * 4)
    click(stage.at(1))
    click(QPoint(stage.at(1).x(), 500))
    assert stage.selected == stage.told == []


def test_a_right_click_takes_the_face_under_it_unless_it_is_selected_already(stage, click):
    stage.show([0] * 40)
    click(stage.at(1))
    click(stage.at(3), Keys.ControlModifier)
    click(stage.at(3), button=Button.RightButton)
    assert stage.selected == [1, 3]
    click(stage.at(7), button=Button.RightButton)
    assert stage.selected == [7]


def test_a_rubber_band_selects_what_it_touches(stage):
    stage.show([0] * 40)
    drag(stage.grid, stage.at(1), stage.at(9))
    assert stage.selected == stage.told == [1, 2, 3, 7, 8, 9]


def test_a_rubber_band_with_ctrl_adds_to_the_selection(stage):
    stage.show([0] * 40)
    stage.selection.replace(np.array([30]))
    drag(stage.grid, stage.grid.cell_rect(0).topLeft() - QPoint(4, 4), stage.at(1), keys=Keys.ControlModifier)
    assert stage.selected == [0, 1, 30]


def test_a_rubber_band_passes_over_a_collapsed_section(stage):
    stage.show([0] * 6 + [1] * 60 + [2] * 6)
    stage.collapse(1)
    drag(stage.grid, stage.at(0), stage.at(71))
    assert stage.selected == [*range(6), *range(66, 72)]


def test_a_rubber_band_held_below_the_grid_scrolls_it_and_selects_on(qtbot, stage):
    stage.show([0] * 600)
    below = QPoint(stage.at(2).x(), stage.grid.viewport().height() + 300)
    drag(stage.grid, stage.at(0), below, release=False)
    qtbot.waitUntil(lambda: stage.grid.verticalOffset() > 600, timeout=5000)
    qtbot.mouseRelease(stage.grid.viewport(), Button.LeftButton, pos=below)
    assert {0, 1, 2, 30, 31, 32} <= set(stage.selected)
    assert not {3, 33} & set(stage.selected)


def test_a_press_that_shakes_a_little_is_a_click_even_on_a_face_half_in_view(stage):
    stage.show([0] * 600)
    row = next(row for row in stage.grid.rows_in_view() if row not in stage.grid.rows_in_view(whole=True))
    spot = stage.grid.cell_rect(row).topLeft() + QPoint(20, 20)
    drag(stage.grid, spot, spot + QPoint(2, 2))
    assert stage.selected == [row]


def test_faces_that_come_while_a_band_is_drawn_do_no_harm(stage):
    stage.show([0] * 20)
    stage.selection.replace(np.array([15]))
    drag(stage.grid, stage.at(0), stage.at(1), keys=Keys.ControlModifier, release=False)
    stage.show([0] * 30)
    drag(stage.grid, stage.at(0), stage.at(2), keys=Keys.ControlModifier)
    assert stage.selected == [0, 1, 2, 15]


def test_arrows_go_from_face_to_face_and_over_headers(stage, press):
    stage.show([0] * 8 + [1] * 8)
    went = []
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Down, Key.Key_Down, Key.Key_Left, Key.Key_Up, Key.Key_Up):
        press(key)
        went.append(stage.selection.current)
    # The line of 6 and 7 is short: from column 1 the way goes on through columns 1 and 0.
    assert went == [0, 1, 7, 9, 8, 6, 0]
    assert stage.selected == [0]


def test_keys_skip_a_collapsed_section(stage, press):
    stage.show([0] * 6 + [1] * 30 + [2] * 6)
    stage.collapse(1)
    stage.selection.set_current(5)
    press(Key.Key_Right)
    assert stage.selection.current == 36
    press(Key.Key_Up)
    assert stage.selection.current == 0


def test_home_end_and_page_keys_reach_every_face(stage, press):
    stage.show([0] * 600)
    press(Key.Key_End)
    assert stage.selection.current == 599
    assert 599 in stage.grid.rows_in_view(whole=True)
    press(Key.Key_Home)
    press(Key.Key_PageDown)
    assert stage.selection.current % COLUMNS == 0
    assert 0 < stage.selection.current <= 600 // CELL * COLUMNS
    press(Key.Key_PageUp)
    assert stage.selection.current == 0


def test_shift_arrow_extends_and_ctrl_arrow_leaves_the_selection(stage, press):
    stage.show([0] * 40)
    press(Key.Key_Home)
    press(Key.Key_Down, Keys.ShiftModifier)
    assert stage.selected == [0, 1, 2, 3, 4, 5, 6]
    press(Key.Key_Right, Keys.ControlModifier)
    assert len(stage.selected) == 7
    assert stage.selection.current == 7


def test_letters_and_space_are_left_to_the_panel(qtbot, stage):
    stage.show([0] * 40)
    panel = QWidget()
    qtbot.addWidget(panel)
    got = []
    panel.keyPressEvent = lambda event: got.append(event.text())
    stage.grid.setParent(panel)
    stage.selection.set_current(3)
    for key in (Key.Key_P, Key.Key_X, Key.Key_U, Key.Key_Space, Key.Key_W):
        qtbot.keyClick(stage.grid, key)
    stage.grid.setParent(None)
    assert got == ["p", "x", "u", " ", "w"]
    assert stage.selection.current == 3


def test_return_and_a_double_click_open_the_face(qtbot, stage, press):
    stage.show([0] * 40)
    stage.selection.set_current(3)
    with qtbot.waitSignal(stage.grid.opened):
        press(Key.Key_Return)
    with qtbot.waitSignal(stage.grid.opened):
        qtbot.mouseDClick(stage.grid.viewport(), Button.LeftButton, pos=stage.at(1))


def test_select_all_leaves_out_what_cannot_be_seen(stage):
    stage.show([0] * 6 + [1] * 30, shown=np.arange(36) != 2)
    stage.collapse(1)
    stage.grid.selectAll()
    assert stage.selected == [0, 1, 3, 4, 5]
    assert stage.told == [0, 1, 2, 3, 4]


def test_the_chevron_collapses_and_the_title_selects_the_section(qtbot, stage, click):
    stage.show([0] * 6 + [1] * 30)
    header = stage.grid.header_rect(1)
    with qtbot.waitSignal(stage.grid.section_toggled) as toggled:
        click(header.topLeft() + QPoint(12, 12))
    assert toggled.args == [1]
    assert stage.selected == []
    click(header.topLeft() + QPoint(60, 12))
    assert stage.selected == list(range(6, 36))
    click(stage.grid.header_rect(0).topLeft() + QPoint(60, 12), Keys.ControlModifier)
    assert stage.selected == list(range(36))
    click(stage.grid.header_rect(0).topLeft() + QPoint(60, 12), Keys.ControlModifier)
    assert stage.selected == list(range(6, 36))


def test_a_right_click_on_a_header_toggles_nothing(qtbot, stage, click):
    stage.show([0] * 6)
    with qtbot.assertNotEmitted(stage.grid.section_toggled):
        click(QPoint(12, 12), button=Button.RightButton)


def test_the_header_of_what_one_looks_at_sticks_to_the_top(qtbot, stage):
    stage.show([0] * 60 + [1] * 60)
    stage.grid.verticalScrollBar().setValue(300)
    assert stage.paint().headers[0] == (0, False)
    next_top = stage.grid.geometry_of_cells.header_box(1).y
    stage.grid.verticalScrollBar().setValue(next_top - 10)
    painted = stage.paint()
    assert painted.headers[0][0] == 10 - HEADER
    assert painted.headers[1][0] == 10
    with qtbot.waitSignal(stage.grid.section_toggled) as toggled:
        qtbot.mouseClick(stage.grid.viewport(), Button.LeftButton, pos=QPoint(12, 4))
    assert toggled.args == [0]


def test_only_what_is_in_view_is_painted(stage):
    stage.show([0] * 100_000)
    stage.selection.replace(np.array([1, 2]))
    stage.selection.set_current(2)
    painted = stage.paint()
    assert len(painted.cells) <= 5 * COLUMNS
    assert painted.cells[1] == (True, False)
    assert painted.cells[2] == (True, True)
    assert painted.cells[3] == (False, False)


def test_the_wheel_with_ctrl_zooms_about_the_face_under_it(stage):
    stage.show([0] * 2000)
    stage.grid.verticalScrollBar().setValue(9000)
    point = QPoint(300, 250)
    row = stage.grid.indexAt(point).row()
    assert row > 0
    for _ in range(3):
        wheel(stage.grid, point, 120)
        top = stage.grid.cell_rect(row).top()
        assert top <= point.y() <= top + stage.grid.cell
    assert stage.grid.cell > CELL


def test_zooming_where_no_face_is_keeps_what_is_beside(stage):
    stage.show([0] * 2000)
    stage.grid.set_cell(150)
    stage.grid.verticalScrollBar().setValue(9000)
    point = QPoint(stage.grid.viewport().width() - 2, 250)
    assert not stage.grid.indexAt(point).isValid()
    before = set(stage.grid.rows_in_view())
    wheel(stage.grid, point, -120)
    assert before & set(stage.grid.rows_in_view(whole=True))


def test_the_zoom_slider_keeps_the_current_face_in_view(stage):
    stage.show([0] * 2000)
    stage.selection.set_current(1000)
    for side in (100, 180, 256, 64):
        stage.grid.set_cell(side)
        assert 1000 in stage.grid.rows_in_view(whole=True)


def test_a_touch_pad_zooms_by_less_than_a_pixel_at_a_time(stage):
    stage.show([0] * 200)
    for _ in range(60):
        wheel(stage.grid, QPoint(100, 100), 4)
    assert stage.grid.cell == pytest.approx(CELL * 1.12**2, abs=1)


def test_zoom_ends_at_64_and_256_pixels(stage):
    stage.show([0] * 200)
    wheel(stage.grid, QPoint(100, 100), 12_000)
    assert stage.grid.cell == LARGEST == 256
    wheel(stage.grid, QPoint(100, 100), -12_000)
    assert stage.grid.cell == SMALLEST == 64


def test_faces_that_arrive_move_nothing(stage):
    stage.show([0] * 600)
    stage.selection.set_current(3)
    stage.grid.verticalScrollBar().setValue(5000)
    stage.show([0] * 700)
    assert stage.grid.verticalOffset() == 5000


def test_a_filter_leaves_the_current_face_where_it_is(stage):
    stage.show([0] * 600)
    stage.grid.verticalScrollBar().setValue(5000)
    row = stage.grid.rows_in_view(whole=True)[9]
    stage.selection.set_current(row)
    y = stage.grid.cell_rect(row).y()
    shown = np.arange(600) % 2 == row % 2
    stage.show([0] * 600, shown=shown)
    assert stage.grid.cell_rect(int(stage.grid.arrangement.rows[row])).y() == y


def test_another_order_is_shown_from_its_beginning(stage):
    stage.show([0] * 600)
    stage.grid.verticalScrollBar().setValue(5000)
    stage.show([0] * 600, values=np.random.default_rng(0).normal(size=600))
    assert stage.grid.verticalOffset() == 0


def test_collapsing_the_section_one_is_in_leaves_its_header_in_view(stage):
    stage.show([0] * 300 + [1] * 300 + [2] * 300)
    stage.grid.verticalScrollBar().setValue(stage.grid.geometry_of_cells.header_box(1).y + 2000)
    stage.collapse(1)
    assert stage.grid.header_rect(1).y() == 0


def test_what_a_stranger_selects_through_qt_is_the_selection(stage):
    stage.show([0] * 40, values=-np.arange(40.0))
    model = stage.grid.model()
    stage.grid.selectionModel().select(QItemSelection(model.index(0, 0), model.index(2, 0)), Flag.ClearAndSelect)
    assert stage.selected == [37, 38, 39]
    stage.grid.setCurrentIndex(model.index(7, 0))
    assert stage.selection.current == 32


def test_qt_is_told_of_scattered_faces_when_it_is_asked(stage):
    stage.show([0] * 20_000)
    stage.selection.replace(np.arange(0, 20_000, 2))
    index = stage.grid.model().index
    assert stage.grid.selectionModel().isSelected(index(4, 0))
    assert not stage.grid.selectionModel().isSelected(index(5, 0))
    assert len(stage.told) == 10_000


def test_qt_is_told_of_scattered_faces_by_itself_a_little_later(qtbot, stage):
    stage.show([0] * 20_000)
    with qtbot.waitSignal(stage.grid.selectionModel().selectionChanged, timeout=5000):
        stage.selection.replace(np.arange(0, 20_000, 2))


def test_a_stranger_adds_to_scattered_faces(stage):
    stage.show([0] * 20_000)
    stage.selection.replace(np.arange(0, 20_000, 2))
    stage.grid.selectionModel().select(stage.grid.model().index(1, 0), Flag.Select)
    assert stage.selected[:4] == [0, 1, 2, 4]
    assert len(stage.selected) == 10_001


def test_faces_stay_selected_in_another_order(stage):
    stage.show([0] * 40)
    stage.selection.replace(np.array([1, 2]))
    stage.show([0] * 40, values=-np.arange(40.0))
    assert stage.selected == [1, 2]
    assert stage.told == [37, 38]


def test_set_selection_takes_a_rectangle_of_the_viewport(stage):
    stage.show([0] * 40)
    stage.grid.setSelection(stage.grid.cell_rect(0).united(stage.grid.cell_rect(7)), Flag.ClearAndSelect)
    assert stage.selected == [0, 1, 6, 7]


def test_rows_of_a_collapsed_section_have_no_place(stage):
    stage.show([0] * 6 + [1] * 30)
    stage.collapse(1)
    index = stage.grid.model().index(10, 0)
    assert stage.grid.isIndexHidden(index)
    assert stage.grid.visualRect(index).isEmpty()
    assert not stage.grid.isIndexHidden(stage.grid.model().index(2, 0))


def test_the_place_of_a_face_holds_the_face(stage):
    stage.show([0] * 7 + [1] * 300)
    for row in (0, 6, 7, 200, 306):
        index = stage.grid.model().index(row, 0)
        stage.grid.scrollTo(index)
        assert stage.grid.indexAt(stage.grid.visualRect(index).center()) == index
        assert row in stage.grid.rows_in_view(whole=True)


def test_a_grid_without_faces_takes_keys_and_clicks(stage, press, click):
    for key in (Key.Key_Down, Key.Key_End, Key.Key_PageUp, Key.Key_Return):
        press(key)
    click(QPoint(50, 50))
    assert stage.grid.indexAt(QPoint(50, 50)) == QModelIndex()
    assert stage.paint().cells == {}
    assert stage.selection.current == -1


def test_narrowing_the_window_keeps_the_first_face_in_view(stage):
    stage.show([0] * 3000)
    stage.grid.verticalScrollBar().setValue(20_000)
    first = stage.grid.rows_in_view()[0]
    stage.grid.resize(stage.grid.width() - 300, stage.grid.height())
    assert first in stage.grid.rows_in_view()
