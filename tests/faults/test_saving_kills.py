"""A process is killed while it writes checkpoints, and what it leaves can always be read."""

import random
import signal
import subprocess
import sys
import textwrap
import time
from os import kill
from pathlib import Path

import pytest

from studio.training.checkpoints import newest, read, remove_parts, stored

# One process loads what it needs and forks a writer whenever it is told to: each of them is a process of its own.
PROGRAM = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    import numpy as np
    from studio.training.batch import ReadyBatch
    from studio.training.checkpoints import CheckpointRecord, save, step_of, stored
    from studio.training.hardware import prepare
    from studio.training.settings import TrainSettings
    from studio.training.state import TrainingState

    folder = Path(sys.argv[1])
    # Of some 36 MB, so that a save takes long enough to be killed in.
    quick = {"preset": "demo", "batch_size": 1, "threads": 1, "size": 64, "bottleneck": 320, "precision": "float32"}
    settings = TrainSettings.build(quick)
    state = TrainingState(settings, prepare(settings))
    picture = np.zeros((1, 64, 64, 3), np.uint8)
    batch = ReadyBatch(picture, picture, picture, (1,))
    state.update(batch, batch, 1e-3, 3.0, 2.0)
    network, optimiser = state.network_tensors(), state.optimiser_tensors()

    def write():
        done = [step_of(path) for path in stored(folder)]
        step = max(done, default=0)
        while True:
            step += 1
            record = CheckpointRecord(step=step, loss=None, network=state.network.spec, settings={}, files={})
            network["bottleneck.linear.bias"].fill_(step)
            save(folder, record, network, optimiser, 3)

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            write()
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)
    """
)


class Notes:
    """What is told about damaged checkpoints."""

    def __init__(self):
        self.told = []

    def note(self, text):
        self.told.append(text)


def seconds_of_a_save(folder, writer):
    """How long a save takes here: until a few of them are there."""
    pid, since = start(writer), time.monotonic()
    wait_until(lambda: len(stored(folder)) == 3, writer)
    seconds = (time.monotonic() - since) / 3
    end(pid, writer)
    return seconds


def start(writer):
    """Have another writer begin; returns its process id."""
    writer.stdin.write("go on\n")
    writer.stdin.flush()
    return int(writer.stdout.readline())


def end(pid, writer):
    """Kill a writer, and wait until it is gone."""
    kill(pid, signal.SIGKILL)
    assert writer.stdout.readline() == "gone\n"


def wait_until(there, writer):
    deadline = time.monotonic() + 120
    while not there():
        assert writer.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="forks and kills as POSIX does")
def test_fifty_kills_while_saving_never_leave_an_unreadable_newest_checkpoint(tmp_path):
    chance, notes = random.Random(3), Notes()
    writer = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        each, halves, before = seconds_of_a_save(tmp_path, writer), 0, 0
        for _ in range(50):
            remove_parts(tmp_path)
            pid = start(writer)
            wait_until(lambda: any(tmp_path.glob(".part-*")), writer)
            time.sleep(chance.uniform(0, 1.5 * each))
            end(pid, writer)
            halves += any(tmp_path.glob(".part-*"))
            found = read(newest(tmp_path, notes))
            assert found.record.step >= before
            assert bool((found.network["bottleneck.linear.bias"] == found.record.step).all())
            before = found.record.step
    finally:
        writer.kill()
        writer.communicate()
    assert notes.told == []
    assert halves > 25
    assert sum(file.stat().st_size for file in found.path.iterdir()) > 30 << 20
