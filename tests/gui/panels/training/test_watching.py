"""Trainings that are over: their curves, previews, markers, notes, and how they compare."""

import json
import shutil

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QListWidget, QMenu, QPlainTextEdit, QWidget

from studio.core.files import write_json
from studio.core.project import Project
from studio.core.runs import RunFolder, all_runs
from tests.gui.panels.copies import own_copy

K = Qt.Key

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(trained, tmp_path):
    """The project with two trainings, a copy of one's own."""
    return own_copy(trained, tmp_path / "film")


@pytest.fixture
def by_names(folder):
    """The trainings as earlier releases wrote them: they know their people by name alone."""
    for run in runs(folder):
        path = run.folder / "run.json"
        record = json.loads(path.read_text(encoding="utf-8"))
        del record["config"]["people"]
        write_json(path, record)


@pytest.fixture
def read(watcher):
    """The panel with the newest training read."""
    watcher.until(lambda: watcher.panel.monitor.course is not None)
    watcher.settle()
    return watcher


def runs(folder):
    """The trainings, the newest first."""
    return [run for run in reversed(all_runs(folder / "runs")) if run.kind == "train"]


def show(read, place):
    """Choose a training in the list."""
    found = read.find("training.runs")
    found.setCurrentRow(place)
    read.until(lambda: read.panel.monitor.course is not None)
    read.settle()


def test_the_newest_training_is_on_show_with_its_figures(read, folder):
    newest = runs(folder)[0]
    assert read.panel.monitor.shown == newest.name
    assert read.state == "Done"
    assert read.panel.column.facts.value("Step") == "20 of 20"
    assert "Mira" in read.panel.readout.text
    assert "step 20 of 20" in read.find("training.status").text()
    told = [event["step"] for event in newest.events() if event["kind"] == "loss"]
    assert read.panel.monitor.course.steps.tolist() == told


def test_the_history_slider_goes_through_every_preview_of_the_run(read, folder):
    show(read, 1)
    slider = read.find("training.history")
    steps = [event["step"] for event in runs(folder)[1].events() if event["kind"] == "preview"]
    assert len(steps) >= 8
    seen, pictures = [], []
    for place in range(slider.maximum() + 1):
        slider.setValue(place)
        read.settle()
        seen.append(read.panel.preview.preview.step)
        pictures.append(read.panel.preview.moments[0].picture.image.copy())
    assert seen == steps
    assert len({bytes(picture.constBits()) for picture in pictures}) == len(steps)


def test_keys_move_through_the_history(qtbot, read):
    slider = read.find("training.history")
    slider.setFocus()
    last = read.panel.preview.preview.step
    qtbot.keyClick(slider, K.Key_Left)
    assert read.panel.preview.preview.step < last


def test_two_moments_stand_side_by_side(read):
    read.do("beside")
    other = read.find("training.other")
    assert other.isVisible()
    other.setValue(0)
    read.settle()
    newest, first = (moment.picture for moment in read.panel.preview.moments)
    assert first.image is not None
    assert newest.image != first.image
    read.do("beside")
    assert not other.isVisible()


def test_a_click_into_the_curves_shows_the_preview_of_that_step(read):
    read.panel.plot.chosen.emit(10)
    assert read.panel.preview.preview.step == 10


@pytest.mark.parametrize(("region", "term"), [(0, 1), (1, 0), (2, 2), (3, 1)])
def test_every_part_of_the_loss_can_be_shown(qtbot, read, region, term):
    before = read.panel.monitor.curves[read.panel.monitor.shown][0].raw.values
    for box, place in ((read.find("training.part"), region), (read.find("training.term"), term)):
        box.setCurrentIndex(place)
        box.activated.emit(place)
    read.settle()
    after = read.panel.monitor.curves[read.panel.monitor.shown][0].raw.values
    assert len(after) == len(before)
    assert not np.allclose(after, before)


def test_smoothing_is_typed_or_dragged_and_a_double_click_ends_it(qtbot, read, folder):
    # A training of 20 steps that was fast has told two losses, of which there is no running mean.
    for step, loss in ((21, 0.1), (22, 0.3), (23, 0.1), (24, 0.2)):
        runs(folder)[0].append("loss", step=step, a=loss, b=loss)
    read.settle()
    slider = read.find("training.smoothing")
    read.panel.bar.window_box.setValue(20)
    read.settle()
    curve = read.panel.monitor.curves[read.panel.monitor.shown][0]
    assert curve.smooth.values.std() < curve.raw.values.std()
    assert slider.value() > 0
    qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton)
    read.settle()
    curve = read.panel.monitor.curves[read.panel.monitor.shown][0]
    assert curve.smooth is curve.raw


def test_keys_zoom_into_the_curves_and_show_all_again(qtbot, read):
    view = read.panel.plot.view
    whole = read.panel.plot.steps_in_view
    view.setFocus()
    qtbot.keyClick(view, K.Key_Plus)
    near = read.panel.plot.steps_in_view
    assert near[1] - near[0] < whole[1] - whole[0]
    qtbot.keyClick(view, K.Key_Left)
    assert read.panel.plot.steps_in_view[0] < near[0]
    read.do("fit")
    assert read.panel.plot.steps_in_view == pytest.approx(whole)


