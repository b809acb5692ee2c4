"""torchrun starts the training job in several processes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.core.records import Basis, FaceState
from studio.core.runs import RunFolder
from studio.faceset.folder import FacesetFolder
from studio.provenance.consent import add_record
from studio.training.checkpoints import stored
from studio.training.settings import TrainSettings
from tests.unit.faceset.stored import store_faces

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


@pytest.fixture
def run(project, anna):
    bo = add_record(project, "bo", Basis.SYNTHETIC, "rendered for tests")
    store_faces(project, anna, "a.mp4", range(50, 54))
    store_faces(project, bo, "b.mp4", range(100, 103))
    # Without a cache: a face that is drawn is read.
    settings = TrainSettings.build({"batch_size": 2, "threads": 1, "checkpoint_every": 5, "cache_megabytes": 0})
    config = {
        "project": str(project.folder),
        "a": anna.name,
        "b": bo.name,
        "people": [anna.id, bo.id],
        "settings": settings.model_dump(mode="json"),
    }
    return RunFolder.create(project.runs, "train", "x", config)


def start(run, steps):
    run.set_launch({"steps": steps})
    return subprocess.Popen(
        [*TORCHRUN, "-m", "studio.worker", str(run.folder)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_one_of_them_is_the_job_and_writes_the_runs_folder(run):
    process = start(run, 3)
    printed, _ = process.communicate(timeout=200)
    assert process.returncode == 0, printed
    kinds = [event["kind"] for event in run.events()]
    assert kinds.count("started") == kinds.count("done") == 1
    assert run.result()["steps"] == 3
    assert [path.name for path in stored(run.folder / "checkpoints")] == ["step-00000003"]


def test_the_commands_stop_and_latest_are_obeyed_by_all(run, project, anna):
    process = start(run, 1_000_000)
    try:
        wait_for(run, process, "checkpoint")
        gone = project.store.faces.of(anna)[0]
        project.store.journal.set_state(anna, [gone.id], FaceState.REJECTED, "Reject a face")
        run.send("latest")
        wait_for(run, process, "latest")
        (latest,) = (event for event in run.events() if event["kind"] == "latest")
        assert (latest["a"], latest["b"]) == (3, 3)
        wait_for(run, process, "checkpoint", after=latest["step"])
        # Whichever of the two would draw it still, could not read it and would end the training.
        FacesetFolder(project, anna).image_of(gone).unlink()
        steps = max(event["step"] for event in run.events() if event["kind"] == "checkpoint")
        wait_for(run, process, "checkpoint", after=steps + 50)
        run.send("stop")
        process.communicate(timeout=200)
    finally:
        # torchrun passes it on.
        process.terminate()
        process.wait()
    assert run.state().state == "stopped"
    assert stored(run.folder / "checkpoints")


def wait_for(run, process, kind, after=0):
    deadline = time.monotonic() + 120
    while not any(event["kind"] == kind and event["step"] > after for event in run.events()):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, f"no event {kind}"
        time.sleep(0.05)
