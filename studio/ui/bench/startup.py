"""How long the window takes to come up on a project."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.bench.table import Row
from studio.core.errors import JobError

FACES = 8_000
_TIMES = 5
_PATIENCE_S = 60.0
_ENGINES = ("torch", "torchvision", "onnxruntime", "kornia", "umap", "face_alignment")


def startup() -> Sequence[Row]:
    """A process from its first instruction to a window whose grid shows its faces and takes keys; 8,000 faces."""
    from studio.ui.bench.facesets import make_project

    with tempfile.TemporaryDirectory(prefix="studio-bench-") as scratch:
        folder = Path(scratch) / "project"
        make_project(folder, FACES)
        ours = _measured("studio", folder)
        plain = _measured("plain", folder)
    value = statistics.median(ours)
    baseline = statistics.median(plain)
    return [
        Row(
            "startup", value, baseline, baseline / value, "s", value, "< 1.5",
            f"{FACES:,} faces, a fresh process each, until the faces in view are painted, without an engine in it; "
            f"against a list widget given every thumbnail at once; medians of {_TIMES}",
        )
    ]  # fmt: skip


def _measured(which: str, folder: Path) -> list[float]:
    """Seconds from the start of a process to its word that it can be used, once for the disk's cache and then timed."""
    seconds = []
    for number in range(_TIMES + 1):
        with tempfile.TemporaryDirectory(prefix="studio-bench-") as home:
            environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "STUDIO_HOME": home}
            # As installed: the first process leaves the byte code for the others.
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            began = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "studio.ui.bench.startup", which, str(folder), str(FACES)],
                env=environment, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            with process:
                assert process.stdout is not None
                line = process.stdout.readline()
                seconds.append(time.perf_counter() - began)
        if process.returncode != 0 or not line:
            raise JobError("The window did not come up.", hint="What it said is above.", code="bench.failed")
        engines = json.loads(line)["engines"]
        if engines:
            raise JobError(f"The window's process holds {', '.join(engines)}.", code="bench.engines")
        sys.stderr.write(f"startup, {which}: {number} of {_TIMES}\n")
    return seconds[1:]


def _studio(folder: Path, faces: int) -> Callable[[], None]:
    """Open the window on `folder` and wait for it; returns what closes it."""
    from PySide6.QtWidgets import QAbstractItemView, QApplication

    from studio.ui.application import build

    application, window = build(["studio", str(folder)])
    window.show()

    def usable() -> bool:
        grid = window.findChild(QAbstractItemView, "facesets.grid")
        return grid is not None and grid.isVisible() and grid.model().rowCount() == faces and _painted(window)

    _wait(application, usable)
    assert isinstance(application, QApplication)

    def close() -> None:
        window.close()

    return close


def _painted(window: object) -> bool:
    """Whether every face in view has its picture."""
    from studio.ui.main_window import MainWindow
    from studio.ui.panels.facesets.grid import FaceGrid
    from studio.ui.panels.facesets.panel import FacesetsPanel

    assert isinstance(window, MainWindow)
    panel, grid = window.findChild(FacesetsPanel), window.findChild(FaceGrid)
    if panel is None or grid is None:
        return False
    rows = grid.rows_in_view()
    faces = [int(panel.session.faces.columns.rows[grid.arrangement.order[row]]) for row in rows]
    return bool(faces) and all(panel.thumbnails.image(face) is not None for face in faces)


def _plain(folder: Path, _faces: int) -> Callable[[], None]:
    """Show every thumbnail in a list widget, as one would at first."""
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QIcon, QPixmap
    from PySide6.QtWidgets import QApplication, QListWidget, QListWidgetItem

    from studio.core.project import Project

    application = QApplication([])
    shown = QListWidget(viewMode=QListWidget.ViewMode.IconMode, iconSize=QSize(128, 128))
    shown.resize(1440, 900)
    with Project(folder) as project:
        identity = project.store.identities.all()[0]
        faces = project.store.faces.of(identity)
        pictures = project.thumbnails(identity).get(face.row for face in faces)
        for face in faces:
            picture = QPixmap()
            picture.loadFromData(pictures[face.row])
            shown.addItem(QListWidgetItem(QIcon(picture), f"{face.id}"))
    shown.show()
    application.processEvents()
    return shown.deleteLater


def _wait(application: object, done: Callable[[], bool]) -> None:
    from PySide6.QtWidgets import QApplication

    assert isinstance(application, QApplication)
    deadline = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            raise JobError("The window shows no faces.", code="bench.failed")
        application.processEvents()
        time.sleep(0.002)
    # What was asked for last is painted too.
    application.processEvents()


def _main(which: str, folder: Path, faces: int) -> int:
    close = (_studio if which == "studio" else _plain)(folder, faces)
    engines = [name for name in _ENGINES if name in sys.modules]
    sys.stdout.write(json.dumps({"engines": engines}) + "\n")
    sys.stdout.flush()
    close()
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
