"""Several processes train as one: here two of them, on this machine."""

import socket
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from studio.core.errors import UsageError
from studio.training.loop import train
from studio.training.ranks import Alone, joined
from tests.unit.training.apart import started, told
from tests.unit.training.quick import QUICK, equal

# Constant, so that a training with a smaller total is the beginning of one with a larger.
CONSTANT = QUICK.changed(
    {"batch_size": 5, "warmup_steps": 0, "final_rate": 1, "warp_share": 1, "alike_steps": 0, "learning_rate": 1e-3}
)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def both(settings, faces, folder, total, poisoned=None):
    """What the two processes of a training told, the first one first."""
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    processes = [started(settings, faces, folder, total, 0, poisoned, RANK=str(rank), **address) for rank in (0, 1)]
    try:
        return [told(process) for process in processes]
    finally:
        for process in processes:
            process.kill()


def differences(one, other):
    mine, theirs = (load_file(Path(folder) / "network.safetensors") for folder in (one, other))
    return max(float((value - theirs[name]).abs().mean()) for name, value in mine.items())


@pytest.mark.parametrize(
    "options", [{}, {"alike_steps": 9}, {"accumulate": 2, "clip_gradients": 0.1, "average": 0.9, "batch_size": 3}]
)
def test_two_processes_learn_what_one_learns_with_the_joined_batch(faces, tmp_path, options):
    settings = CONSTANT.changed(options)
    leader, other = both(settings, faces, tmp_path / "two", 3)
    assert leader["error"] is other["error"] is None
    assert other["events"] == other["notes"] == []
    alone = train(settings, *faces, tmp_path / "one", 3).checkpoint
    elsewhere = train(settings.changed({"seed": 1}), *faces, tmp_path / "else", 1).checkpoint
    assert differences(leader["checkpoint"], alone) < 2e-5
    assert differences(elsewhere, alone) > 1e-3


@pytest.mark.slow
def test_what_two_processes_do_is_resumed_exactly(faces, tmp_path):
    straight, _ = both(CONSTANT, faces, tmp_path / "1", 6)
    both(CONSTANT, faces, tmp_path / "2", 3)
    again, _ = both(CONSTANT, faces, tmp_path / "2", 6)
    assert ["resumed", {"step": 3}] in again["events"]
    assert equal(Path(again["checkpoint"]), Path(straight["checkpoint"]))


def test_two_processes_go_back_together_when_they_went_astray(faces, tmp_path):
    settings = CONSTANT.changed({"checkpoint_every": 2})
    leader, other = both(settings, faces, tmp_path / "1", 8, poisoned=5)
    assert leader["error"] is other["error"] is None
    assert [data["step"] for kind, data in leader["events"] if kind == "astray"] == [5]
    again, _ = both(settings, faces, tmp_path / "2", 8, poisoned=5)
    assert equal(Path(leader["checkpoint"]), Path(again["checkpoint"]))


def test_a_process_that_is_left_by_the_others_says_so(faces, tmp_path):
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    leader, other = (started(CONSTANT, faces, tmp_path, 100_000, RANK=str(rank), **address) for rank in (0, 1))
    try:
        while not list((tmp_path / "checkpoints").glob("step-*")):
            assert leader.poll() is None
            time.sleep(0.05)
        other.kill()
        error = told(leader)["error"]
        assert error["code"] == "train.processes"
    finally:
        for process in (leader, other):
            process.kill()
            process.communicate()


def test_without_others_a_process_is_alone():
    with joined(1) as ranks:
        assert isinstance(ranks, Alone)
        assert (ranks.rank, ranks.count) == (0, 1)


def test_more_processes_than_faces_are_refused_before_they_wait_for_each_other(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(UsageError, match="2 can't be shared by 3"), joined(2):
        pass
