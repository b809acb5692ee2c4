import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from studio.core.runs import RunFolder, all_runs
from tests.conftest import ROOT
from tests.gui.panels.copies import own_copy
from tests.gui.waiting import settled

# A process has to start, to load its engine and to make a few steps; beside other work that takes minutes.
_JOB_MS = 400_000
QUICK = (
    "--preset",
    "demo",
    "--set",
    "size=64",
    "--set",
    "batch_size=2",
    "--set",
    "preview_every=5",
    "--set",
    "checkpoint_every=10",
)


def studio_command(home, *words):
    """Run a command of the studio in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "studio", *map(str, words), "--json"],
        cwd=ROOT, env={**os.environ, "STUDIO_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def trained(made_once, extracted):
    """The project of real faces with two short demo trainings that are done, the second at half the rate."""

    def fill(home):
        film = own_copy(extracted, home / "film")
        for steps, rate in ((40, 1e-3), (20, 5e-4)):
            more = ("--steps", steps, "--set", f"learning_rate={rate}")
            studio_command(home / "user", "train", film, "Mira", "Tomas", *QUICK, *more)

    return made_once("trained faces", fill) / "film"


class Watcher:
    """What a person does at the training panel, and what they see there.

    Attributes:
        window, panel: what they sit in front of.
    """

    def __init__(self, qtbot, window, folder):
        self._qtbot = qtbot
        self.window = window
        self.folder = folder
        window.show_workspace("training")
        self.panel = window.findChild(QWidget, "panel.training")

    def find(self, name):
        """The widget called `name`."""
        found = self.window.findChild(QWidget, name)
        assert found is not None, f"no widget is called {name}"
        return found

    def settle(self):
        """Wait until nothing is at work and all that was asked for was read."""
        self.panel.monitor.look()
        # What is asked for while something is read is read after that.
        for _ in range(2):
            settled(self._qtbot, self.window.studio)
            QApplication.processEvents()

    def until(self, condition):
        """Wait for something that a job does."""
        self._qtbot.waitUntil(lambda: bool(condition()), timeout=_JOB_MS)

    def do(self, action):
        """Work the action called `action`, as its menu item does."""
        found = self.window.actions_table[f"training.{action}"]
        assert found.isEnabled(), f"{action} can't be done now: {found.toolTip()}"
        found.trigger()

    def can(self, action):
        """Whether the action called `action` is possible now."""
        return self.window.actions_table[f"training.{action}"].isEnabled()

    def answer(self, bar, text):
        """Press the button `text` of a bar."""
        button = next(each for each in self.find(bar).findChildren(QPushButton) if each.text() == text)
        button.click()

    def start(self, steps):
        """Start a training by the command line, and wait until it is on show."""
        words = ["train", self.folder, "Mira", "Tomas", *QUICK, "--steps", steps, "--detach"]
        studio_command(os.environ["STUDIO_HOME"], *words)
        name = self.run.name
        self.until(lambda: self.panel.monitor.shown == name)

    @property
    def run(self):
        """The newest training of the project, by its folder."""
        return next(run for run in reversed(all_runs(self.folder / "runs")) if run.kind == "train")

    @property
    def losses(self):
        """How many losses the plot shows."""
        curves = self.panel.monitor.curves.get(self.panel.monitor.shown, ())
        return len(curves[0].raw.steps) if curves else 0

    @property
    def state(self):
        """What the panel says the training does."""
        return self.find("training.state").text()

    @property
    def previews(self):
        """How many previews the history holds."""
        slider = self.find("training.history")
        return slider.maximum() + 1 if self.panel.preview.preview is not None else 0


def kill_all(folder):
    """Kill the jobs of a project that are still at work, so that none outlives its test."""
    for run in all_runs(folder / "runs"):
        pid = run.state().pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            while RunFolder(run.folder).alive():
                pass


@pytest.fixture
def folder(extracted, tmp_path):
    """The project of real faces, a copy of one's own; its trainings end with the test."""
    path = own_copy(extracted, tmp_path / "film")
    yield path
    kill_all(path)


@pytest.fixture
def watcher(qtbot, opened, folder):
    """The training panel of the project."""
    made = Watcher(qtbot, opened, folder)
    made.settle()
    yield made
    # A window asks before it leaves a training alone.
    kill_all(folder)
    opened.studio.runs.poll()
    qtbot.waitUntil(lambda: not any(row.live for row in opened.studio.runs.rows), timeout=_JOB_MS)
