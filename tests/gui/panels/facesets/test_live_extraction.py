"""Extracting from the panel: what is dropped, how far it is, and faces that come in while one looks."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QTableView, QToolButton, QWidget

from studio.cli.app import run
from studio.core.pictures import write_png
from studio.core.project import Project
from studio.core.records import Basis, FaceState
from studio.core.resources import assets
from studio.core.runs import RunFolder, all_runs
from studio.provenance.consent import add_record
from studio.video.read import read_frames
from tests.gui.panels.facesets.asking import answered
from tests.gui.panels.facesets.dropping import dropped
from tests.gui.waiting import settled

K, M = Qt.Key, Qt.KeyboardModifier
ROLE = Qt.ItemDataRole
MIRA, TOMAS = (assets() / "sample" / f"{name}.mp4" for name in ("mira", "tomas"))
LENGTH = 150
# Every fourth frame.
FEW = 38
# A process has to start, to load its engines and to look at the frames.
_JOB_MS = 90_000


@pytest.fixture
def folder(tmp_path):
    """A project of Mira and Tomas without a face."""
    path = tmp_path / "film"
    with Project.create(path) as project:
        for name in ("Mira", "Tomas"):
            add_record(project, name, Basis.SYNTHETIC, "rendered")
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of four frames of Tomas's clip."""
    path = tmp_path_factory.mktemp("pictures") / "stills"
    path.mkdir()
    for frame in read_frames(TOMAS, every=40):
        write_png(path / f"{frame.index:03d}.png", frame.image)
    return path


@pytest.fixture(scope="module")
def aligned(tmp_path_factory, pictures):
    """A folder of aligned faces of another project, as files of any other program."""
    home = tmp_path_factory.mktemp("other")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_HOME", str(home / "user"))
        assert run(["new", str(home / "film"), "--json"]) == 0
        note = ["--basis", "synthetic", "--note", "rendered", "--json"]
        assert run(["identity", "add", str(home / "film"), "Tomas", *note]) == 0
        assert run(["extract", str(home / "film"), "Tomas", str(pictures), "--json"]) == 0
    images = next((home / "film" / "facesets").glob("*/aligned"))
    return shutil.copytree(images, home / "aligned")


class Stage:
    """The panel of a project whose faces are still to come.

    Attributes:
        panel, people: the panel, and the list in it.
    """

    def __init__(self, qtbot, window, folder):
        self._qtbot = qtbot
        self.window = window
        self.folder = folder
        self.panel = window.findChild(QWidget, "panel.facesets")
        self.people = window.findChild(QWidget, "facesets.identity")

    @property
    def names(self):
        """Who is in the list."""
        model = self.people.model()
        return [model.index(row, 0).data() for row in range(model.rowCount())]

    def row(self, name):
        """The row of a person."""
        return self.people.model().index(self.names.index(name), 0)

    def words(self, name):
        """What the row of a person says."""
        return self.row(name).data(ROLE.AccessibleTextRole)

    def drop_on(self, name, *paths):
        """Drop files on the row of a person."""
        return dropped(self.people.viewport(), self.people.visualRect(self.row(name)).center(), *paths)

    def drop_in_the_middle(self, *paths):
        """Drop files in the middle of the panel."""
        return dropped(self.panel, self.panel.rect().center() + QPoint(100, 0), *paths)

    def every(self, number):
        """Have only every n-th frame looked at, by typing into the options."""
        box = self.panel.people.options.every
        box.setFocus()
        box.selectAll()
        self._qtbot.keyClicks(box, str(number))
        self._qtbot.keyClick(box, K.Key_Return)

    def until(self, condition):
        """Wait for something a job does."""
        self._qtbot.waitUntil(condition, timeout=_JOB_MS)

    def until_over(self, jobs=1):
        """Wait until so many jobs are there, and none is at work."""
        self.until(lambda: len(self.jobs) == jobs and not any(row.live for row in self.window.studio.runs.rows))
        settled(self._qtbot, self.window.studio)

    @property
    def jobs(self):
        """Title and state of every job in the dock, the newest first."""
        model = self.window.findChild(QTableView, "jobs.table").model()
        return [tuple(model.index(row, column).data() for column in (0, 1)) for row in range(model.rowCount())]

    @property
    def sentence(self):
        """What the panel says in the place of faces."""
        return " ".join(label.text() for label in self.panel.empty.findChildren(QLabel) if label.isVisible())

    def frames(self, name):
        """Medium and frame of every face of a person, by the store itself."""
        with Project(self.folder) as project:
            columns = project.store.faces.columns(project.store.identities.get(name))
            return sorted(zip(columns.media.tolist(), columns.frames.tolist(), strict=True))

    def counts(self, name):
        """Faces by state, by the store itself."""
        with Project(self.folder) as project:
            counts = project.store.faces.counts(project.store.identities.get(name))
            return {state.value: number for state, number in counts.items() if number}


