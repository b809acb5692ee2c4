import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage

from studio.app.faceset.arrangement import Grouping
from studio.app.faceset.session import FacesetSession
from studio.core.pictures import write_png
from studio.core.project import Project
from studio.core.records import Basis, FaceState
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan
from studio.core.vision import cv2
from studio.faceset.folder import FacesetFolder
from studio.faceset.thumbnail import thumbnail
from studio.provenance.consent import add_record
from studio.ui.panels.facesets.face_model import ID_ROLE
from studio.ui.panels.facesets.grid import FaceGrid, ProjectThumbnails
from studio.ui.panels.facesets.thumbnails import Thumbnails
from tests.gui.waiting import settled

FACES = 40


def grey(row):
    """An aligned face of one grey, a different one for each row."""
    return np.full((512, 512, 3), 40 + 4 * row, dtype=np.uint8)


@pytest.fixture
def faces_folder(tmp_path):
    """A project with anna's 40 faces: thumbnails of the first 20, aligned faces of all but the last."""
    path = tmp_path / "film"
    with Project.create(path) as project:
        anna = add_record(project, "anna", Basis.SYNTHETIC, "rendered for tests")
        medium = project.store.media.add(anna, "anna.mp4", "/clips/anna.mp4", "anna", "0" * 64)
        faces = [
            NewFace(n, n / 25, 0, (0, 0, 90, 90), 0.9, 200.0, 4.25, (12.0, -3.0, 0.0), "engines", (n, 0, 0, 0))
            for n in range(FACES)
        ]
        project.store.faces.add(anna, medium, 0, faces, Scan(1, 0, FACES, True))
        project.thumbnails(anna).put(range(20), [thumbnail(grey(row)) for row in range(20)])
        folder = FacesetFolder(project, anna)
        for row in range(FACES - 1):
            folder.image_path(row).parent.mkdir(parents=True, exist_ok=True)
            write_png(folder.image_path(row), grey(row))
    return path


@pytest.fixture
def session(qtbot, studio, faces_folder):
    studio.open(faces_folder)
    settled(qtbot, studio)
    made = FacesetSession(studio)
    made.show(studio.people[0].identity)
    settled(qtbot, studio)
    yield made
    made.close()


@pytest.fixture
def thumbnails(session, studio):
    loader = Thumbnails()
    loader.show_source(ProjectThumbnails(studio.project, session.identity))
    yield loader
    loader.close()


@pytest.fixture
def grid(qtbot, session, thumbnails, theme):
    shown = FaceGrid(session, thumbnails, theme)
    qtbot.addWidget(shown)
    shown.resize(900, 900)
    shown.show()
    qtbot.waitExposed(shown)
    session.presentation.rearrange()
    yield shown
    shown.close_view()


def colour_at(grid, row, where=0.5):
    """The colour in the middle of a face's cell, as it is on the screen."""
    picture = grid.viewport().grab().toImage()
    rect = grid.cell_rect(row)
    return picture.pixelColor(rect.left() + int(rect.width() * where), rect.top() + int(rect.height() * where))


def loaded(qtbot, grid, thumbnails):
    rows = grid.arrangement.order[np.array(grid.rows_in_view())].tolist()
    qtbot.waitUntil(lambda: all(thumbnails.image(row) or thumbnails.missing(row) for row in rows), timeout=10_000)


def test_every_face_has_a_row_with_its_id(grid, session):
    model = grid.model()
    assert [model.index(row, 0).data(ID_ROLE) for row in range(FACES)] == session.faces.columns.ids.tolist()


def test_thumbnails_are_shown_and_made_where_they_are_missing(qtbot, grid, thumbnails, studio, session):
    loaded(qtbot, grid, thumbnails)
    assert abs(colour_at(grid, 5).red() - 60) <= 2
    assert abs(colour_at(grid, 25).red() - 140) <= 2
    assert set(studio.project.thumbnails(session.identity).get(range(FACES))) >= set(range(FACES - 1))


def test_a_missing_picture_is_said_in_its_place(qtbot, grid, thumbnails):
    loaded(qtbot, grid, thumbnails)
    assert thumbnails.missing(FACES - 1)
    assert thumbnails.image(FACES - 1) is None
    assert len({colour_at(grid, FACES - 1, where).name() for where in np.linspace(0.3, 0.7, 60)}) > 1


