"""The jobs dock."""

import time

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QTableView, QToolButton, QWidget

from studio.core.runs import RunFolder, all_runs
from studio.worker.process import start_detached

_WAIT_MS = 30_000


@pytest.fixture
def opened(opened):
    """The open project with its jobs in view."""
    opened.actions_table["view.jobs"].setChecked(True)
    return opened


def _rows(window):
    model = window.findChild(QTableView, "jobs.table").model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def _run(folder, kind="train", **config):
    return RunFolder.create(folder / "runs", kind, kind, config)


def _button(window, name):
    return window.findChild(QToolButton, f"jobs.{name}")


def test_jobs_of_the_command_line_appear_with_their_state(qtbot, opened, folder):
    waiting = _run(folder, "extract", identity="anna")
    done = _run(folder, a="anna", b="ben")
    done.append("started", pid=1)
    done.append("progress", stage="steps", done=50, total=50)
    done.append("done", result={})
    qtbot.waitUntil(lambda: len(_rows(opened)) == 2, timeout=5000)
    by_job = {row[0]: row for row in _rows(opened)}
    assert by_job["Extract faces: anna"][1] == "Queued"
    assert by_job["Train: anna and ben"][1:3] == ["Done", "50 of 50"]
    assert waiting.state().state == "queued"


def test_a_running_job_shows_how_far_it_is_and_how_long_still(qtbot, opened, folder):
    run = _run(folder)
    with run.held():
        run.append("started", pid=1)
        run.append("progress", stage="steps", done=10, total=1000)
        time.sleep(0.2)
        run.append("progress", stage="steps", done=200, total=1000)
        qtbot.waitUntil(lambda: [row[1:3] for row in _rows(opened)] == [["Running", "200 of 1,000"]], timeout=5000)
        assert _rows(opened)[0][3].endswith("s")
        assert "20%" in opened.findChild(QToolButton, "window.running").text()
        assert opened.findChild(QWidget, "workspace.training").accessibleName() == "Training: Running 20%"
    qtbot.waitUntil(lambda: _rows(opened)[0][1] == "Died", timeout=5000)


def test_pause_resume_and_stop_reach_the_job(qtbot, opened, folder):
    run = _run(folder)
    with run.held():
        run.append("started", pid=1)
        qtbot.waitUntil(_button(opened, "pause").isEnabled, timeout=5000)
        _button(opened, "pause").click()
        qtbot.waitUntil(lambda: [c["command"] for c in run.commands()] == ["pause"])
        run.append("paused")
        qtbot.waitUntil(lambda: _button(opened, "pause").text() == "Resume", timeout=5000)
        _button(opened, "pause").click()
        qtbot.waitUntil(lambda: [c["command"] for c in run.commands()] == ["pause", "resume"])
        _button(opened, "stop").click()
        qtbot.waitUntil(lambda: [c["command"] for c in run.commands()][-1] == "stop")
        run.append("stopped")
    qtbot.waitUntil(lambda: _rows(opened)[0][1] == "Stopped", timeout=5000)
    assert not _button(opened, "stop").isEnabled()


def test_a_job_that_ends_is_announced(qtbot, opened, folder, monkeypatch):
    alerted = []
    monkeypatch.setattr(QApplication, "alert", lambda window: alerted.append(window.objectName()))
    run = _run(folder, "extract", identity="anna")
    with run.held():
        run.append("started", pid=1)
        qtbot.waitUntil(lambda: [row[1] for row in _rows(opened)] == ["Running"], timeout=5000)
        run.append("done", result={})
    qtbot.waitUntil(lambda: alerted == ["window"], timeout=5000)
    assert opened.statusBar().currentMessage() == "Extract faces: anna: done."


def test_a_job_that_fails_says_why_in_the_window(qtbot, opened, folder):
    run = _run(folder, "extract", identity="anna")
    with run.held():
        run.append("started", pid=1)
        qtbot.waitUntil(lambda: [row[1] for row in _rows(opened)] == ["Running"], timeout=5000)
        run.append("failed", error={"code": "storage.full", "message": "The disk is full.", "hint": "Free some."})
    bar = opened.findChild(QWidget, "window.message")
    qtbot.waitUntil(bar.isVisible, timeout=5000)
    words = " ".join(label.text() for label in bar.findChildren(QLabel))
    assert "Extract faces: anna failed." in words
    assert "The disk is full." in words


def test_the_log_of_a_job_is_shown(qtbot, opened, folder):
    run = _run(folder)
    (run.folder / "log.txt").write_text("epoch one\n")
    qtbot.waitUntil(lambda: bool(_rows(opened)), timeout=5000)
    _button(opened, "log").click()
    log = opened.findChild(QPlainTextEdit, "jobs.log")
    qtbot.waitUntil(lambda: "epoch one" in log.toPlainText(), timeout=5000)


def test_the_chosen_job_stays_chosen_while_others_come(qtbot, opened, folder):
    _run(folder, "extract", identity="anna")
    qtbot.waitUntil(lambda: len(_rows(opened)) == 1, timeout=5000)
    _run(folder)
    qtbot.waitUntil(lambda: len(_rows(opened)) == 2, timeout=5000)
    table = opened.findChild(QTableView, "jobs.table")
    assert table.model().index(table.currentIndex().row(), 0).data() == "Extract faces: anna"


def test_without_jobs_the_dock_says_what_it_is_for(opened):
    words = " ".join(label.text() for label in opened.findChild(QWidget, "panel.jobs").findChildren(QLabel)
                     if label.isVisible())  # fmt: skip
    assert "go on when the window is closed" in words


def test_a_job_outlives_the_window(qtbot, opened, folder, monkeypatch):
    job = folder.parent / "sitecustomize.py"
    job.write_text(
        "import sys, time, types\n"
        "def run(config, reporter):\n"
        "    for step in range(600):\n"
        "        reporter.progress('steps', step, 600)\n"
        "        reporter.check()\n"
        "        time.sleep(0.05)\n"
        "    return {}\n"
        "module = types.ModuleType('studio.jobs.detect')\n"
        "module.run = run\n"
        "sys.modules['studio.jobs.detect'] = module\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder.parent))
    run = _run(folder, "detect")
    start_detached(run)
    try:
        qtbot.waitUntil(lambda: [row[1] for row in _rows(opened)] == ["Running"], timeout=_WAIT_MS)
        opened.close()
        before = run.state()
        deadline = time.monotonic() + 10
        while run.state().steps <= before.steps and time.monotonic() < deadline:
            time.sleep(0.1)
        assert run.state().state == "running"
        assert run.state().steps > before.steps
    finally:
        run.send("stop")
        deadline = time.monotonic() + 10
        while run.alive() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert run.state().state == "stopped"


def test_a_command_that_is_refused_says_why_in_the_window(qtbot, opened, folder):
    opened.studio.runs.start(["train", str(folder), "anna", "ben", "--steps", "1"])
    bar = opened.findChild(QWidget, "window.message")
    qtbot.waitUntil(bar.isVisible, timeout=_WAIT_MS)
    assert "anna" in " ".join(label.text() for label in bar.findChildren(QLabel))
    assert all_runs(folder / "runs") == []