@pytest.fixture
def stage(qtbot, opened, folder):
    """The panel with Mira chosen; whatever is at work at the end is stopped."""
    qtbot.waitUntil(lambda: opened.findChild(QWidget, "panel.facesets") is not None, timeout=10_000)
    made = Stage(qtbot, opened, folder)
    qtbot.waitUntil(lambda: made.panel.session.ready, timeout=20_000)
    opened.activateWindow()
    qtbot.waitActive(opened)
    yield made
    left = [found for found in all_runs(folder / "runs") if found.alive()]
    for found in left:
        found.send("stop")
    qtbot.waitUntil(lambda: not any(found.alive() for found in left), timeout=_JOB_MS)


def test_a_video_dropped_on_a_person_is_extracted_before_ones_eyes(stage):
    """Share and time left stand in the row while it runs, faces come in meanwhile, and all the store has is shown."""
    stage.every(3)
    stage.panel.people.options.min_size.setValue(40)
    stage.window.studio.user.flush()
    seen = set()
    stage.people.model().dataChanged.connect(lambda *_: seen.add(stage.words("Mira")))
    assert stage.drop_on("Mira", MIRA)
    assert "Extracting faces of Mira from mira.mp4." in stage.window.statusBar().currentMessage()
    stage.until(lambda: "Extracting faces of Mira… The first ones appear here in a moment." in stage.sentence)
    stage.until(lambda: 0 < len(stage.panel.session.faces) < LENGTH // 3)
    assert stage.window.studio.runs.rows[0].live
    assert stage.panel.desk.grid.isVisible()
    assert len(stage.panel.desk.grid.arrangement) == len(stage.panel.session.faces)
    stage.until_over()
    stage.until(lambda: len(stage.panel.session.faces) == LENGTH // 3)
    stage.until(lambda: stage.panel.desk.map.words == "PCA")
    assert any("Extracting" in words and "%" in words and " s left" in words for words in seen), seen
    stage.until(lambda: stage.words("Mira") == "Mira: consent on record (synthetic); 50 faces")
    assert [frame for _, frame in stage.frames("Mira")] == list(range(0, LENGTH, 3))
    config = json.loads((all_runs(stage.folder / "runs")[0].folder / "run.json").read_text())["config"]
    assert (config["every"], config["min_size"], config["similar"]) == (3, 40, 0)
    assert stage.jobs == [("Extract faces: Mira", "Done")]


def test_stopped_in_the_jobs_dock_and_dropped_again_it_goes_on_without_a_face_twice(stage, qtbot):
    """An extraction that was stopped is finished by dropping the same file again; every frame is there once."""
    stage.every(4)
    stage.window.actions_table["view.jobs"].setChecked(True)
    assert stage.drop_on("Mira", MIRA)
    stage.until(lambda: len(stage.panel.session.faces) > 0)
    stage.window.findChild(QToolButton, "jobs.stop").click()
    stage.until_over()
    assert stage.jobs == [("Extract faces: Mira", "Stopped")]
    before = stage.frames("Mira")
    assert 0 < len(before) < FEW
    assert stage.drop_on("Mira", MIRA)
    stage.until_over(jobs=2)
    after = stage.frames("Mira")
    assert [frame for _, frame in after] == list(range(0, LENGTH, 4))
    assert set(before) <= set(after)
    stage.until(lambda: len(stage.panel.session.faces) == FEW)


def test_an_extraction_of_the_command_line_comes_in_by_itself_and_marks_made_meanwhile_stay(stage):
    """What somebody starts in a terminal appears in the jobs and in the grid, and the curating need not wait for it."""
    command = [sys.executable, "-m", "studio", "extract", str(stage.folder), "Mira", str(MIRA), "--every", "4"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        stage.until(lambda: stage.jobs == [("Extract faces: Mira", "Running")])
        stage.until(lambda: len(stage.panel.session.faces) > 4)
        session, table = stage.panel.session, stage.window.actions_table
        for indices, action in (([0, 1], "reject"), ([3], "keep")):
            session.selection.replace(np.array(indices))
            session.selection.set_current(indices[0])
            table[f"facesets.{action}"].trigger()
        marked = session.faces.columns.ids[[0, 1, 3]].tolist()
        assert process.poll() is None, "the extraction was over before the marks were made"
        assert process.wait(timeout=90) == 0
    finally:
        process.kill()
    stage.until_over()
    stage.until(lambda: len(stage.panel.session.faces) == FEW)
    assert stage.counts("Mira") == {"rejected": 2, "kept": 1, "unmarked": FEW - 3}
    assert session.faces.columns.ids[[0, 1, 3]].tolist() == marked
    assert session.faces.rejected.nonzero()[0].tolist() == [0, 1]
    assert session.faces.counts()[FaceState.KEPT] == 1
    stage.until(lambda: stage.words("Mira").endswith(f"{FEW - 2} faces, 2 rejected"))


def test_a_folder_dropped_in_the_middle_of_the_panel_is_for_the_person_on_show(stage, pictures):
    """Files may be dropped where the faces will be: they are extracted for whoever is chosen in the list."""
    stage.people.setCurrentIndex(stage.row("Tomas"))
    assert stage.drop_in_the_middle(pictures)
    stage.until_over()
    assert len(stage.frames("Tomas")) == 4
    assert stage.frames("Mira") == []
    stage.until(lambda: len(stage.panel.session.faces) == 4)
    assert stage.panel.session.identity.name == "Tomas"


def test_several_files_are_one_job_for_the_person_they_are_dropped_on(stage, pictures):
    """Ten files make one line in the jobs, and go to the person under the pointer, not to the one on show."""
    files = sorted(pictures.glob("*.png"))[:3]
    assert stage.drop_on("Tomas", *files)
    assert "Extracting faces of Tomas from 3 files." in stage.window.statusBar().currentMessage()
    stage.until_over()
    assert stage.jobs == [("Extract faces: Tomas", "Done")]
    config = json.loads((all_runs(stage.folder / "runs")[0].folder / "run.json").read_text())["config"]
    assert config["media"] == [str(path) for path in files]
    assert len({medium for medium, _ in stage.frames("Tomas")}) == len(stage.frames("Tomas")) == 3
    stage.until(lambda: stage.words("Tomas").endswith("; 3 faces"))


def test_without_consent_a_drop_is_refused_in_words(stage):
    """Files dropped on somebody whose record was revoked start nothing, and the window says why."""
    assert run(["identity", "revoke", str(stage.folder), "Mira", "--json"]) == 0
    stage.until(lambda: "revoked" in stage.words("Mira"))
    assert stage.drop_on("Mira", MIRA)
    refusal = "No consent record of Mira holds: nothing is extracted."
    assert stage.window.statusBar().currentMessage() == refusal
    stage.window.statusBar().clearMessage()
    assert stage.drop_in_the_middle(MIRA)
    assert stage.window.statusBar().currentMessage() == refusal
    assert all_runs(stage.folder / "runs") == []


def test_nothing_can_be_dropped_where_nobody_would_get_it(stage, qtbot):
    """Below the last person, and on the form for somebody who is not there yet, files are not taken."""
    below = stage.people.visualRect(stage.row("Tomas")).bottomLeft() + QPoint(20, 40)
    assert not dropped(stage.people.viewport(), below, MIRA)
    stage.window.actions_table["facesets.add_identity"].trigger()
    assert not stage.drop_in_the_middle(MIRA)
    assert stage.window.studio.runs.rows == ()
    assert not stage.window.studio.background.busy


def test_a_folder_of_aligned_faces_is_imported_and_analysed(stage, aligned, qtbot):
    """Faces that another program has aligned come in by the menu, with scores and features as extracted ones have."""

    def answer(dialog):
        assert isinstance(dialog, QFileDialog)
        assert dialog.windowTitle() == "Folder of aligned faces of Mira"
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        field.setText(str(aligned))
        qtbot.keyClick(field, K.Key_Return)

    answered(stage.window.actions_table["facesets.import_aligned"], answer)
    stage.until_over()
    assert stage.jobs == [("Extract faces: Mira", "Done")]
    stage.until(lambda: len(stage.panel.session.faces) == 4)
    columns = stage.panel.session.faces.columns
    for scores in (columns.blur, columns.yaw, columns.pitch):
        assert not np.isnan(scores).any()
    with Project(stage.folder) as project:
        mira = project.store.identities.get("Mira")
        features = project.features(mira, 128).read(4)
    assert np.allclose(np.linalg.norm(features, axis=1), np.linalg.norm(features[0]), rtol=0.5)
    assert (np.linalg.norm(features, axis=1) > 0).all()
    assert stage.panel.desk.grid.isVisible()


def test_a_person_who_is_renamed_meanwhile_keeps_their_progress(stage):
    """The row goes on to say how far the extraction is, though the job knows the person by the former name."""
    started = RunFolder.create(stage.folder / "runs", "extract", "Mira", {"identity": "Mira"})
    with started.held():
        started.append("started", pid=1)
        started.append("progress", stage="extract", done=30, total=120)
        stage.until(lambda: "Extracting 25%" in stage.words("Mira"))
        assert "Jobs" in stage.sentence
        stage.window.studio.rename(stage.panel.session.identity, "Vera")
        stage.until(lambda: "Vera" in stage.names)
        assert "Extracting 25%" in stage.words("Vera")
        started.append("paused")
        stage.until(lambda: "Paused 25%" in stage.words("Vera"))
        assert "The extraction of Vera is paused." in stage.sentence
    stage.until(lambda: stage.words("Vera").endswith("No faces yet"))
