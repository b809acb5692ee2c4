"""`studio train` is killed at random moments, twenty times; the same command always goes on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.core.resources import assets
from studio.core.runs import RunFolder

STEPS = 240


def studio(folder, *words):
    return [sys.executable, "-m", "studio", *(str(word) for word in words), "--json"]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("kills") / "p"
    environment = {**os.environ, "STUDIO_HOME": str(folder.parent / "user")}
    commands = [["new", folder]]
    for name in ("tomas", "mira"):
        commands.append(["identity", "add", folder, name, "--basis", "synthetic", "--note", "sample"])
        commands.append(["extract", folder, name, assets() / "sample" / f"{name}.mp4", "--every", "15"])
    for words in commands:
        subprocess.run(studio(folder, *words), check=True, capture_output=True, env=environment)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_twenty_kills_at_random_moments_lose_nothing(project):
    rng = random.Random(20)
    settings = ["--set", "checkpoint_every=10", "--set", "batch_size=2", "--set", "preview_every=25"]
    first = ["train", project, "tomas", "mira", "--steps", STEPS, *settings]
    process = subprocess.Popen(studio(project, *first), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    runs = project / "runs"
    while not list(runs.glob("*-train-*/events.jsonl")):
        time.sleep(0.05)
    (folder,) = (path.parent for path in runs.glob("*-train-*/events.jsonl"))
    run = RunFolder(folder)
    again = ["train", project, "tomas", "mira", "--run", run.name, "--steps", STEPS]
    reached = []
    for _ in range(20):
        time.sleep(rng.uniform(0.2, 7))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert run.state().state in ("died", "done")
        reached.append(run.state().steps)
        process = subprocess.Popen(studio(project, *again), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        wait_until_started(run, process)
    printed, _ = process.communicate(timeout=900)
    result = json.loads(printed)
    assert process.returncode == 0, result
    assert result["steps"] == STEPS
    # Kills hit a training that had come further in between, not only the start of the process.
    assert len(set(reached)) >= 3
    check_curve(run)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_damaged_newest_checkpoint_costs_the_steps_since_the_one_before_and_is_told(project):
    settings = ["--set", "checkpoint_every=5", "--set", "batch_size=1", "--set", "keep_checkpoints=4"]
    train = ["train", project, "tomas", "mira"]
    first = subprocess.run(studio(project, *train, "--steps", 12, *settings), check=True, capture_output=True)
    run = RunFolder(project / "runs" / json.loads(first.stdout)["run"])
    newest = run.folder / "checkpoints" / "step-00000012" / "optimiser.safetensors"
    with newest.open("r+b") as file:
        file.seek(newest.stat().st_size // 2)
        file.write(b"\xff\x00\xff\x00")
    again = studio(project, *train, "--run", run.name, "--steps", 16)
    result = json.loads(subprocess.run(again, check=True, capture_output=True).stdout)
    events = list(run.events())
    assert result["steps"] == 16
    assert [event["step"] for event in events if event["kind"] == "resumed" and "step" in event] == [10]
    (note,) = (event["text"] for event in events if event["kind"] == "note" and "damaged" in event["text"])
    assert "step-00000012" in note
    assert "the one before it is used" in note.lower()
    assert not newest.parent.exists()
    assert (run.folder / "checkpoints" / "damaged-step-00000012").is_dir()


def wait_until_started(run, process):
    deadline = time.monotonic() + 60
    while process.poll() is None and not run.alive():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def check_curve(run):
    """After each resumption the curve goes on at the checkpoint, with losses like those before."""
    step, losses = 0, {}
    for event in run.events():
        if event["kind"] == "resumed" and "step" in event:
            assert event["step"] % 10 == 0
            assert event["step"] <= max(losses, default=0) + 10 or event["step"] == STEPS
            step = event["step"]
        elif event["kind"] == "loss":
            assert event["step"] > step
            step = event["step"]
            losses[step] = event["loss"]
    assert step == STEPS
    steps = sorted(losses)
    early = sum(losses[n] for n in steps[:5]) / 5
    late = sum(losses[n] for n in steps[-5:]) / 5
    assert late < early
