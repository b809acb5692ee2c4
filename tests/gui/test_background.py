"""Work off the window's thread."""

import threading
import time

import pytest

from studio.ui.adapters.background import QtBackground


@pytest.fixture
def background(qapp):
    made = QtBackground()
    yield made
    made.close()


def _raise(error):
    raise error


def test_work_is_done_elsewhere_and_handed_over_here(qtbot, background):
    told = []
    background.run(threading.get_ident, lambda there: told.append((there, threading.get_ident())), _raise)
    qtbot.waitUntil(lambda: bool(told))
    there, here = told[0]
    assert there != here == threading.get_ident()


def test_work_of_one_lane_keeps_its_order(qtbot, background):
    told = []
    for number in range(20):
        background.run(lambda n=number: time.sleep(0.002 * (n % 3)) or n, told.append, _raise)
    qtbot.waitUntil(lambda: len(told) == 20)
    assert told == list(range(20))


def test_a_slow_lane_does_not_hold_up_another(qtbot, background):
    gate, told = threading.Event(), []
    background.run(lambda: gate.wait(10), lambda _ok: told.append("slow"), _raise, lane="compute")
    background.run(lambda: "quick", told.append, _raise)
    qtbot.waitUntil(lambda: told == ["quick"])
    gate.set()
    qtbot.waitUntil(lambda: told == ["quick", "slow"])


def test_what_fails_is_told(qtbot, background):
    told = []
    background.run(lambda: 1 / 0, lambda _x: None, told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert isinstance(told[0], ZeroDivisionError)


def test_it_says_whether_it_is_busy(qtbot, background):
    news = []
    background.busy_changed.connect(news.append)
    background.run(lambda: None, lambda _x: None, _raise)
    assert background.busy
    qtbot.waitUntil(lambda: news == [True, False])
    assert not background.busy


def test_closing_finishes_what_was_begun_and_ends_the_threads(background):
    done = []
    for _ in range(3):
        background.run(lambda: time.sleep(0.05) or done.append(1), lambda _x: done.append("too late"), _raise)
    background.close()
    assert done == [1, 1, 1]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lane ")]


def test_nothing_is_taken_after_closing(background):
    background.close()
    background.run(lambda: None, lambda _x: None, _raise)
    assert not background.busy