def test_a_rejected_face_is_dimmed_to_a_third(qtbot, grid, thumbnails, session, theme):
    loaded(qtbot, grid, thumbnails)
    session.marks.set_state(np.array([15]), FaceState.REJECTED)
    under = theme.colour("panel").red()
    assert abs(colour_at(grid, 15).red() - (0.35 * 100 + 0.65 * under)) <= 3


@pytest.mark.parametrize("state", [FaceState.KEPT, FaceState.REJECTED])
def test_a_mark_shows_as_a_badge_of_its_colour(qtbot, grid, thumbnails, session, theme, state):
    loaded(qtbot, grid, thumbnails)
    session.marks.set_state(np.array([0]), state)
    rect = grid.cell_rect(0)
    corner = grid.viewport().grab().toImage().copy(rect.right() - 30, rect.top(), 30, 30)
    colours = [corner.pixelColor(x, y) for x in range(30) for y in range(30)]
    badge = theme.colour(state.value)
    assert sum(abs(c.red() - badge.red()) + abs(c.green() - badge.green()) < 20 for c in colours) > 40


def test_selected_and_current_faces_look_different(qtbot, grid, thumbnails, session):
    loaded(qtbot, grid, thumbnails)

    def frame(row):
        rect = grid.cell_rect(row).adjusted(-2, -2, 2, 2)
        image = grid.viewport().grab().toImage()
        return [image.pixelColor(rect.left() + n, rect.center().y()).name() for n in range(6)]

    plain = frame(8)
    session.selection.replace(np.array([8]))
    selected = frame(8)
    session.selection.set_current(8)
    both = frame(8)
    session.selection.clear()
    assert len({tuple(look) for look in (plain, selected, both, frame(8))}) == 4