def test_the_pointer_reads_the_curves(qtbot, read):
    before = read.panel.readout.text
    read.panel.plot.hovered.emit(5.0)
    assert "Step 5" in read.panel.readout.text
    read.panel.plot.hovered.emit(None)
    assert read.panel.readout.text == before


def test_marks_tell_of_checkpoints_and_lead_to_their_previews(qtbot, read):
    strip = read.panel.plot.strip
    assert "2 checkpoints" in strip.accessibleDescription()
    first, last = read.panel.plot.steps_in_view
    place = read.panel.plot.view.getPlotItem().getViewBox()
    scene = place.mapRectToScene(place.boundingRect())
    x = scene.left() + (10 - first) / (last - first) * scene.width()
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(x), strip.height() // 2))
    assert read.panel.preview.preview.step == 10


def test_another_training_is_laid_beneath_and_what_differs_is_said(read, folder):
    found = read.find("training.runs")
    assert isinstance(found, QListWidget)
    found.item(1).setCheckState(Qt.CheckState.Checked)
    other = runs(folder)[1].name
    read.until(lambda: other in read.panel.monitor.curves)
    read.settle()
    words = read.find("training.differences").text()
    assert "learning_rate: 0.0005 / 0.001" in words
    assert "eye_weight" not in words
    found.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert "learning_rate" not in read.find("training.differences").text()


def test_notes_are_kept_with_their_training(qtbot, read, folder):
    notes = read.find("training.notes")
    assert isinstance(notes, QPlainTextEdit)
    notes.setFocus()
    qtbot.keyClicks(notes, "lower rate, eyes better")
    show(read, 1)
    assert notes.toPlainText() == ""
    newest, older = runs(folder)
    assert (newest.folder / "notes.txt").read_text(encoding="utf-8") == "lower rate, eyes better"
    assert not (older.folder / "notes.txt").exists()
    show(read, 0)
    assert notes.toPlainText() == "lower rate, eyes better"


def test_a_training_that_is_over_takes_no_commands(read):
    assert not any(read.can(name) for name in ("pause", "stop", "save", "preview", "latest", "pin", "resume"))
    assert read.can("fork")
    assert not read.find("training.safe.learning_rate").isEnabled()


def offered(read, action, name):
    """What the menu called `name` offers that an action opens."""
    read.do(action)
    menu = next(each for each in read.panel.findChildren(QMenu) if each.accessibleName() == name)
    words = [action.text() for action in menu.actions()]
    menu.close()
    QApplication.sendPostedEvents(menu, QEvent.Type.DeferredDelete)
    return words


def test_every_checkpoint_that_is_there_is_offered_for_a_fork(read, folder):
    assert offered(read, "fork", "Checkpoints") == ["Step 20", "Step 10"]
    shutil.rmtree(runs(folder)[0].folder / "checkpoints" / "step-00000010")
    read.settle()
    assert offered(read, "fork", "Checkpoints") == ["Step 20"]
    assert "2 checkpoints" in read.panel.plot.strip.accessibleDescription()


def test_a_training_that_failed_says_why(read, folder):
    error = {"code": "train.diverged", "message": "The training went astray at step 31.", "hint": "Begin anew."}
    RunFolder(runs(folder)[0].folder).append("failed", error=error)
    notice = read.find("training.notice")
    read.until(notice.isVisible)
    read.settle()
    assert notice.text == error["message"]


def test_pictures_of_whoever_takes_consent_back_go_at_once(read, folder):
    assert read.panel.preview.moments[0].picture.image is not None
    with Project(folder) as other:
        other.store.identities.revoke(other.store.identities.get("Tomas"))
    read.until(lambda: read.panel.preview.moments[0].picture.image is None)
    assert "Tomas" in read.panel.preview.moments[0].picture.missing


def test_a_training_that_knows_names_alone_hides_pictures_of_whoever_takes_consent_back(by_names, read, folder):
    assert read.panel.preview.moments[0].picture.image is not None
    assert offered(read, "worst", "Worst faces") == ["Faces of Mira", "Faces of Tomas"]
    with Project(folder) as other:
        other.store.identities.revoke(other.store.identities.get("Mira"))
    read.until(lambda: read.panel.preview.moments[0].picture.image is None)
    assert "Mira" in read.panel.preview.moments[0].picture.missing
    assert offered(read, "worst", "Worst faces") == ["Faces of Tomas"]


def test_worst_faces_come_first_in_the_facesets_panel(qtbot, read, folder):
    with Project(folder) as other:
        mira = other.store.identities.get("Mira")
        ids = other.store.faces.columns(mira).ids.tolist()
    run = runs(folder)[0]
    write_json(
        run.folder / "errors.json", {"step": 20, "a": {str(face): [face / 100, 3] for face in ids[:20]}, "b": {}}
    )
    run.append("errors", step=20, path="errors.json")
    read.until(lambda: read.can("worst"))
    facesets = read.window.findChild(QWidget, "panel.facesets")
    # Those that the training itself told may have been read before.
    read.until(lambda: np.nanmax(facesets.errors.values, initial=0) == ids[19] / 100)
    read.panel.worst_wanted.emit(mira.id)
    read.until(lambda: facesets.session.presentation.order == "training error")
    order = facesets.session.presentation.arrangement.order[:20]
    assert facesets.session.faces.columns.ids[order].tolist() == sorted(ids[:20], reverse=True)
    assert facesets.desk.map.colour_by.currentText() == "Colour by training error"
    assert facesets.isVisible()
