"""Watching jobs through their run folders."""

import json

import pytest

from studio.app.background import Inline
from studio.app.runs import Runs
from studio.core.runs import RunFolder


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "runs"
    path.mkdir()
    return path


@pytest.fixture
def runs(folder):
    watched = Runs(Inline())
    watched.watch(folder)
    return watched


def made(folder, kind="train", **config):
    return RunFolder.create(folder, kind, kind, config)


def test_a_job_is_called_by_what_it_does_and_for_whom(folder, runs):
    made(folder, "extract", identity="anna")
    made(folder, "train", a="anna", b="ben")
    made(folder, "sharpen")
    runs.poll()
    assert {row.title for row in runs.rows} == {"Extract faces: anna", "Train: anna and ben", "Sharpen"}


def test_the_newest_job_comes_first(folder, runs):
    names = [made(folder).name for _ in range(3)]
    runs.poll()
    assert [row.run for row in runs.rows] == names[::-1]


def test_nothing_new_is_not_told(folder, runs):
    made(folder)
    runs.poll()
    told = []
    runs.changed.connect(told.append)
    runs.poll()
    assert told == []


def begun_long_ago(run):
    """A job that did 200 steps in ten seconds, some time ago, and has 700 to go."""
    moments = [("started", 0, {"pid": 1}), ("progress", 10, {"done": 100}), ("progress", 20, {"done": 300})]
    lines = [
        json.dumps({"time": f"2026-01-01T00:00:{second:02}+00:00", "kind": kind, "stage": "s", "total": 1000, **facts})
        for kind, second, facts in moments
    ]
    (run.folder / "events.jsonl").write_text("\n".join(lines) + "\n")


def test_the_time_left_follows_from_the_pace(folder, runs, monkeypatch):
    run = made(folder)
    begun_long_ago(run)
    monkeypatch.setattr("studio.app.runs._SILENCE_S", 1e12)
    with run.held():
        runs.poll()
    (row,) = runs.rows
    assert row.state == "running"
    assert row.fraction == 0.3
    assert row.seconds_left == pytest.approx(35)


def test_a_job_that_went_silent_takes_longer_and_longer(folder, runs):
    run = made(folder)
    begun_long_ago(run)
    with run.held():
        runs.poll()
    assert runs.rows[0].seconds_left > 3600


def test_the_end_of_a_job_is_told_once_with_its_reason(folder, runs):
    ended = []
    runs.finished.connect(ended.append)
    run = made(folder)
    with run.held():
        run.append("started", pid=1)
        runs.poll()
        run.append("failed", error={"code": "storage.full", "message": "The disk is full.", "hint": ""})
    runs.poll()
    runs.poll()
    assert [(row.state, row.message) for row in ended] == [("failed", "The disk is full.")]


def test_jobs_that_were_over_before_are_no_news(folder):
    run = made(folder)
    run.append("started", pid=1)
    run.append("done", result={})
    runs, ended = Runs(Inline()), []
    runs.finished.connect(ended.append)
    runs.watch(folder)
    assert [row.state for row in runs.rows] == ["done"]
    assert ended == []


def test_a_job_that_is_resumed_is_at_work_again(folder, runs):
    run = made(folder)
    run.append("started", pid=1)
    run.append("progress", stage="steps", done=50, total=50)
    run.append("done", result={})
    runs.poll()
    assert runs.rows[0].state == "done"
    with run.held():
        run.append("started", pid=2)
        run.append("progress", stage="steps", done=60, total=100)
        runs.poll()
        assert (runs.rows[0].state, runs.rows[0].done) == ("running", 60)


def test_a_job_that_is_over_is_not_read_again(folder, runs, monkeypatch):
    run = made(folder)
    run.append("started", pid=1)
    run.append("done", result={})
    runs.poll()
    read = []
    monkeypatch.setattr(RunFolder, "events", lambda self: read.append(self.name) or iter(()))
    runs.poll()
    assert read == []


def test_pausing_and_stopping_are_commands_to_the_job(folder, runs):
    run = made(folder)
    runs.poll()
    (row,) = runs.rows
    for command in (runs.pause, runs.resume, runs.stop):
        command(row)
    assert [command["command"] for command in run.commands()] == ["pause", "resume", "stop"]


def test_the_end_of_a_long_log_is_read(folder, runs):
    run = made(folder)
    (run.folder / "log.txt").write_text("x" * 200_000 + "the end")
    runs.poll()
    assert runs.read_log(runs.rows[0]).endswith("xthe end")
    assert len(runs.read_log(runs.rows[0])) == 64 * 1024


def test_a_job_without_a_log_has_an_empty_one(folder, runs):
    made(folder)
    runs.poll()
    assert runs.read_log(runs.rows[0]) == ""


def test_a_folder_that_is_no_run_is_passed_over(folder, runs):
    (folder / "notes").mkdir()
    (folder / "damaged").mkdir()
    (folder / "damaged" / "run.json").write_text("{")
    made(folder)
    runs.poll()
    assert len(runs.rows) == 1


def test_what_is_asked_of_a_folder_that_is_gone_is_told(folder, runs):
    run = made(folder)
    runs.poll()
    (row,) = runs.rows
    (run.folder / "run.json").unlink()
    told = []
    runs.failed.connect(told.append)
    runs.stop(row)
    assert [error.code for error in told] == ["run.unknown"]


def test_no_project_no_jobs(folder, runs):
    made(folder)
    runs.poll()
    runs.watch(None)
    runs.poll()
    assert runs.rows == ()


def test_a_later_look_reads_only_the_events_that_are_new(folder, runs, monkeypatch):
    run = made(folder)
    for step in range(1, 200):
        run.append("loss", step=step, a=0.1, b=0.1)
        run.append("progress", stage="train", done=step, total=1000)
    runs.poll()
    read, loads = [], json.loads
    monkeypatch.setattr("studio.app.runs.json.loads", lambda line: read.append(line) or loads(line))
    run.append("loss", step=200, a=0.1, b=0.1)
    run.append("progress", stage="train", done=200, total=1000)
    runs.poll()
    assert runs.rows[0].done == 200
    assert sum('"progress"' in str(line) for line in read) == 1


def test_a_line_that_is_still_being_written_is_read_when_it_is_whole(folder, runs):
    run = made(folder)
    run.append("progress", stage="train", done=5, total=10)
    path = run.folder / "events.jsonl"
    whole = path.read_bytes()
    run.append("progress", stage="train", done=6, total=10)
    later = path.read_bytes()
    path.write_bytes(later[: len(whole) + 30])
    runs.poll()
    assert runs.rows[0].done == 5
    path.write_bytes(later)
    runs.poll()
    assert runs.rows[0].done == 6