@pytest.mark.parametrize("grouping", [Grouping.NONE, Grouping.CLUSTER])
def test_what_scrolling_leaves_on_the_screen_is_what_a_fresh_painting_shows(qtbot, grid, thumbnails, session, grouping):
    session.faces.set_clusters(np.arange(FACES), (np.arange(FACES) // 10).astype(np.int32))
    session.presentation.group(grouping)
    grid.resize(500, 400)
    session.selection.set_current(3)
    bar = grid.verticalScrollBar()
    for step in (0, 37, 120, 250, -60, 400, -15, -700, 333, -1):
        bar.setValue(bar.value() + step)
        loaded(qtbot, grid, thumbnails)
        qtbot.wait(40)
        on_screen = grid.screen().grabWindow(grid.winId()).toImage()
        corner = grid.viewport().mapTo(grid, QPoint(0, 0))
        fresh = grid.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        seen = on_screen.copy(QRect(corner, fresh.size())).convertToFormat(QImage.Format.Format_RGB32)
        assert seen == fresh, f"other pixels after a step of {step}"


def test_a_face_is_described_in_words_for_those_who_cannot_see_it(grid, session):
    session.marks.set_state(np.array([3]), FaceState.KEPT)
    said = grid.model().index(3, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith(f"Face {session.faces.columns.ids[3]}, kept")
    assert "yaw 12" in said
    assert "anna.mp4, frame 3" in said


def test_a_screen_reader_finds_the_grid_and_its_faces(grid, session):
    reader = QAccessible.queryAccessibleInterface(grid)
    assert reader.text(QAccessible.Text.Name) == "Faces"
    session.selection.set_current(3)
    assert grid.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole).startswith("Face 4,")


def test_headers_are_shown_only_where_faces_are_grouped(grid, session):
    assert not grid.headers_in_view()
    session.presentation.group(Grouping.STATE)
    assert len(grid.headers_in_view()) == 1


def test_a_mark_under_the_grouping_by_state_moves_the_face_and_not_the_view(qtbot, grid, session):
    grid.resize(300, 400)
    session.presentation.group(Grouping.STATE)
    grid.verticalScrollBar().setValue(500)
    row = grid.rows_in_view(whole=True)[0]
    before = set(grid.arrangement.order[grid.rows_in_view()].tolist())
    session.selection.set_current(int(grid.arrangement.order[row]))
    session.marks.set_state(np.array([session.selection.current]), FaceState.REJECTED)
    after = set(grid.arrangement.order[grid.rows_in_view()].tolist())
    assert len(before & after) >= len(before) - 3


def test_faces_that_lay_in_view_for_a_while_count_as_seen(qtbot, grid, session):
    grid.activateWindow()
    qtbot.waitActive(grid)
    qtbot.waitUntil(lambda: session.seen.progress()[0] > 0, timeout=5000)
    assert session.faces.columns.seen[: len(grid.rows_in_view(whole=True))].all()


def test_small_faces_do_not_count_as_seen(qtbot, grid, session):
    grid.set_cell(64)
    grid.activateWindow()
    qtbot.waitActive(grid)
    qtbot.wait(1300)
    assert session.seen.progress()[0] == 0


def test_undo_shows_at_once(qtbot, grid, studio, session):
    session.selection.replace(np.arange(10))
    session.culling.mark(FaceState.REJECTED)
    settled(qtbot, studio)
    assert session.faces.counts()[FaceState.REJECTED] == 10
    studio.undo()
    settled(qtbot, studio)
    assert session.faces.counts()[FaceState.REJECTED] == 0


class Source:
    """Writes down what it is asked for."""

    def __init__(self, answer=None):
        self.asked = []
        self.answer = answer or (lambda row: thumbnail(grey(row % 50)))

    def fetch(self, rows):
        self.asked.append(list(rows))
        return {row: self.answer(row) for row in rows}


@pytest.fixture
def loader(qapp):
    made = Thumbnails(budget=4 << 20)
    yield made
    made.close()


def test_rows_that_scrolled_away_are_never_loaded(qtbot, loader):
    source = Source()
    loader.show_source(source)
    loader.want(range(10_000))
    loader.want(range(20_000, 20_012))
    qtbot.waitUntil(lambda: all(loader.image(row) for row in range(20_000, 20_012)), timeout=5000)
    qtbot.wait(100)
    assert sum(len(rows) for rows in source.asked) < 100


def test_pictures_stay_within_the_budget_and_loading_comes_to_an_end(qtbot, loader):
    source = Source()
    loader.show_source(source)
    # As a grid does that has more in view than there is room for.
    loader.arrived.connect(lambda _rows: loader.want(range(200)))
    loader.want(range(200))
    qtbot.wait(1000)
    asked = len(source.asked)
    qtbot.wait(300)
    assert len(source.asked) == asked
    assert 0 < sum(loader.image(row) is not None for row in range(200)) <= (4 << 20) // (160 * 160 * 4)


def test_a_source_that_fails_leaves_a_badge_and_the_others_go_on(qtbot, loader, caplog):
    def answer(row):
        if row < 5:
            raise OSError("the disk has gone")
        return thumbnail(grey(1))

    loader.show_source(Source(answer))
    loader.want(range(5))
    qtbot.waitUntil(lambda: loader.missing(0), timeout=5000)
    loader.want([7])
    qtbot.waitUntil(lambda: loader.image(7) is not None, timeout=5000)
    assert "the disk has gone" in caplog.text


def test_damaged_pictures_are_missing_ones(qtbot, loader):
    loader.show_source(Source(lambda _row: b"no picture"))
    loader.want([1])
    qtbot.waitUntil(lambda: loader.missing(1), timeout=5000)


def test_pictures_of_the_former_identity_are_never_shown(qtbot, loader):
    loader.show_source(Source())
    loader.want(range(20))
    loader.show_source(Source(lambda _row: None))
    loader.want(range(20))
    qtbot.waitUntil(lambda: all(loader.missing(row) for row in range(20)), timeout=5000)
    qtbot.wait(50)
    assert not any(loader.image(row) for row in range(20))


def test_nothing_is_read_any_more_once_the_source_is_taken_away(qtbot, loader):
    source = Source()
    loader.show_source(source)
    loader.want(range(60))
    loader.show_source(None)
    asked = len(source.asked)
    qtbot.wait(100)
    assert len(source.asked) == asked


def test_pictures_keep_their_aspect(qtbot, loader):
    loader.show_source(Source(lambda _row: _jpeg(np.zeros((90, 160, 3), np.uint8))))
    loader.set_side(80)
    loader.want([1])
    qtbot.waitUntil(lambda: loader.image(1) is not None, timeout=5000)
    assert (loader.image(1).width(), loader.image(1).height()) == (80, 45)


def _jpeg(picture):
    return bytes(cv2.imencode(".jpg", picture)[1])


def test_dragging_over_the_grid_selects_real_faces(qtbot, grid, session):
    viewport = grid.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=grid.cell_rect(0).center())
    for step in (20, 60, 132):
        qtbot.mouseMove(viewport, grid.cell_rect(0).center() + QPoint(step, 0))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=grid.cell_rect(1).center())
    assert session.selection.indices.tolist() == [0, 1]
