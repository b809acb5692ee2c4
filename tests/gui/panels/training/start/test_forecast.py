"""The forecast in the form: measured by the real command, remembered, cancelled, and taken up."""

import psutil
import pytest

from studio.app import asking

# A process has to start, to load its engines and to make some steps.
_JOB_MS = 120_000


@pytest.fixture
def children(hands):
    """Gives the processes that were started since the form is there, and are at work."""
    before = set(psutil.Process().children(recursive=True))

    def found():
        new = set(psutil.Process().children(recursive=True)) - before
        return [child for child in new if child.status() != psutil.STATUS_ZOMBIE]

    return found


@pytest.fixture
def measured(qtbot, hands):
    """The form with a small network measured."""
    hands.open("Batch and rate")
    hands.type("training.setting.batch_size", "2")
    hands.press("training.measure")
    assert hands.find("training.measure").text() == "Cancel"
    assert "Measuring" in hands.form.forecast.words
    qtbot.waitUntil(lambda: "Measuring" not in hands.form.forecast.words, timeout=_JOB_MS)
    return hands


def test_memory_and_time_are_measured_by_the_command(measured):
    words = measured.form.forecast.words
    assert "Fits: needs" in words
    assert "for 5,000 steps on cpu" in words
    assert measured.find("training.measure").text() == "Measure again"


def test_the_last_forecast_of_each_preset_is_remembered(measured):
    words = measured.form.forecast.words
    measured.pick("training.preset", "Light")
    assert "Memory and hours are measured on this machine" in measured.form.forecast.words
    measured.pick("training.preset", "Demo")
    assert measured.form.forecast.words == words


def test_a_forecast_for_other_settings_says_so(measured):
    measured.type("training.setting.batch_size", "3")
    assert "Measured for other people or settings." in measured.form.forecast.words
    measured.type("training.setting.batch_size", "2")
    assert "other people" not in measured.form.forecast.words


def test_measuring_can_be_cancelled(qtbot, hands, children):
    hands.press("training.measure")
    qtbot.waitUntil(lambda: children() != [], timeout=20_000)
    hands.press("training.measure")
    assert hands.find("training.measure").text() == "Measure"
    qtbot.waitUntil(lambda: children() == [], timeout=20_000)
    hands.settle()
    assert "Measuring" not in hands.form.forecast.words


def test_closing_the_window_does_not_wait_for_it(qtbot, hands, children):
    hands.press("training.measure")
    qtbot.waitUntil(lambda: children() != [], timeout=20_000)
    hands.window.close()
    assert children() == []


def test_what_went_wrong_is_said_in_the_form(qtbot, hands, folder):
    """Who is gone between the look and the command."""
    for path in (folder / "facesets").glob("*/aligned"):
        path.rename(path.with_name("elsewhere"))
    (folder / "project.toml").rename(folder / "project.txt")
    hands.press("training.measure")
    qtbot.waitUntil(lambda: "project" in hands.form.forecast.words, timeout=_JOB_MS)
    assert hands.find("training.measure").text() == "Measure"


class LittleMemory:
    """The command as a machine with little memory answers it."""

    def __init__(self, _arguments):
        pass

    def run(self):
        return {
            "device": "cuda", "batch_size": 8, "fits": False, "memory_mb": 9000, "free_mb": 6000, "largest_batch": 3,
            "fitting_batch": 2, "accumulate": 4, "seconds_per_step": 0.5, "hours": 0.28, "steps": 2000,
            "parameters": 3_000_000,
        }  # fmt: skip

    def end(self):
        pass


def test_what_fits_is_taken_with_a_button(qtbot, hands, monkeypatch):
    monkeypatch.setattr(asking, "Command", LittleMemory)
    hands.press("training.measure")
    hands.settle()
    assert "A batch of 8 does not fit: 5.9 GB are free." in hands.form.forecast.words
    assert "The batch does not fit into memory: see Forecast." in hands.read
    hands.press("training.take")
    assert "does not fit into memory" not in hands.read
    assert hands.find("training.setting.batch_size").text() == "2"
    assert hands.find("training.setting.accumulate").text() == "4"
    assert hands.find("training.start").isEnabled()
