"""Commands to a training, as they arrive in its folder."""

import pytest

from studio.app.background import Inline
from studio.app.settings import UserSettings
from studio.app.studio import Studio
from studio.app.training.monitor import Monitor
from studio.app.training.steering import MOST_PINS, Steering
from studio.core.project import Project
from studio.core.records import Basis
from studio.core.runs import RunFolder
from studio.provenance.consent import add_record


@pytest.fixture
def people(tmp_path):
    with Project.create(tmp_path / "film") as project:
        return [add_record(project, name, Basis.SYNTHETIC, "rendered") for name in ("Anna", "Ben")]


@pytest.fixture
def run(tmp_path, people):
    config = {"a": "Anna", "b": "Ben", "people": [person.id for person in people], "settings": {}}
    return RunFolder.create(tmp_path / "film" / "runs", "train", "anna-ben", config)


@pytest.fixture
def session(tmp_path, run):
    made = Studio(Inline(), UserSettings())
    made.open(tmp_path / "film")
    yield made
    made.close()


@pytest.fixture
def monitor(session):
    made = Monitor(session)
    made.look()
    return made


@pytest.fixture
def steering(session, monitor):
    return Steering(session, monitor)


@pytest.fixture
def said(session):
    words = []
    session.message.connect(words.append)
    return words


@pytest.fixture
def started(session, monkeypatch):
    commands = []
    monkeypatch.setattr(session.runs, "start", commands.append)
    return commands


def test_the_run_is_paused_and_goes_on(run, steering, session):
    with run.held():
        run.append("started", pid=1)
        session.runs.poll()
        steering.toggle_pause()
        run.append("paused")
        session.runs.poll()
        steering.toggle_pause()
    assert [command["command"] for command in run.commands()] == ["pause", "resume"]


def test_settings_arrive_as_they_were_set(run, steering, said):
    steering.set({"learning_rate": 5e-5, "preview_every": 20})
    (command,) = run.commands()
    assert (command["command"], command["values"]) == ("set", {"learning_rate": 5e-5, "preview_every": 20})
    assert "learning_rate 5e-05" in said[-1]
    steering.set({})
    assert len(list(run.commands())) == 1


def test_selected_faces_are_pinned_and_those_of_the_other_person_stay(run, steering, monitor, people):
    run.append("preview", step=1, path="previews/x.png", faces={"a": [1, 2], "b": [7, 8]}, rows=2)
    monitor.look()
    steering.pin(people[0].id, list(range(100, 140)))
    (command,) = run.commands()
    assert command["faces"]["b"] == [7, 8]
    assert len(command["faces"]["a"]) == MOST_PINS
    assert set(command["faces"]["a"]) <= set(range(100, 140))


def test_faces_are_pinned_in_a_run_that_knows_names_alone(session, monitor, steering, people):
    run = RunFolder.create(session.project.runs, "train", "z", {"a": "Anna", "b": "Ben", "settings": {}})
    run.append("preview", step=1, path="previews/x.png", faces={"a": [1], "b": [7]}, rows=1)
    session.runs.poll()
    monitor.show(run.name)
    steering.pin(people[1].id, [5])
    (command,) = run.commands()
    assert command["faces"] == {"a": [1], "b": [5]}


def test_faces_of_somebody_else_are_not_pinned(run, steering, monitor, said):
    run.append("preview", step=1, path="previews/x.png", faces={"a": [1], "b": [7]}, rows=1)
    monitor.look()
    steering.pin(99, [5])
    assert list(run.commands()) == []
    assert "does not know" in said[-1]


def test_faces_are_pinned_only_once_it_is_known_what_else_is_shown(run, steering, people, said):
    steering.pin(people[0].id, [5])
    assert list(run.commands()) == []
    assert "first preview" in said[-1]


def test_a_training_is_resumed_under_the_names_its_people_have_now(run, steering, session, people, started):
    session.rename(people[0], "Anne")
    steering.restart()
    assert started == [["train", str(session.project.folder), "Anne", "Ben", "--run", run.name]]


def test_a_fork_names_the_run_and_the_step(run, steering, session, started):
    steering.fork(250)
    assert started[0][-4:] == ["--fork", run.name, "--at", "250"]


def test_the_live_training_is_shown_before_a_newer_one_that_is_over(session, run, monitor):
    newer = RunFolder.create(session.project.runs, "train", "later", {"settings": {}})
    with run.held():
        run.append("started", pid=1)
        newer.append("started", pid=2)
        newer.append("done", result={})
        session.runs.poll()
        assert Monitor(session).shown == run.name


def test_a_closed_project_leaves_nothing_on_show(session, run, monitor):
    assert monitor.shown == run.name
    session.close()
    assert (monitor.shown, monitor.course, dict(monitor.curves)) == ("", None, {})
