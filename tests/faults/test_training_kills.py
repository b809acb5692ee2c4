"""Training is killed at random moments and always goes on."""

import json
import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from studio.core.records import TrainingFace
from studio.training.checkpoints import stored, verify

SETTINGS = {
    "preset": "demo", "batch_size": "1", "checkpoint_every": "3", "preview_every": "4", "threads": "1", "workers": "2",
    "precision": "float32",
}  # fmt: skip
TOTAL = 10_000

PROGRAM = textwrap.dedent(
    """
    import json, sys
    from pathlib import Path
    from studio.core.errors import Stopped
    from studio.core.records import TrainingFace
    from studio.training.loop import train
    from studio.training.settings import TrainSettings

    settings, folder, total, stop_at, faces = json.loads(sys.argv[1])

    class Lines:
        done = 0
        def __init__(self, path): self.file = path.open("a", buffering=1)
        def progress(self, stage, done, total=None): self.done = done; self.event("step", step=done)
        def event(self, kind, **data): self.file.write(json.dumps({"kind": kind, **data}) + "\\n")
        def note(self, text): self.event("note", text=text)
        def check(self):
            if self.done == stop_at: raise Stopped

    folder = Path(folder)
    sets = [[TrainingFace(i, Path(a), Path(b)) for i, (a, b) in enumerate(each)] for each in faces]
    try:
        train(TrainSettings.build(settings), *sets, folder, total, Lines(folder / "events.jsonl"))
    except Stopped:
        pass
    """
)


def write_faces(folder, colour):
    folder.mkdir(parents=True)
    faces = []
    for number in range(3):
        noise = np.random.default_rng(number).normal(scale=20, size=(512, 512, 3))
        image, masks = np.clip(noise + colour, 0, 255).astype(np.uint8), np.zeros((512, 512), np.uint8)
        masks[100:400, 120:390] = 1
        masks[180:220, 160:350] |= 2
        masks[320:360, 200:310] |= 4
        face = TrainingFace(number, folder / f"{number}.png", folder / f"{number}.masks.png")
        cv2.imwrite(str(face.image), image)
        cv2.imwrite(str(face.masks), masks)
        faces.append(face)
    return faces


def start(folder, faces, stop_at=None, total=TOTAL):
    folder.mkdir(exist_ok=True)
    paths = [[(str(face.image), str(face.masks)) for face in each] for each in faces]
    argument = json.dumps([SETTINGS, str(folder), total, stop_at, paths])
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, argument], cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True
    )


def events(folder):
    file = folder / "events.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def wait_for_steps(process, folder, count):
    """Wait until `count` more steps were told; fail if the process ends before."""
    goal = sum(event["kind"] == "step" for event in events(folder)) + count
    deadline = time.monotonic() + 120
    while sum(event["kind"] == "step" for event in events(folder)) < goal:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "no step within two minutes"
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_twenty_kills_at_random_moments_change_nothing_but_the_time(tmp_path):
    faces = write_faces(tmp_path / "a", 90), write_faces(tmp_path / "b", 160)
    run, chance = tmp_path / "run", random.Random(7)
    for _ in range(20):
        process = start(run, faces)
        try:
            wait_for_steps(process, run, chance.randint(1, 12))
            time.sleep(chance.uniform(0, 0.2))
            assert process.poll() is None, process.stderr.read()
        finally:
            process.kill()
            process.communicate()
        for path in stored(run / "checkpoints"):
            verify(path)

    told = events(run)
    reached = stored(run / "checkpoints")[-1]
    step = verify(reached).step
    resumed = [event["step"] for event in told if event["kind"] == "resumed"]
    assert step > 30
    assert len(resumed) >= 10
    assert resumed == sorted(resumed)
    assert not [event for event in told if event["kind"] == "note"]

    straight = start(tmp_path / "straight", faces, stop_at=step)
    assert straight.wait(timeout=600) == 0, straight.stderr.read()
    straight.stderr.close()
    assert_equal(reached, tmp_path / "straight" / "checkpoints" / reached.name)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_forty_steps_are_the_same_bit_for_bit_wherever_the_process_was_killed(tmp_path):
    faces = write_faces(tmp_path / "a", 90), write_faces(tmp_path / "b", 160)
    finish(start(tmp_path / "straight", faces, total=40))
    for killed_at in (13, *random.Random(11).sample(range(1, 38), 2)):
        run = tmp_path / f"killed-at-{killed_at}"
        process = start(run, faces, total=40)
        try:
            wait_for_steps(process, run, killed_at)
        finally:
            process.kill()
            process.communicate()
        finish(start(run, faces, total=40))
        assert_equal(run / "checkpoints" / "step-00000040", tmp_path / "straight" / "checkpoints" / "step-00000040")


def finish(process):
    """Wait for a process that ends by itself, and well."""
    _, told = process.communicate(timeout=600)
    assert process.returncode == 0, told


def assert_equal(one, other):
    """Two checkpoints hold the same weights and the same state of the optimiser."""
    for name in ("network.safetensors", "optimiser.safetensors"):
        mine, theirs = load_file(one / name), load_file(other / name)
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(value, theirs[key]) for key, value in mine.items())
