"""What a fresh process of the window holds, and that it comes up."""

import json
import os
import subprocess
import sys

import pytest

from studio.core.project import Project
from studio.core.records import Basis
from studio.provenance.consent import add_record
from tests.conftest import ROOT
from tests.unit.faceset.stored import store_faces

ENGINES = {"torch", "torchvision", "onnxruntime", "kornia", "umap", "face_alignment"}
# Each takes more than a tenth of a second to import; they come when they are needed.
SLOW = {"sklearn", "numba", "faiss", "scipy", "pyqtgraph", "matplotlib"}

SHOW = """
import json, sys, time
from PySide6.QtWidgets import QAbstractItemView
from studio.ui.application import build
application, window = build(["studio", *sys.argv[1:]])
window.show()
deadline = time.monotonic() + 60
def shown():
    grid = window.findChild(QAbstractItemView, "facesets.grid")
    return not sys.argv[1:] or grid is not None and grid.isVisible() and grid.model().rowCount() > 0
while not shown() or window.studio.background.busy:
    assert time.monotonic() < deadline, "the window shows no faces"
    application.processEvents()
    time.sleep(0.01)
print(json.dumps({"modules": sorted({name.partition(".")[0] for name in sys.modules}), "visible": window.isVisible()}))
window.close()
"""


@pytest.fixture
def project_folder(folder):
    """A project with faces, closed."""
    with Project(folder) as project:
        store_faces(project, add_record(project, "anna", Basis.SYNTHETIC, "rendered"), "anna.mp4", range(4))
    return folder


def shown(*arguments):
    """What a fresh process says that has shown the window."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW, *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_no_engine_is_in_the_process_that_shows_a_project(project_folder):
    told = shown(project_folder)
    assert told["visible"]
    assert not ENGINES & set(told["modules"])


def test_the_start_screen_waits_for_nothing_it_does_not_need():
    assert not (ENGINES | SLOW) & set(shown()["modules"])


def test_without_a_display_one_is_told_what_to_do(folder):
    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    clean.pop("QT_QPA_PLATFORM", None)
    if sys.platform != "linux":
        pytest.skip("only on Linux may there be no display")
    done = subprocess.run(
        [sys.executable, "-m", "studio", "--json"], cwd=ROOT, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "display"


def test_a_display_that_cannot_be_used_is_told_too():
    if sys.platform != "linux":
        pytest.skip("only on Linux may there be no display")
    broken = {**os.environ, "DISPLAY": ":987", "QT_QPA_PLATFORM": "xcb"}
    done = subprocess.run(
        [sys.executable, "-m", "studio"], cwd=ROOT, env=broken, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "can't use the display" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_project_is_told_before_the_window_opens(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "studio", "open", str(tmp_path)], cwd=ROOT, env={**os.environ}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "project.missing" in done.stderr
