"""A real training watched from the window: what it tells, what it is told, and how it ends."""

import os
import signal

import pytest
from PySide6.QtWidgets import QLabel

from studio.app.actions import ActionTable
from studio.app.settings import UserSettings
from studio.app.studio import Studio
from studio.core.runs import RunFolder
from studio.ui.adapters.background import QtBackground
from studio.ui.application import ACTIONS
from studio.ui.main_window import MainWindow
from tests.gui.panels.training.conftest import Watcher
from tests.gui.waiting import settled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

LONG = 100_000


def commands(run):
    return [command["command"] for command in run.commands()]


def test_curves_and_previews_grow_while_one_watches_and_stop_saves(watcher):
    assert watcher.panel.empty.isVisible()
    watcher.start(LONG)
    watcher.until(lambda: watcher.losses > 2 and watcher.previews > 1)
    first = watcher.losses
    watcher.until(lambda: watcher.losses > first)
    assert watcher.state == "Training"
    assert "Mira and Tomas" in watcher.find("training.title").text()
    facts = watcher.panel.column.facts
    assert "step" in facts.value("Speed")
    watcher.until(lambda: facts.value("Time left") != "-")
    watcher.do("stop")
    watcher.until(lambda: watcher.state == "Stopped")
    watcher.settle()
    saved = watcher.panel.monitor.course.checkpoints[-1]
    assert (watcher.run.folder / "checkpoints" / f"step-{saved:08d}").is_dir()
    assert not watcher.can("stop")
    assert watcher.can("resume")


def test_a_pause_holds_it_and_commands_reach_it(watcher):
    watcher.start(LONG)
    watcher.until(lambda: watcher.losses > 1)
    box = watcher.find("training.safe.preview_every")
    watcher.until(box.isEnabled)
    box.setValue(7)
    watcher.find("training.safe.apply").click()
    watcher.do("save")
    watcher.until(lambda: watcher.panel.monitor.course.settings["preview_every"] == 7)
    watcher.do("pause")
    watcher.until(lambda: watcher.state == "Paused")
    watcher.settle()
    held = watcher.losses
    assert watcher.window.actions_table["training.pause"].text() == "Go on"
    watcher.settle()
    assert watcher.losses == held
    watcher.do("pause")
    watcher.until(lambda: watcher.state == "Training" and watcher.losses > held)
    assert commands(watcher.run) == ["set", "save", "pause", "resume"]


def test_closing_the_window_asks_and_opening_it_again_reattaches(qtbot, theme, watcher, folder):
    watcher.start(LONG)
    watcher.until(lambda: watcher.losses > 1)
    before, run, window = watcher.losses, watcher.run, watcher.window
    window.close()
    assert window.isVisible()
    assert "still at work" in watcher.find("window.message").text
    watcher.answer("window.message", "Cancel")
    assert window.isVisible()
    assert watcher.find("window.message").text == ""
    window.close()
    watcher.answer("window.message", "Keep running")
    assert not window.isVisible()
    assert run.alive()
    again = MainWindow(Studio(QtBackground(), UserSettings()), theme, ActionTable(ACTIONS))
    again.show()
    again.open_project(folder)
    qtbot.waitUntil(lambda: again.studio.project is not None, timeout=20_000)
    reattached = Watcher(qtbot, again, folder)
    reattached.until(lambda: reattached.losses > before)
    assert reattached.state == "Training"
    again.close()
    reattached.answer("window.message", "Stop and save")
    assert not again.isVisible()
    watcher.until(lambda: not run.alive())
    assert RunFolder(run.folder).state().state == "stopped"
    again.deleteLater()


def test_a_training_that_is_killed_is_told_and_can_be_resumed(watcher):
    watcher.start(LONG)
    watcher.until(lambda: watcher.panel.monitor.course is not None and watcher.panel.monitor.course.checkpoints)
    os.kill(watcher.run.state().pid, signal.SIGKILL)
    notice = watcher.find("training.notice")
    watcher.until(notice.isVisible)
    assert "ended without a word" in notice.text
    assert any("newest checkpoint is safe" in label.text() for label in notice.findChildren(QLabel))
    assert watcher.state == "Died"
    watcher.answer("training.notice", "Resume")
    watcher.until(lambda: watcher.state == "Training")
    watcher.until(lambda: any(marker.kind == "resumed" for marker in watcher.panel.monitor.course.markers))
    assert not notice.isVisible()


def test_another_project_shows_its_own_trainings_only(qtbot, watcher, tmp_path):
    watcher.start(LONG)
    watcher.window.studio.create(tmp_path / "other")
    settled(qtbot, watcher.window.studio)
    watcher.window.show_workspace("training")
    assert watcher.panel.empty.isVisible()
    assert not watcher.find("training.plot").isVisible()
