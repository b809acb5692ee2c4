import os
import subprocess
import sys
import time

import pytest

from studio.core.errors import RunError
from studio.core.runs import RunFolder, all_runs, find_run


@pytest.fixture
def run(tmp_path) -> RunFolder:
    return RunFolder.create(tmp_path / "runs", "train", "Anna and Bo", {"steps": 3})


def test_a_run_is_read_again_as_it_was_made(run):
    again = RunFolder(run.folder)
    assert (again.kind, again.config) == ("train", {"steps": 3})
    assert run.name.endswith("-train-anna-and-bo")
    assert find_run(run.folder.parent, run.name).name == run.name


def test_two_runs_of_the_same_second_get_different_folders(tmp_path):
    names = {RunFolder.create(tmp_path, "train", "a", {}).name for _ in range(5)}
    assert len(names) == 5
    assert {found.name for found in all_runs(tmp_path)} == names


def test_an_unknown_run_is_told(tmp_path):
    with pytest.raises(RunError) as caught:
        find_run(tmp_path, "20260101T000000-train-x")
    assert caught.value.code == "run.unknown"


def test_states_follow_the_events(run):
    assert run.state().state == "queued"
    with run.held():
        run.append("started", pid=os.getpid())
        run.append("progress", stage="train", done=2, total=3)
        state = run.state()
        assert (state.state, state.steps, state.total, state.pid) == ("running", 2, 3, os.getpid())
        run.append("paused")
        assert run.state().state == "paused"
        run.append("done", result={"loss": 0.5})
    assert run.state().state == "done"
    assert run.state().pid is None
    assert run.result() == {"loss": 0.5}


def test_a_killed_job_is_seen_as_died_however_its_pid_is_used_later(run):
    code = (
        "import os, sys, time, pathlib; from studio.core.runs import RunFolder\n"
        "run = RunFolder(pathlib.Path(sys.argv[1]))\n"
        "with run.held(): run.append('started', pid=os.getpid()); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(run.folder)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert run.state().state == "running"
        with pytest.raises(RunError), run.held():
            pass
        process.kill()
        process.wait()
    deadline = time.monotonic() + 5
    while run.alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert run.state().state == "died"


def test_a_line_cut_short_by_a_crash_spoils_no_other(run):
    run.append("started", pid=1)
    with (run.folder / "events.jsonl").open("ab") as file:
        file.write(b'{"v": 1, "kind": "prog')
    run.append("stopped")
    assert [event["kind"] for event in run.events()] == ["started", "stopped"]


def test_commands_are_numbered(run):
    assert [run.send("pause"), run.send("stop", reason="enough")] == [1, 2]
    assert [command["command"] for command in run.commands()] == ["pause", "stop"]
