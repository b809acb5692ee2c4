"""The steps of the pipeline and their state in words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.app.runs import RunRow
from studio.app.studio import IdentityRow
from studio.app.workspaces import WORKSPACES, state_of
from studio.core.records import FaceState

BY_ID = {workspace.id: workspace for workspace in WORKSPACES}


def person(unmarked=0, kept=0, rejected=0):
    counts = {FaceState.UNMARKED: unmarked, FaceState.KEPT: kept, FaceState.REJECTED: rejected}
    return IdentityRow(None, True, counts)


def run(kind, state, done=0, total=None):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return RunRow("r", kind, kind, "", state, done, total, None, moment, None, "", Path("r"))


def test_the_pipeline_has_five_steps_in_order():
    assert [workspace.id for workspace in WORKSPACES] == ["facesets", "training", "preview", "detection", "studies"]


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([], "No identity yet"),
        ([person(3, 2, 7)], "1 identity, 5 faces"),
        ([person(1000), person(kept=234)], "2 identities, 1,234 faces"),
    ],
)
def test_facesets_say_how_many_faces_are_used(people, words):
    assert state_of(BY_ID["facesets"], people, []) == words


def test_a_job_at_work_says_how_far_it_is():
    assert state_of(BY_ID["training"], [], [run("train", "running", 20, 100)]) == "Running 20%"
    assert state_of(BY_ID["training"], [], [run("train", "queued")]) == "Queued"


def test_what_is_done_is_counted_and_what_failed_is_not():
    rows = [run("convert", "done"), run("convert", "failed"), run("train", "done")]
    assert state_of(BY_ID["preview"], [], rows) == "1 export"
    assert state_of(BY_ID["preview"], [], [*rows, run("convert", "done")]) == "2 exports"


@pytest.mark.parametrize("name", ["training", "preview", "detection", "studies"])
def test_where_nothing_was_done_it_says_so(name):
    words = state_of(BY_ID[name], [], [])
    assert words.startswith(("No ", "Nothing "))


def test_a_panel_that_is_not_built_names_a_command_there_is():
    from studio.cli.app import _COMMANDS

    for workspace in WORKSPACES:
        if not workspace.ready:
            assert workspace.meanwhile.split()[1] in _COMMANDS
