"""What a job hears while it works, while it is paused, and just before it stops."""

import threading
import time

import pytest
from filelock import FileLock

from studio.core.errors import Stopped
from studio.core.runs import RunFolder, Standing
from studio.worker.reporter import RunReporter
from studio.worker.turn import turn


@pytest.fixture
def training(tmp_path):
    return RunFolder.create(tmp_path, "train", "x", {})


def told(run):
    return [event["kind"] for event in run.events()]


def training_ahead(run):
    """Another job has the turn."""
    return FileLock(run.folder.parent / ".slot")


def take_turn(run, reporter):
    with turn(run, reporter.check_early):
        pass


def in_thread(call):
    """Call on a thread; returns it and the list that what is raised is put into."""
    raised = []

    def target():
        try:
            call()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    return thread, raised


def test_orders_given_while_a_training_is_paused_are_handed_out_at_once(training):
    reporter = RunReporter(training)
    training.send("pause")
    training.send("save")
    reporter.check()
    assert [order["command"] for order in reporter.orders()] == ["save"]
    assert told(training) == ["acknowledged", "paused", "acknowledged"]
    thread, raised = in_thread(reporter.check)
    training.send("set", values={"eye_weight": 4})
    thread.join(10)
    assert [order["command"] for order in reporter.orders()] == ["set"]
    thread, raised = in_thread(reporter.check)
    training.send("resume")
    thread.join(10)
    assert not thread.is_alive()
    assert not raised
    assert told(training)[-1] == "resumed"


def test_what_was_ordered_before_a_stop_is_obeyed_before_it(training):
    reporter = RunReporter(training)
    for command in ("pause", "pin", "save", "stop"):
        training.send(command)
    reporter.check()
    assert [order["command"] for order in reporter.orders()] == ["pin", "save"]
    with pytest.raises(Stopped):
        reporter.check()


def test_a_training_that_waits_for_its_turn_stops_whatever_it_was_told_before(training):
    reporter = RunReporter(training)
    for command in ("preview", "stop"):
        training.send(command)
    with training_ahead(training), pytest.raises(Stopped), turn(training, reporter.check_early):
        pytest.fail("it was not its turn")


def test_a_training_paused_while_it_waits_for_its_turn_does_not_take_it(training):
    reporter = RunReporter(training)
    with training_ahead(training):
        training.send("pause")
        training.send("preview")
        thread, raised = in_thread(lambda: take_turn(training, reporter))
        while "paused" not in told(training):
            time.sleep(0.01)
    time.sleep(0.5)
    assert thread.is_alive()
    training.send("resume")
    thread.join(10)
    assert not thread.is_alive()
    assert not raised
    assert [order["command"] for order in reporter.orders()] == ["preview"]


def test_a_pause_lasts_where_a_training_goes_back_meanwhile(training):
    training.append("started", pid=1)
    training.append("paused")
    training.append("resumed", step=5)
    standing = Standing()
    for event in training.events():
        standing.hear(event)
    assert standing.state(alive=True, asked_again=lambda: True).state == "paused"


def test_a_signal_stops_a_training_that_is_paused(training):
    reporter = RunReporter(training)
    training.send("pause")
    thread, raised = in_thread(reporter.check)
    reporter.stopping = True
    thread.join(10)
    assert isinstance(raised[0], Stopped)


def test_a_job_without_commands_of_its_own_refuses_them_and_stays_paused(tmp_path):
    run = RunFolder.create(tmp_path, "extract", "x", {})
    reporter = RunReporter(run)
    run.send("save")
    run.send("pause")
    thread, raised = in_thread(reporter.check)
    run.send("stop")
    thread.join(10)
    assert isinstance(raised[0], Stopped)
    refused = [event for event in run.events() if event["kind"] == "refused"]
    assert [(event["n"], event["command"]) for event in refused] == [(1, "save")]
    assert not reporter.orders()
