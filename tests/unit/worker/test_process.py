import os
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from studio.core.errors import FacesetError, JobError, RunError, StudioError
from studio.core.resources import assets
from studio.core.runs import RunFolder
from studio.faceset.folder import FacesetFolder
from studio.worker.process import kill, run_job, start_detached, stop

CLIP = assets() / "sample" / "mira.mp4"


def extraction(project, identity, **changes) -> RunFolder:
    config = {"project": str(project.folder), "identity": identity.name, "media": [str(CLIP)], **changes}
    return RunFolder.create(project.runs, "extract", identity.name, config)


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_a_job_that_is_done_leaves_its_result_in_its_folder(project, anna):
    run = extraction(project, anna, every=50)
    result = run_job(run)
    assert result["faces_written"] == 3
    assert RunFolder(run.folder).result() == result
    assert run.state().state == "done"
    assert not run.alive()


def test_a_refusal_is_recorded_with_its_code(project, anna):
    run = extraction(project, anna, every=0)
    with pytest.raises(StudioError):
        run_job(run)
    state = run.state()
    assert (state.state, state.error["code"]) == ("failed", "usage.setting")


def test_a_crash_keeps_its_traceback_in_the_log_and_out_of_sight(project, anna):
    run = extraction(project, anna, every=50)
    with closing(sqlite3.connect(project.folder / "project.db")) as connection:
        connection.execute("DROP TABLE scans")
    with pytest.raises(JobError) as caught:
        run_job(run)
    assert "Traceback" not in caught.value.message
    assert "Traceback" in (run.folder / "log.txt").read_text()
    assert run.state().state == "failed"


def test_a_job_of_an_unknown_kind_is_refused(project):
    run = RunFolder.create(project.runs, "teleport", "x", {})
    with pytest.raises(StudioError):
        run_job(run)


def test_a_detached_job_obeys_pause_resume_and_stop_and_goes_on_without_duplicates(project, anna):
    run = extraction(project, anna)
    pid = start_detached(run)
    assert run.state().pid == pid
    wait_for(lambda: project.store.faces.count(anna) > 0)
    run.send("pause")
    wait_for(lambda: run.state().state == "paused")
    run.send("resume")
    wait_for(lambda: run.state().state == "running")
    assert stop(run).state == "stopped"
    stored = project.store.faces.count(anna)
    assert 0 < stored < 150
    again = run_job(extraction(project, anna, every=25))
    assert again["frames_read"] == 6 - len([frame for frame in range(0, 150, 25) if frame < stored])


def test_a_killed_extraction_goes_on_and_no_face_is_there_twice(project, anna):
    run = extraction(project, anna, every=5)
    pid = start_detached(run)
    wait_for(lambda: project.store.faces.count(anna) > 0)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not run.alive())
    assert run.state().state == "died"
    before = project.store.faces.count(anna)
    assert run_job(run)["faces_written"] == 30 - before
    faces = project.store.faces.of(anna)
    assert [face.frame for face in faces] == list(range(0, 150, 5))
    assert [face.row for face in faces] == list(range(30))
    folder = project.faceset_folder(anna)
    assert all((folder / "aligned" / f"{face.row:07d}.png").is_file() for face in faces)


def test_a_run_is_never_in_work_twice(project, anna):
    run = extraction(project, anna, every=50)
    with run.held(), pytest.raises(RunError) as caught:
        start_detached(run)
    assert caught.value.code == "run.busy"


def test_a_detached_job_that_never_starts_is_told(project):
    run = RunFolder.create(project.runs, "teleport", "x", {})
    with pytest.raises(JobError) as caught:
        start_detached(run)
    assert caught.value.code == "run.start"
    assert "teleport" in (run.folder / "log.txt").read_text()


def test_two_extractions_into_one_faceset_do_not_mix(project, anna):
    run = extraction(project, anna, every=50)
    with FacesetFolder(project, anna).held(), pytest.raises(FacesetError) as caught:
        run_job(run)
    assert caught.value.code == "faceset.busy"
    assert run_job(run)["faces_written"] == 3


def test_a_job_ends_when_consent_is_withdrawn_while_it_runs(project, anna):
    run = extraction(project, anna)
    start_detached(run)
    wait_for(lambda: project.store.faces.count(anna) > 0)
    project.store.identities.revoke(anna)
    wait_for(lambda: not run.alive())
    state = run.state()
    assert (state.state, state.error["code"]) == ("failed", "consent.revoked")
    assert project.store.faces.count(anna) < 150


def test_a_job_that_takes_long_to_stop_is_told_and_left_to_save(project, anna):
    run = extraction(project, anna)
    pid = start_detached(run)
    wait_for(lambda: project.store.faces.count(anna) > 0)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(JobError) as caught:
        stop(run, patience=0.3)
    assert caught.value.code == "job.stopping"
    assert run.alive()
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: not run.alive())
    assert run.state().state == "stopped"


def test_a_job_can_be_ended_at_once(project, anna):
    run = extraction(project, anna)
    pid = start_detached(run)
    os.kill(pid, signal.SIGSTOP)
    assert kill(run).state == "died"
    assert not run.alive()


def test_stopping_what_does_not_run_changes_nothing(project, anna):
    run = extraction(project, anna)
    assert stop(run).state == "queued"
