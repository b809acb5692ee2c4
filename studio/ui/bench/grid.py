"""How fluid the facesets panel is with a hundred thousand faces."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.bench.memory import peak
from studio.bench.table import Row
from studio.ui.bench.apart import measured_apart
from studio.ui.bench.clock import Clock
from studio.ui.bench.facesets import EVERYONE, NOBODY

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractItemView

    from studio.ui.main_window import MainWindow
    from studio.ui.panels.facesets.panel import FacesetsPanel

FACES = 100_000
_MODULE = "studio.ui.bench.grid"
_STEPS = 200
_STEP_PX = 120
_JUMPS = 9
_TIMES = 3


def grid() -> Sequence[Row]:
    """100,000 faces: first view, scrolling, a jump to the middle, memory, and all of them rejected and undone."""
    from studio.ui.bench.facesets import make_project

    with tempfile.TemporaryDirectory(prefix="studio-bench-") as scratch:
        folder = Path(scratch) / "project"
        make_project(folder, FACES, nobody=True)
        ours, plain = (measured_apart(_MODULE, which, str(folder), str(FACES)) for which in ("studio", "plain"))
    against = "a QListView in icon mode over a model that reads each thumbnail when it is asked for"
    rows = [
        _row("grid", "first", ours, plain, "s", "< 0.5", f"choosing {FACES:,} faces until all in view are painted"),
        _row("grid.again", "again", ours, plain, "s", None, "the same when they were looked at before"),
        _row("grid.scroll", "scroll", ours, plain, "ms", "< 16", f"one step of {_STEP_PX} px painted, 95th percentile"),
        _row("grid.jump", "jump", ours, plain, "s", "< 0.3", "to a face in the middle, until all in view are painted"),
        _row("grid.memory", "memory", ours, plain, "MB", "< 400", "peak resident memory of the process"),
        _row("grid.reject", "reject", ours, plain, "s", "< 1", "select all and reject all, until it is stored"),
        _row("grid.undo", "undo", ours, plain, "s", "< 1", "undo of it, until it is shown and stored"),
        _row("grid.frozen", "frozen", ours, plain, "ms", None, "the longest the window answered nothing meanwhile"),
    ]
    return [
        Row(**{**vars(row), "notes": f"{row.notes}; against {against}" if row.baseline else row.notes}) for row in rows
    ]


def _row(
    name: str, key: str, ours: dict[str, float], plain: dict[str, float], unit: str, limit: str | None, notes: str
) -> Row:
    value, baseline = ours[key], plain.get(key)
    if baseline is None:
        return Row.absolute(name, value, unit, limit=limit, notes=notes)
    return Row(name, value, baseline, baseline / value, unit, value, limit, notes)


def _studio(folder: Path, faces: int) -> dict[str, float]:
    from studio.ui.application import build
    from studio.ui.panels.facesets.panel import FacesetsPanel

    application, window = build(["studio", str(folder)])
    clock = Clock(application)
    window.show()
    background = window.studio.background
    idle: Callable[[], bool] = lambda: not background.busy  # type: ignore[attr-defined]  # noqa: E731
    clock.until(lambda: window.findChild(FacesetsPanel) is not None)
    panel = window.findChild(FacesetsPanel)
    assert panel is not None
    figures = {
        "first": _median(lambda: _first(clock, window, panel, faces)),
        "again": _median(lambda: _again(clock, panel, faces)),
    }
    view = panel.desk.grid
    # The map, too, is there.
    clock.until(lambda: not panel.mapping.isActive() and idle())
    clock.frozen = 0.0
    figures["scroll"] = _scrolled(clock, view)
    figures["jump"] = _jumped(clock, view, lambda: _painted(panel))
    actions = window.actions_table

    def reject() -> float:
        began = time.perf_counter()
        actions["facesets.select_all"].trigger()
        actions["facesets.reject"].trigger()
        clock.until(idle)
        return time.perf_counter() - began

    def undo() -> float:
        began = time.perf_counter()
        actions["edit.undo"].trigger()
        clock.until(lambda: idle() and not panel.session.faces.rejected.any())
        return time.perf_counter() - began

    turns = [(reject(), undo()) for _ in range(_TIMES)]
    figures["reject"], figures["undo"] = (float(np.median(times)) for times in zip(*turns, strict=True))
    figures["frozen"] = clock.frozen * 1000
    figures["memory"] = peak()
    window.close()
    return figures


def _first(clock: Clock, window: MainWindow, panel: FacesetsPanel, faces: int) -> float:
    """From choosing the person to a view full of faces, in a project that was opened anew: nothing of them is known."""
    idle: Callable[[], bool] = lambda: not window.studio.background.busy  # type: ignore[attr-defined]  # noqa: E731
    clock.until(idle)
    former = window.studio.project
    assert former is not None
    window.open_project(former.folder)
    clock.until(lambda: window.studio.project is not former and panel.session.ready and idle())
    return _again(clock, panel, faces)


def _again(clock: Clock, panel: FacesetsPanel, faces: int) -> float:
    """From choosing the person, after somebody else, to a view full of their faces."""
    _choose(panel, NOBODY)
    clock.until(lambda: panel.session.ready and len(panel.session.faces) == 0)
    _choose(panel, EVERYONE)
    return clock.until(lambda: len(panel.session.faces) == faces and _painted(panel))


def _choose(panel: FacesetsPanel, name: str) -> None:
    panel.people.list.choose(
        next(row.identity.id for row in panel.people.list.people.people if row.identity.name == name)
    )


def _painted(panel: FacesetsPanel) -> bool:
    """Whether every face in view has its picture."""
    view = panel.desk.grid
    rows = view.rows_in_view()
    faces = [int(panel.session.faces.columns.rows[view.arrangement.order[row]]) for row in rows]
    return bool(faces) and all(panel.thumbnails.image(face) is not None for face in faces)


def _plain(folder: Path, _faces: int) -> dict[str, float]:
    from PySide6.QtCore import QAbstractListModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QSize, Qt
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QApplication, QListView

    from studio.core.project import Project

    with Project(folder) as project:
        identity = project.store.identities.get(EVERYONE)
        thumbnails = project.thumbnails(identity)

        class Faces(QAbstractListModel):
            """The faces, their pictures read when they are painted."""

            def __init__(self) -> None:
                super().__init__()
                self.rows = [face.row for face in project.store.faces.of(identity)]

            def rowCount(self, _parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
                return len(self.rows)

            def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
                if role != Qt.ItemDataRole.DecorationRole:
                    return None
                row = self.rows[index.row()]
                picture = QPixmap()
                picture.loadFromData(thumbnails.get([row])[row])
                return picture

        application = QApplication([])
        clock = Clock(application)
        view = QListView(viewMode=QListView.ViewMode.IconMode, iconSize=QSize(128, 128), uniformItemSizes=True)
        view.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        view.resize(900, 600)
        began = time.perf_counter()
        view.setModel(Faces())
        view.show()
        clock.turn()
        figures = {"first": time.perf_counter() - began}
        figures["scroll"] = _scrolled(clock, view)
        figures["jump"] = _jumped(clock, view, lambda: True)
        began = time.perf_counter()
        view.selectAll()
        selected = view.selectionModel().selectedIndexes()
        from studio.core.records import FaceState

        ids = project.store.faces.columns(identity).ids
        chosen = [int(ids[index.row()]) for index in selected]
        project.store.journal.set_state(identity, chosen, FaceState.REJECTED, "Reject all")
        clock.turn()
        figures["reject"] = time.perf_counter() - began
        began = time.perf_counter()
        project.store.journal.undo()
        view.selectionModel().select(view.rootIndex(), QItemSelectionModel.SelectionFlag.Clear)
        view.viewport().update()
        clock.turn()
        figures["undo"] = time.perf_counter() - began
        figures["memory"] = peak()
        view.close()
    return figures


def _scrolled(clock: Clock, view: QAbstractItemView) -> float:
    """The 95th percentile of the steps in milliseconds, each until it is painted."""
    bar = view.verticalScrollBar()
    bar.setValue(0)
    clock.turn()
    steps = []
    for _ in range(_STEPS):
        began = time.perf_counter()
        bar.setValue(bar.value() + _STEP_PX)
        # Where something is to be painted the window was asked for it by now.
        clock.turn()
        steps.append(time.perf_counter() - began)
    return float(np.percentile(steps, 95) * 1000)


def _jumped(clock: Clock, view: QAbstractItemView, painted: Callable[[], bool]) -> float:
    """The median of jumps to the middle and around it, where nothing was shown before."""
    bar = view.verticalScrollBar()
    times = []
    for number in range(_JUMPS):
        bar.setValue(0)
        clock.until(painted)
        began = time.perf_counter()
        bar.setValue(bar.maximum() // 2 + number * 20_000)
        clock.turn()
        clock.until(painted)
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def _median(measure: Callable[[], float]) -> float:
    return float(np.median([measure() for _ in range(_TIMES)]))


def _main(which: str, folder: Path, faces: int) -> int:
    stdout = sys.stdout
    sys.stdout = sys.stderr
    figures = (_studio if which == "studio" else _plain)(folder, faces)
    stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
