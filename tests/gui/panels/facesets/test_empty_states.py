"""Where there is nothing to show, or nothing that may be shown: what is said, and what is offered to do."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QWidget

from studio.app.faceset.filters import FilterSet
from studio.cli.app import run
from studio.core.files import write_bytes
from studio.core.project import Project
from studio.core.records import Basis
from studio.core.runs import RunFolder
from studio.faceset.folder import FacesetFolder
from studio.provenance.consent import add_record
from studio.ui.widgets.inline_bar import InlineBar
from tests.gui.panels.facesets.asking import answered
from tests.gui.waiting import settled

K = Qt.Key
# The window looks once a second what has changed.
_TICK_MS = 6000


def said(widget):
    """What the visible labels of a widget say."""
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text())


def offered(widget):
    """The visible buttons of a widget, by their words."""
    return {button.text(): button for button in widget.findChildren(QPushButton) if button.isVisible()}


def list_of(window):
    model = window.findChild(QWidget, "facesets.identity").model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def revoke(hands, name="Mira"):
    """Withdraw a record as somebody does on the command line."""
    assert run(["identity", "revoke", str(hands.window.studio.project.folder), name, "--json"]) == 0


def hidden(qtbot, hands, name="Mira"):
    """Wait until no picture of the person can be seen."""
    qtbot.waitUntil(lambda: hands.panel.empty.isVisible(), timeout=_TICK_MS)
    assert f"The consent record of {name}" in said(hands.panel.empty)


def lose(hands, *indices):
    """Delete the pictures of faces with their thumbnails; returns their rows in the faceset."""
    rows = hands.session.faces.columns.rows[list(indices)].tolist()
    with Project(hands.window.studio.project.folder) as project:
        mira = hands.session.identity
        for row in rows:
            FacesetFolder(project, mira).image_path(row).unlink()
        project.thumbnails(mira).remove(rows)
    hands.panel.thumbnails.forget(rows)
    hands.grid.viewport().update()
    return rows


def alarmed(hands):
    """What stands in the window's message bar."""
    bar = hands.window.findChild(InlineBar, "window.message")
    return bar.text if bar.isVisible() else ""


@pytest.fixture
def panel(qtbot, opened):
    """The panel of the open project, whoever is in it."""
    qtbot.waitUntil(lambda: opened.findChild(QWidget, "panel.facesets") is not None, timeout=10_000)
    settled(qtbot, opened.studio)
    opened.activateWindow()
    qtbot.waitActive(opened)
    return opened.findChild(QWidget, "panel.facesets")


