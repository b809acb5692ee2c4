"""The window around the panels."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QListWidget, QPushButton, QWidget

from studio.app.actions import ActionTable
from studio.app.settings import ThemeName, UserSettings
from studio.app.studio import Studio
from studio.core.project import Project
from studio.core.records import Basis
from studio.provenance.consent import add_record
from studio.ui.adapters.background import QtBackground
from studio.ui.application import ACTIONS
from studio.ui.main_window import MainWindow
from studio.ui.widgets.inline_bar import InlineBar
from tests.gui.waiting import settled


def _message(window):
    return window.findChild(InlineBar, "window.message")


def _shown(window, name):
    return window.findChild(QWidget, name).isVisible()


def _restarted(qtbot, theme):
    again = MainWindow(Studio(QtBackground(), UserSettings()), theme, ActionTable(ACTIONS))
    again.show()
    qtbot.waitExposed(again)
    return again


def test_without_a_project_the_start_screen_is_shown(window):
    assert _shown(window, "start")
    assert not _shown(window, "workspaces")
    assert not _shown(window, "panel.jobs")
    assert not window.actions_table["project.close"].isEnabled()


def test_an_opened_project_shows_its_facesets_first(opened):
    assert _shown(opened, "panel.facesets")
    assert not _shown(opened, "start")
    assert "film" in opened.windowTitle()


@pytest.mark.parametrize("name", ["preview", "detection", "studies"])
def test_a_panel_that_is_not_built_names_the_command_that_does_it(opened, folder, name):
    opened.actions_table[f"view.{name}"].trigger()
    panel = opened.findChild(QWidget, f"panel.{name}")
    assert panel.isVisible()
    words = " ".join(label.text() for label in panel.findChildren(QLabel))
    assert "studio " in words
    assert str(folder) in words
    panel.findChild(QPushButton).click()
    assert str(folder) in QApplication.clipboard().text()


def test_workspaces_stand_in_the_order_of_the_pipeline_with_their_state(qtbot, opened, folder):
    with Project(folder) as other:
        add_record(other, "anna", Basis.SYNTHETIC, "rendered")
    button = opened.findChild(QWidget, "workspace.facesets")
    qtbot.waitUntil(lambda: button.accessibleName() == "Facesets: 1 identity, 0 faces", timeout=5000)
    places = [opened.findChild(QWidget, f"workspace.{name}").x()
              for name in ("facesets", "training", "preview", "detection", "studies")]  # fmt: skip
    assert places == sorted(places)


def test_keys_change_the_workspace(qtbot, opened):
    qtbot.keyClick(opened, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert _shown(opened, "panel.detection")


def test_a_folder_that_is_no_project_is_told_in_the_window(qtbot, window, tmp_path):
    window.open_project(tmp_path / "nothing")
    settled(qtbot, window.studio)
    bar = _message(window)
    assert bar.isVisible()
    assert "is not a project" in bar.text
    assert "project.missing" in " ".join(label.text() for label in bar.findChildren(QLabel))
    assert _shown(window, "start")


def test_a_damaged_project_is_told_and_the_open_one_stays(qtbot, opened, tmp_path):
    damaged = tmp_path / "damaged"
    Project.create(damaged).close()
    (damaged / "project.toml").write_text("schema = ?")
    opened.open_project(damaged)
    settled(qtbot, opened.studio)
    assert "damaged" in _message(opened).text
    assert opened.studio.project.folder.name == "film"


def test_a_database_that_is_none_is_told(qtbot, window, folder):
    (folder / "project.db").write_bytes(b"not a database" * 100)
    window.open_project(folder)
    settled(qtbot, window.studio)
    assert _message(window).isVisible()
    assert window.studio.project is None


def test_recent_projects_are_listed_the_newest_first_and_open_by_enter(qtbot, window, folder, tmp_path):
    other = tmp_path / "other"
    Project.create(other).close()
    for path in (folder, other):
        window.open_project(path)
        settled(qtbot, window.studio)
    window.actions_table["project.close"].trigger()
    recent = window.findChild(QListWidget, "start.recent")
    assert [recent.item(row).text() for row in range(recent.count())] == ["other", "film"]
    recent.setCurrentRow(1)
    recent.setFocus()
    qtbot.keyClick(recent, Qt.Key.Key_Return)
    settled(qtbot, window.studio)
    assert window.studio.project.folder == folder


def test_a_recent_project_that_is_gone_is_taken_from_the_list(qtbot, window, folder):
    window.open_project(folder)
    settled(qtbot, window.studio)
    window.actions_table["project.close"].trigger()
    settled(qtbot, window.studio)
    folder.rename(folder.with_name("elsewhere"))
    window.actions_table["project.close"].trigger()
    recent = window.findChild(QListWidget, "start.recent")
    recent.itemActivated.emit(recent.item(0))
    assert window.studio.settings.recent == ()
    assert "no longer there" in window.statusBar().currentMessage()


def test_a_project_folder_dropped_on_the_start_screen_is_opened(qtbot, window, folder):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    start, what = window.findChild(QWidget, "start"), (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, *what)
    QApplication.sendEvent(start, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(start, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, *what))
    settled(qtbot, window.studio)
    assert window.studio.project.folder == folder


def test_undo_and_redo_say_what_they_would_do_also_after_a_restart(qtbot, theme, opened, folder):
    def delete(project):
        return project.store.journal.delete(add_record(project, "anna", Basis.SYNTHETIC, "rendered"))

    opened.studio.edit(delete)
    settled(qtbot, opened.studio)
    assert opened.actions_table["edit.undo"].text() == "Undo: Delete anna"
    opened.close()
    again = _restarted(qtbot, theme)
    again.open_project(folder)
    settled(qtbot, again.studio)
    assert again.actions_table["edit.undo"].text() == "Undo: Delete anna"
    again.actions_table["edit.undo"].trigger()
    settled(qtbot, again.studio)
    assert [row.identity.name for row in again.studio.people] == ["anna"]
    assert again.actions_table["edit.redo"].text() == "Redo: Delete anna"
    assert not again.actions_table["edit.undo"].isEnabled()
    assert "Undone: Delete anna" in again.statusBar().currentMessage()
    again.close()
    again.deleteLater()


def test_the_history_goes_back_to_an_entry_and_forward_again(qtbot, opened):
    studio = opened.studio
    for name in ("anna", "ben", "cora"):
        studio.edit(lambda p, n=name: p.store.journal.delete(add_record(p, n, Basis.SYNTHETIC, "rendered")))
    settled(qtbot, studio)
    opened.actions_table["edit.history"].trigger()
    history = opened.findChild(QListWidget, "history.list")
    titles = [history.item(row).text() for row in range(history.count())]
    assert titles == ["Delete cora", "Delete ben", "Delete anna"]
    history.itemActivated.emit(history.item(2))
    settled(qtbot, studio)
    assert [row.identity.name for row in studio.people] == ["ben", "cora"]
    assert history.item(0).font().strikeOut()
    history.itemActivated.emit(history.item(0))
    settled(qtbot, studio)
    assert studio.people == ()


def test_the_theme_is_changed_in_the_settings_and_kept(qtbot, theme, window, own_user_folder):
    window.actions_table["view.settings"].trigger()
    assert _shown(window, "panel.settings")
    box = window.findChild(QComboBox, "settings.theme")
    box.setCurrentIndex(box.findData(ThemeName.LIGHT))
    assert theme.name is ThemeName.LIGHT
    window.close()
    assert json.loads((own_user_folder / "window.json").read_text())["theme"] == "light"


def test_the_window_comes_back_as_it_was(qtbot, theme, opened, folder):
    opened.resize(860, 640)
    opened.actions_table["view.jobs"].trigger()
    opened.actions_table["edit.history"].trigger()
    size = opened.size()
    opened.close()
    again = _restarted(qtbot, theme)
    again.open_project(folder)
    settled(qtbot, again.studio)
    assert again.size() == size
    assert _shown(again, "panel.jobs")
    assert _shown(again, "panel.history")
    assert again.actions_table["view.jobs"].isChecked()
    again.close()
    again.deleteLater()


def test_settings_that_cannot_be_read_are_put_aside_with_a_word(qtbot, theme, own_user_folder):
    own_user_folder.mkdir()
    (own_user_folder / "window.json").write_text('{"theme": "plaid"}')
    window = _restarted(qtbot, theme)
    assert "could not be read" in _message(window).text
    assert (own_user_folder / "window.damaged.json").exists()
    window.close()
    window.deleteLater()


def test_the_palette_does_what_one_types(qtbot, opened):
    qtbot.keyClick(opened, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    words = opened.findChild(QWidget, "palette.words")
    qtbot.waitUntil(words.hasFocus)
    qtbot.keyClicks(words, "detectors res")
    found = opened.findChild(QListWidget, "palette.list")
    assert [found.item(row).text() for row in range(found.count())] == ["Detection"]
    qtbot.keyClick(words, Qt.Key.Key_Return)
    assert _shown(opened, "panel.detection")
    assert not _shown(opened, "palette")


def test_escape_closes_the_palette_and_the_keys_are_back_where_they_were(qtbot, opened):
    button = opened.findChild(QWidget, "workspace.training")
    button.setFocus()
    opened.actions_table["help.palette"].trigger()
    qtbot.keyClick(opened.findChild(QWidget, "palette.words"), Qt.Key.Key_Escape)
    assert not _shown(opened, "palette")
    assert opened.focusWidget() is button


def test_the_palette_offers_only_what_can_be_done_now(window):
    window.actions_table["help.palette"].trigger()
    found = window.findChild(QListWidget, "palette.list")
    offered = {found.item(row).text() for row in range(found.count())}
    assert "New project…" in offered
    assert "Close project" not in offered


def test_the_key_sheet_shows_every_shortcut_and_any_key_closes_it(qtbot, opened):
    qtbot.keyClicks(opened, "?")
    sheet = opened.findChild(QWidget, "keys")
    assert sheet.isVisible()
    words = {label.text() for label in sheet.findChildren(QLabel)}
    missing = [action.id for action in opened.actions_table.table
               if action.shortcut and action.accessible_name not in words]  # fmt: skip
    assert not missing
    qtbot.keyClick(sheet, Qt.Key.Key_X)
    assert not sheet.isVisible()


def test_menus_hold_every_action_that_has_a_place_in_them(opened):
    def held(menu):
        for action in menu.actions():
            yield from held(action.menu()) if action.menu() else [action.objectName()]

    found = [name for top in opened.menuBar().actions() for name in held(top.menu())]
    assert sorted(found) == sorted(f"action.{action.id}" for action in opened.actions_table.table if action.menu)
    assert [top.text() for top in opened.menuBar().actions()] == [
        "Project", "Edit", "Identity", "Faceset", "Training", "View", "Help"
    ]  # fmt: skip


def test_what_cannot_be_done_says_why(window):
    assert "Open a project first." in window.actions_table["project.close"].toolTip()


def test_building_takes_the_application_that_is_there(qtbot, qapp, folder):
    from studio.ui.application import build

    application, window = build(["studio", str(folder)])
    assert application is qapp
    assert window.objectName() == "window"
    settled(qtbot, window.studio)
    assert window.studio.project.folder == Path(folder)
    window.close()
    window.deleteLater()
