"""The command line as the window uses it."""

import threading

import pytest

from studio.app.commands import Command
from studio.core.errors import JobError, StudioError
from studio.core.project import Project


def test_what_a_command_answers_is_given(tmp_path):
    assert Command(["new", str(tmp_path / "film")]).run()["project"] == str(tmp_path / "film")


def test_what_it_says_went_wrong_is_raised(tmp_path):
    with pytest.raises(StudioError) as caught:
        Command(["runs", str(tmp_path / "nothing")]).run()
    assert caught.value.code == "project.missing"


def test_it_dies_when_it_is_told_to(tmp_path):
    """A window never ends by itself."""
    Project.create(tmp_path / "film").close()
    command = Command(["open", str(tmp_path / "film")])
    stopper = threading.Timer(1.0, command.end)
    stopper.start()
    with pytest.raises(JobError) as caught:
        command.run()
    stopper.join()
    assert caught.value.code == "job.stopped"


def test_what_was_ended_before_does_not_begin(tmp_path):
    command = Command(["new", str(tmp_path / "film")])
    command.end()
    with pytest.raises(JobError):
        command.run()
    assert not (tmp_path / "film").exists()