class TestNothingYet:
    """Projects at their beginning."""

    @pytest.fixture
    def folder(self, tmp_path):
        path = tmp_path / "film"
        Project.create(path).close()
        return path

    @pytest.fixture
    def anna(self, folder):
        with Project(folder) as project:
            return add_record(project, "Anna", Basis.SYNTHETIC, "rendered")

    def test_when_the_project_is_closed_the_start_screen_offers_to_open_one(self, qtbot, panel, opened):
        """Closing a project leaves no empty panel behind: one is asked for the next project, and no form is open."""
        opened.actions_table["facesets.add_identity"].trigger()
        assert panel.form.isVisible()
        opened.actions_table["project.close"].trigger()
        settled(qtbot, opened.studio)
        assert not panel.isVisible()
        start = opened.findChild(QWidget, "start")
        assert start.isVisible()
        assert any("Open" in words for words in offered(start))
        add = opened.actions_table["facesets.add_identity"]
        assert not add.isEnabled()
        assert "Open a project first." in add.toolTip()
        opened.open_project(opened.studio.settings.recent[0])
        settled(qtbot, opened.studio)
        qtbot.waitUntil(panel.empty.isVisible, timeout=5000)

    def test_without_a_person_the_button_leads_to_the_form(self, qtbot, panel):
        """The first thing to do in an empty project is one click away and explained in a sentence."""
        assert said(panel.empty) == (
            "Add the person whose faces you want to collect. Each identity rests on a consent record."
        )
        offered(panel.empty)["Add identity…"].click()
        assert panel.form.isVisible()
        assert panel.form.name.hasFocus()

    def test_a_person_without_faces_is_offered_to_choose_videos_for(self, qtbot, anna, panel, opened):
        """An empty faceset says what to drop, and the button opens the choice of files for this person."""
        qtbot.waitUntil(lambda: "No face of Anna yet. Drop videos, pictures or folders here." in said(panel.empty))
        titles = []

        def answer(dialog):
            titles.append(dialog.windowTitle())
            assert isinstance(dialog, QFileDialog)
            dialog.reject()

        extract = opened.actions_table["facesets.extract"]
        assert list(offered(panel.empty)) == [extract.text()]
        answered(_Clicked(offered(panel.empty)["Extract faces…"]), answer)
        assert titles == ["Extract faces of Anna"]
        assert opened.studio.runs.rows == ()

    def test_while_the_first_faces_are_on_their_way_it_says_so_and_leads_to_the_jobs(
        self, qtbot, anna, panel, opened, folder
    ):
        """A waiting, a running and a paused extraction are told apart, and the button shows where to steer it."""
        run_folder = RunFolder.create(folder / "runs", "extract", "Anna", {"identity": "Anna"})
        qtbot.waitUntil(lambda: "The extraction of Anna waits" in said(panel.empty), timeout=_TICK_MS)
        with run_folder.held():
            run_folder.append("started", pid=1)
            qtbot.waitUntil(lambda: "Extracting faces of Anna… The first ones" in said(panel.empty), timeout=_TICK_MS)
            offered(panel.empty)["Jobs"].click()
            assert opened.findChild(QWidget, "panel.jobs").isVisible()
            assert offered(panel.empty) == {}, "a second click would hide the jobs again"
            run_folder.append("paused")
            qtbot.waitUntil(lambda: "is paused. Go on with it in Jobs." in said(panel.empty), timeout=_TICK_MS)
            run_folder.append("failed", error={"code": "media.noface", "message": "No face was found.", "hint": ""})
        qtbot.waitUntil(lambda: "No face of Anna yet." in said(panel.empty), timeout=_TICK_MS)
        assert "No face was found." in said(opened.findChild(InlineBar, "window.message"))

    def test_an_expired_record_says_when_it_expired_and_takes_a_new_one(self, qtbot, folder, panel, opened):
        """Whose consent ran out is not extracted; the button leads to the form with the name filled in."""
        yesterday = date.today() - timedelta(days=1)
        with Project(folder) as project:
            add_record(project, "Anna", Basis.WRITTEN, "until yesterday", expires=yesterday)
        qtbot.waitUntil(lambda: f"of Anna expired on {yesterday}." in said(panel.empty), timeout=_TICK_MS)
        assert "no picture of this face is shown" in said(panel.empty)
        assert not opened.actions_table["facesets.extract"].isEnabled()
        offered(panel.empty)["Add identity…"].click()
        assert panel.form.name.text() == "Anna"
        assert panel.form.basis.hasFocus()
        panel.form.note.setPlainText("for another year")
        qtbot.keyClick(panel.form.basis, K.Key_Return)
        qtbot.waitUntil(lambda: "No face of Anna yet." in said(panel.empty), timeout=_TICK_MS)
        assert list_of(opened) == ["Anna"]
        assert opened.actions_table["facesets.extract"].isEnabled()


class _Clicked:
    """A button in the place of an action."""

    def __init__(self, button):
        self.trigger = button.click
        self.isEnabled = button.isEnabled
        self.toolTip = button.toolTip


# A record that is revoked while one looks


