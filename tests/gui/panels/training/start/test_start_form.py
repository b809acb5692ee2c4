"""The form that starts a training: who, how, what it will take, and why it can't be started."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QScrollBar, QSpinBox

from studio.core.project import Project
from studio.core.runs import RunFolder, all_runs
from studio.faceset.coverage import coverage
from studio.worker.process import stop

# A process has to start and to load its engines.
_JOB_MS = 90_000


def test_the_first_two_people_are_there_with_consent_faces_and_poses(hands, folder):
    assert [hands.find(f"training.person.{side}").currentText() for side in "ab"] == ["Mira", "Tomas"]
    assert hands.read.count("Consent on record (synthetic)") == 2
    assert "60 faces used" in hands.read
    assert "30 faces used" in hands.read
    with Project(folder) as project:
        columns = project.store.faces.columns(project.store.identities.get("Tomas"))
    poses = int((coverage(columns.yaw, columns.pitch).counts > 0).sum())
    assert f"Tomas shows {poses} poses" in hands.form.people["b"].map.accessibleDescription()
    assert "of Mira's faces" in hands.read or "every pose that Mira takes" in hands.read


def test_a_training_is_started_as_filled_in_and_told_by_its_name(qtbot, hands, folder):
    hands.pick("training.person.a", "Tomas")
    hands.pick("training.person.b", "Mira")
    hands.type("training.steps", "100000")
    hands.open("Batch and rate")
    hands.type("training.setting.batch_size", "2")
    hands.open("Loss")
    hands.pick("training.setting.window", "5")
    hands.open("Augmentation")
    hands.press("training.setting.flip")
    told = []
    hands.form.started.connect(told.append)
    hands.press("training.start")
    assert not hands.find("training.start").isEnabled()
    assert "Starting…" in hands.read
    qtbot.waitUntil(lambda: told != [], timeout=_JOB_MS)
    (run,) = [run for run in all_runs(folder / "runs") if run.kind == "train"]
    try:
        assert told == [run.name]
        config, settings = run.config, run.config["settings"]
        assert (config["a"], config["b"], run.launch()["steps"]) == ("Tomas", "Mira", 100_000)
        assert (settings["preset"], settings["batch_size"], settings["window"]) == ("demo", 2, 5)
        assert settings["flip"]
        qtbot.waitUntil(lambda: any(row.run == run.name for row in hands.studio.runs.rows), timeout=10_000)
        assert hands.find("training.start").isEnabled()
    finally:
        stop(RunFolder(run.folder))
        # A window may ask before it leaves a training alone.
        hands.studio.runs.poll()
        qtbot.waitUntil(lambda: not any(row.live for row in hands.studio.runs.rows), timeout=_JOB_MS)


def test_a_preset_says_what_it_is_for_and_brings_its_steps(hands):
    hands.pick("training.preset", "Paper")
    assert hands.find("training.steps").value() == 1_000_000
    assert "the paper's network" in hands.read
    hands.open("Batch and rate")
    assert hands.find("training.setting.batch_size").placeholderText() == "32"


def test_the_same_person_twice_can_not_be_started(hands):
    hands.pick("training.person.b", "Mira")
    assert not hands.find("training.start").isEnabled()
    assert "A and B are the same person" in hands.read
    assert "same person" in hands.find("training.start").toolTip()


def test_who_withdraws_consent_can_not_be_trained_from_then_on(qtbot, hands, folder):
    with Project(folder) as other:
        other.store.identities.revoke(other.store.identities.get("Tomas"))
    qtbot.waitUntil(lambda: "The consent record of Tomas does not hold" in hands.read, timeout=10_000)
    assert not hands.find("training.start").isEnabled()
    assert "Consent revoked" in hands.read


def test_what_is_out_of_bounds_is_said_beside_the_setting_as_the_job_says_it(hands):
    hands.open("Batch and rate")
    hands.type("training.setting.learning_rate", "3")
    assert "The setting 'learning_rate' does not take '3'" in hands.read
    assert not hands.find("training.start").isEnabled()
    hands.type("training.setting.learning_rate", "3e-4")
    assert "does not take" not in hands.read
    assert "1 changed" in hands.read
    assert hands.find("training.start").isEnabled()


def test_a_setting_that_is_put_back_differs_no_more(hands):
    hands.open("Network")
    hands.press("training.setting.normalise_input")
    hands.pick("training.setting.intermediate", "shared")
    assert "2 changed" in hands.read
    hands.press("training.setting.normalise_input")
    hands.pick("training.setting.intermediate", "split")
    assert "changed" not in hands.read
    assert hands.find("training.start").isEnabled()


def test_every_setting_has_a_name_and_says_what_it_does_and_takes(hands):
    for kind in (QLineEdit, QComboBox, QSpinBox, QAbstractButton):
        for widget in hands.form.findChildren(kind):
            if widget.objectName().startswith("qt_"):
                continue
            assert widget.accessibleName(), widget.objectName()
            assert widget.toolTip(), widget.objectName()
    assert hands.find("training.setting.batch_size").toolTip().endswith("From 1 to 256.")


def test_keys_reach_everything_in_view(hands):
    hands.open("Machine")
    expected = {
        widget
        for kind in (QLineEdit, QComboBox, QSpinBox, QAbstractButton)
        for widget in hands.form.findChildren(kind)
        if widget.isVisible() and widget.isEnabled() and not widget.objectName().startswith("qt_")
    }
    hands.form.setFocus()
    assert hands.form.focusWidget() is hands.find("training.person.a")
    met = []
    while (widget := hands.form.focusWidget()) not in met:
        met.append(widget)
        hands.form.focusNextChild()
        assert len(met) < 200
    assert expected <= set(met)


def test_tools_are_large_enough_to_hit(hands):
    for group in ("Loss", "Augmentation", "Machine"):
        hands.open(group)
    small = [
        (button.objectName() or button.text(), button.width(), button.height())
        for button in hands.form.findChildren(QAbstractButton)
        if button.isVisible() and min(button.width(), button.height()) < 24
    ]
    assert not small


@pytest.mark.parametrize("width", [296, 480])
def test_no_word_is_cut_off_at_any_width(hands, width):
    for group in ("Batch and rate", "Machine"):
        hands.open(group)
    hands.type("training.setting.batch_size", "0")
    hands.form.resize(width, 700)
    hands.settle()
    cut = [
        label.text()
        for label in hands.form.findChildren(QLabel)
        if label.isVisible() and label.wordWrap() and label.height() < label.heightForWidth(label.width())
    ]
    assert not cut
    bars = [bar for bar in hands.form.findChildren(QScrollBar) if bar.orientation() == Qt.Orientation.Horizontal]
    assert all(bar.maximum() == 0 for bar in bars)


class TestWithoutFaces:
    """Nobody can be trained yet, and the form says how to come to it."""

    @pytest.fixture
    def folder(self, tmp_path):
        path = tmp_path / "film"
        Project.create(path).close()
        return path

    def test_the_way_to_the_facesets_is_offered(self, hands):
        assert "A swap needs two people: add them in Facesets." in hands.read
        assert not hands.find("training.start").isEnabled()
        assert not hands.find("training.measure").isEnabled()
        button = next(b for b in hands.form.findChildren(QAbstractButton) if b.accessibleName() == "Facesets")
        assert button.isVisible()
