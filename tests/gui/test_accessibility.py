"""Everything in the window has a name and is reached by keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)  # fmt: skip

from studio.core.project import Project
from studio.core.records import Basis
from studio.core.runs import RunFolder
from studio.provenance.consent import add_record
from tests.gui.waiting import settled

# What somebody works with; layout and drawing need no name.
_WORKED = (QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit)
# Parts of another widget, which has the name and the keys.
_PARTS = (QScrollBar,)


def _is_part(widget):
    parent = widget.parentWidget()
    return (
        isinstance(widget, _PARTS)
        or widget.objectName().startswith("qt_")
        or isinstance(parent, (QAbstractSpinBox, QComboBox, QTabBar))
        or (isinstance(parent, QAbstractItemView) and not widget.accessibleName())
        or any(isinstance(above, (QMenu, QComboBox)) for above in _above(widget))
    )


def _above(widget):
    while (widget := widget.parentWidget()) is not None:
        yield widget


def _name(widget):
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


def _group(widget):
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group if group is not None and group.exclusive() else None


def _described(widget):
    chain = " < ".join(type(above).__name__ for above in _above(widget))
    return f"{type(widget).__name__} {widget.objectName()!r} in {chain}"


def _worked(window):
    return [widget for widget in window.findChildren(QWidget) if isinstance(widget, _WORKED) and not _is_part(widget)]


@pytest.fixture
def full(qtbot, opened, folder):
    """The window with somebody, a job and every dock in view."""
    with Project(folder) as other:
        add_record(other, "anna", Basis.SYNTHETIC, "rendered")
        RunFolder.create(other.runs, "extract", "anna", {"identity": "anna"})
        _train(other)
    qtbot.waitUntil(lambda: bool(opened.studio.people) and bool(opened.studio.runs.rows), timeout=10_000)
    for name in ("view.jobs", "edit.history", "view.settings"):
        opened.actions_table[name].setChecked(True)
    settled(qtbot, opened.studio)
    return opened


def _train(project):
    """A training that has ended, with something of everything."""
    run = RunFolder.create(project.runs, "train", "anna-bert", {"a": "anna", "b": "bert", "settings": {}})
    run.append("started", pid=1)
    for step in range(1, 9):
        run.append("loss", step=step, a=1 / step, b=2 / step)
    run.append("checkpoint", step=8, path="checkpoints/step-00000008")
    run.append("failed", error={"code": "train.diverged", "message": "It went astray.", "hint": "Begin anew."})


@pytest.fixture
def training(qtbot, full):
    """The window with the training panel in view."""
    full.show_workspace("training")
    panel = full.findChild(QWidget, "panel.training")
    qtbot.waitUntil(lambda: panel.monitor.course is not None, timeout=20_000)
    settled(qtbot, full.studio)
    return full


def test_the_training_panel_is_named_reachable_and_readable(qtbot, training):
    test_every_widget_has_an_accessible_name(training)
    test_every_widget_is_reachable_by_keys(training)
    test_tab_walks_through_everything_in_view_and_comes_round(qtbot, training)
    test_what_is_shown_in_words_is_not_squeezed(training)
    test_tools_are_large_enough_to_hit(training)


def test_every_widget_has_an_accessible_name(full):
    nameless = [_described(widget) for widget in _worked(full) if not _name(widget)]
    assert not nameless


def test_every_widget_is_reachable_by_keys(full):
    lost = [_described(widget) for widget in _worked(full)
            if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not _by_action(widget)]  # fmt: skip
    assert not lost


def test_tab_walks_through_everything_in_view_and_comes_round(qtbot, full):
    expected = {widget for widget in _worked(full)
                if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
                and widget.focusProxy() is None}  # fmt: skip
    met, start = [], None
    full.findChild(QWidget, "workspace.facesets").setFocus()
    while (widget := full.focusWidget()) is not start or start is None:
        start = start or widget
        met.append(widget)
        full.focusNextChild()
        assert len(met) < 500, "Tab never comes round"
        if full.focusWidget() in met:
            break
    # Of buttons that exclude each other Tab meets the one that is on, and arrows lead to the others.
    groups = {_group(widget) for widget in met} - {None}
    assert not {_described(widget) for widget in expected - set(met) if _group(widget) not in groups}


def test_what_is_shown_in_words_is_not_squeezed(full):
    cut = [
        f"{label.text()!r}: {label.height()} of {label.heightForWidth(label.width())} px"
        for label in full.findChildren(QLabel)
        if label.isVisible() and label.wordWrap() and label.height() < label.heightForWidth(label.width())
    ]
    assert not cut


def test_tools_are_large_enough_to_hit(full):
    small = [
        _described(widget)
        for widget in _worked(full)
        if isinstance(widget, QAbstractButton) and widget.isVisible() and min(widget.width(), widget.height()) < 24
    ]
    assert not small


@pytest.mark.parametrize("name", ["facesets", "training", "preview", "detection", "studies"])
def test_every_workspace_is_reached_by_its_key_and_has_a_name(qtbot, full, name):
    keys = {"facesets": "1", "training": "2", "preview": "3", "detection": "4", "studies": "5"}
    qtbot.keyClick(full, keys[name], Qt.KeyboardModifier.ControlModifier)
    panel = full.findChild(QWidget, f"panel.{name}")
    assert panel.isVisible()
    assert panel.accessibleName()


def test_every_action_has_a_name_a_tip_and_a_key_or_a_menu(full):
    for facts in full.actions_table.table:
        assert facts.accessible_name
        assert facts.tip
        assert facts.shortcut or facts.menu
        assert facts.tip in full.actions_table[facts.id].toolTip()


def _by_action(widget):
    """A tool whose action has a key or stands in a menu is reached by those."""
    action = widget.defaultAction() if hasattr(widget, "defaultAction") else None
    if action is not None:
        return True
    # Lists that are steered from a line of text have its keys.
    return isinstance(widget, QAbstractScrollArea) and widget.objectName() == "palette.list"