def test_all_pictures_go_when_the_record_is_revoked_elsewhere_and_come_back_with_a_new_one(qtbot, hands):
    """Grid, strip and map of a revoked person are gone within the next look, keys act on nothing, pictures are let go;
    a new record brings everything back."""
    hands.do("cluster")
    rows = hands.session.faces.columns.rows.tolist()
    qtbot.waitUntil(lambda: hands.panel.thumbnails.image(rows[0]) is not None, timeout=5000)
    hands.session.selection.replace(np.arange(2))
    hands.session.selection.set_current(0)
    revoke(hands)
    hidden(qtbot, hands)
    for name in ("facesets.grid", "facesets.clusters", "facesets.map"):
        assert not hands.find(name).isVisible()
    hands.settle()
    assert all(hands.panel.thumbnails.image(row) is None for row in rows)
    for key in (K.Key_X, K.Key_W, K.Key_C, K.Key_O):
        hands.key(key, on=offered(hands.panel.empty)["Add identity…"])
    assert hands.faces == {"unmarked": 60}
    assert hands.panel.empty.isVisible()
    note = ["--basis", "synthetic", "--note", "again", "--json"]
    assert run(["identity", "add", str(hands.window.studio.project.folder), "Mira", *note]) == 0
    qtbot.waitUntil(hands.grid.isVisible, timeout=_TICK_MS)
    qtbot.waitUntil(lambda: hands.panel.thumbnails.image(rows[0]) is not None, timeout=5000)


@pytest.mark.parametrize("look", ["loupe", "compare", "source", "correct"])
def test_a_closer_look_is_closed_when_the_record_is_revoked(qtbot, hands, look):
    """No viewer goes on showing a face whose record was revoked, and none is open behind when it may be shown again."""
    hands.session.selection.replace(np.arange(2))
    hands.session.selection.set_current(0)
    hands.do(look)
    pages = hands.panel.viewers.pages
    assert any(page.isVisible() for page in pages)
    revoke(hands)
    hidden(qtbot, hands)
    assert not any(page.isVisible() for page in pages)
    note = ["--basis", "synthetic", "--note", "again", "--json"]
    assert run(["identity", "add", str(hands.window.studio.project.folder), "Mira", *note]) == 0
    qtbot.waitUntil(hands.grid.isVisible, timeout=_TICK_MS)
    assert not any(page.isVisible() for page in pages)


def test_revoking_one_person_leaves_the_other_on_show(qtbot, hands):
    """Only the person whose record was revoked disappears."""
    revoke(hands, "Tomas")
    model = hands.find("facesets.identity").model()
    qtbot.waitUntil(lambda: "revoked" in model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole), timeout=_TICK_MS)
    assert hands.grid.isVisible()


# Faces that are there, and none to see or to use


def test_when_all_are_rejected_it_says_so_and_undo_is_at_hand(qtbot, hands):
    """A faceset without a face to use says that there is nothing to train with, and one click takes the mark back."""
    hands.do("select_all")
    hands.do("reject")
    notice = hands.find("facesets.notice")
    assert notice.isVisible()
    assert "All 60 faces are rejected, so there is nothing to train with." in said(notice)
    assert hands.grid.isVisible()
    (undo,) = offered(notice).values()
    assert "Undo" in undo.text()
    undo.click()
    hands.settle()
    assert hands.faces == {"unmarked": 60}
    assert not notice.isVisible()


def test_when_filters_hide_every_face_one_click_shows_them_again(hands):
    """Filters that let nothing pass are not mistaken for a lost faceset."""
    hands.session.filters.limit("blur", 1e6, None)
    hands.settle()
    assert not hands.grid.isVisible()
    assert "No face passes the filters. Widen them, or show every face again." in said(hands.panel.desk)
    offered(hands.panel.desk)["Clear filters"].click()
    hands.settle()
    assert hands.grid.isVisible()
    assert hands.session.filters.value == FilterSet()
    assert len(hands.grid.arrangement) == 60


# Files that have gone


