"""How fast a training of a million losses comes on show, and how fluid its curves are."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from studio.bench.table import Row
from studio.ui.bench.apart import measured_apart
from studio.ui.bench.clock import Clock

LOSSES = 1_000_000
_MODULE = "studio.ui.bench.monitor"
_STEPS = 200
# A plain plot takes seconds for each.
_PLAIN_STEPS = 6
# Shares of the run that are in view while one pans.
_VIEWS = (0.5, 0.05)


def monitor() -> Sequence[Row]:
    """A run of a million losses: until it is on show, until every loss is read, and panning."""
    from studio.ui.bench.trainings import make_trainings

    with tempfile.TemporaryDirectory(prefix="studio-bench-") as scratch:
        folder = Path(scratch) / "project"
        sys.stderr.write("monitor: telling losses ...\n")
        long, _short = make_trainings(folder, LOSSES)
        events = folder / "runs" / long / "events.jsonl"
        size = events.stat().st_size / 1e6
        ours, plain = (measured_apart(_MODULE, which, str(folder), long) for which in ("studio", "plain"))
    what = f"a run of {LOSSES:,} losses, each with its twelve parts ({size:,.0f} MB of events)"
    against = "json.loads line by line and a plain PlotDataItem without down-sampling"
    return [
        _row("monitor", "open", ours, plain, "s", "< 1", f"choosing {what} until its curves are painted, from a sample"
             f" of its losses; against {against}"),
        _row("monitor.exact", "exact", ours, plain, "s", None, "until they are painted from every loss; against"
             f" {against}"),
        _row("monitor.pan", "pan", ours, plain, "ms", "< 16", "one step of panning painted, 95th percentile, smoothed"
             f" curves over those as told; against {against}"),
        _row("monitor.project", "project", ours, {}, "s", None, "opening the project until its runs are listed"),
        _row("monitor.frozen", "frozen", ours, {}, "ms", None, "the longest the window answered nothing while it read"),
    ]  # fmt: skip


def _row(
    name: str, key: str, ours: dict[str, float], plain: dict[str, float], unit: str, limit: str | None, notes: str
) -> Row:
    value, baseline = ours[key], plain.get(key)
    if baseline is None:
        return Row.absolute(name, value, unit, limit=limit, notes=notes)
    return Row(name, value, baseline, baseline / value, unit, value, limit, notes)


def _studio(folder: Path, run: str) -> dict[str, float]:
    from studio.ui.application import build

    application, window = build(["studio"])
    clock = Clock(application)
    window.show()
    studio = window.studio
    window.open_project(folder)
    figures = {"project": clock.until(lambda: len(studio.runs.rows) == 2)}
    window.show_workspace("training")
    from studio.ui.panels.training.panel import TrainingPanel

    panel = window.findChild(TrainingPanel)
    assert panel is not None
    monitor = panel.monitor
    panel.bar.window_box.setValue(1000)
    clock.until(lambda: monitor.course is not None and monitor.course.complete)
    clock.frozen = 0.0
    began = time.perf_counter()
    monitor.show(run)
    clock.until(lambda: run in monitor.curves)
    clock.turn()
    figures["open"] = time.perf_counter() - began
    clock.until(lambda: monitor.courses[run].complete)
    clock.turn()
    figures["exact"] = time.perf_counter() - began
    figures["frozen"] = clock.frozen * 1000
    figures["pan"] = _panned(clock.turn, panel.plot.look_at, _STEPS)
    window.leave()
    return figures


def _plain(folder: Path, run: str) -> dict[str, float]:
    import pyqtgraph as pg
    from PySide6.QtWidgets import QApplication

    from studio.app.settings import ThemeName
    from studio.ui.theme import tokens

    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication([])
    began = time.perf_counter()
    steps, losses = [], {"plot_a": [], "plot_b": []}  # type: ignore[var-annotated]
    with (folder / "runs" / run / "events.jsonl").open(encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            if event["kind"] == "loss":
                steps.append(event["step"])
                losses["plot_a"].append(event["a"])
                losses["plot_b"].append(event["b"])
    view = pg.PlotWidget()
    view.resize(1080, 320)
    for token, values in losses.items():
        view.plot(np.array(steps), np.array(values), pen=tokens(ThemeName.DARK)[token])
    view.show()
    application.processEvents()
    opened = time.perf_counter() - began
    pan = _panned(application.processEvents, lambda first, last: view.setXRange(first, last, padding=0), _PLAIN_STEPS)
    view.close()
    return {"open": opened, "exact": opened, "pan": pan}


def _panned(turn: Callable[[], None], look_at: Callable[[float, float], None], count: int) -> float:
    """The 95th percentile of steps of a hundredth of the view in milliseconds, each until it is painted."""
    steps = []
    for share in _VIEWS:
        width, first = LOSSES * share, 0.0
        for _ in range(count // len(_VIEWS)):
            began = time.perf_counter()
            first += width / 100
            look_at(first, first + width)
            turn()
            steps.append(time.perf_counter() - began)
    return float(np.percentile(steps, 95) * 1000)


def _main(which: str, folder: Path, run: str) -> int:
    stdout = sys.stdout
    sys.stdout = sys.stderr
    figures = (_studio if which == "studio" else _plain)(folder, run)
    stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