def test_a_picture_that_has_gone_is_a_badge_in_the_grid_and_the_others_are_there(qtbot, hands):
    """A lost file costs one picture: a badge with words in its place, no dialog, no alarm."""
    (row,) = lose(hands, 0)
    thumbnails = hands.panel.thumbnails
    qtbot.waitUntil(lambda: thumbnails.missing(row), timeout=5000)
    others = hands.session.faces.columns.rows[1:4].tolist()
    qtbot.waitUntil(lambda: all(thumbnails.image(other) is not None for other in others), timeout=5000)
    hands.session.selection.clear()
    amber = hands.window.theme.colour("doubtful")
    qtbot.waitUntil(lambda: amber in colours(hands.grid.viewport(), hands.grid.cell_rect(0)), timeout=5000)
    assert amber not in colours(hands.grid.viewport(), hands.grid.cell_rect(1))
    assert QApplication.activeModalWidget() is None
    assert alarmed(hands) == ""


def test_the_strip_tells_a_lost_picture_from_one_that_is_being_loaded(qtbot, hands):
    """A contact sheet marks the faces whose file has gone."""
    hands.panel.desk.clusters.count.setValue(2)
    hands.do("cluster")
    strip = hands.find("facesets.clusters")
    lose(hands, *strip.facts[0].samples[:8].tolist())
    strip._want()
    amber = hands.window.theme.colour("doubtful")
    qtbot.waitUntil(lambda: amber in colours(strip.viewport(), strip.sheet(0).adjusted(4, 28, 0, 0)), timeout=5000)
    assert amber not in colours(strip.viewport(), strip.sheet(1).adjusted(4, 28, 0, 0))


def test_a_comparison_says_which_picture_has_gone_and_shows_the_others(hands):
    """One lost file does not keep one from comparing the rest."""
    lose(hands, 0)
    hands.session.selection.replace(np.arange(3))
    hands.do("compare")
    first, second, third, fourth = hands.panel.viewers.comparison.views
    assert first.image is None
    assert "The picture of this face is missing." in first.missing
    assert second.image is not None
    assert third.image is not None
    assert not fourth.isVisible()
    assert len(colours(first, first.rect().adjusted(40, 40, -60, -60))) > 1, "the words are painted"
    assert alarmed(hands) == ""


def test_the_source_frame_is_there_without_the_aligned_picture_and_says_when_the_video_has_gone(hands, folder):
    """The frame comes from the video: a lost picture does not matter, and a lost video is told with what to do."""
    lose(hands, 0)
    hands.click(0)
    hands.do("source")
    assert hands.panel.viewers.source_view.isVisible()
    hands.key(K.Key_Escape, on=hands.panel.viewers.source_view)
    with closing(sqlite3.connect(folder / "project.db")) as database, database:
        database.execute("UPDATE media SET resolved = ?", (str(folder / "moved.mp4"),))
    hands.do("source")
    assert hands.grid.isVisible()
    assert "The frame of this face can't be shown" in alarmed(hands)
    assert "Put the file back in its place" in said(hands.window.findChild(InlineBar, "window.message"))


def test_a_damaged_picture_is_shown_as_missing(qtbot, hands):
    """A file that is no picture any more is treated like one that has gone."""
    rows = hands.session.faces.columns.rows[:1].tolist()
    with Project(hands.window.studio.project.folder) as project:
        path = FacesetFolder(project, hands.session.identity).image_path(rows[0])
        project.thumbnails(hands.session.identity).remove(rows)
    # In place of the other, which other tests' projects share.
    write_bytes(path, path.read_bytes()[:200])
    hands.panel.thumbnails.forget(rows)
    hands.grid.viewport().update()
    qtbot.waitUntil(lambda: hands.panel.thumbnails.missing(rows[0]), timeout=5000)
    hands.click(0)
    hands.do("loupe")
    assert hands.panel.viewers.face.isVisible()
    assert hands.panel.viewers.face.image is None


def colours(widget, box):
    """The colours that are painted in a part of a widget."""
    image = widget.grab(box).toImage()
    return [image.pixelColor(QPoint(x, y)) for x in range(image.width()) for y in range(image.height())]
