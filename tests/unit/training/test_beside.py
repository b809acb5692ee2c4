"""A and B are computed at once where that changes nothing."""

import threading

import pytest
import torch
from safetensors.torch import load_file

from studio.training import hardware
from studio.training.beside import side_by_side
from studio.training.hardware import prepare
from studio.training.loop import train
from tests.unit.training.quick import QUICK


def test_both_at_once_lead_to_the_same_weights_as_one_after_the_other(faces, tmp_path, monkeypatch):
    monkeypatch.setattr(hardware.os, "cpu_count", lambda: 2)
    found = []
    for threads in (1, 2):
        settings = QUICK.changed({"threads": threads})
        assert prepare(settings).side_by_side == (threads == 2)
        assert torch.get_num_threads() == 1
        done = train(settings, *faces, tmp_path / str(threads), 4)
        found.append(load_file(done.checkpoint / "network.safetensors"))
    alone, beside = found
    assert all(torch.equal(alone[name], beside[name]) for name in alone)


@pytest.mark.parametrize(
    "changes", [{"accumulate": 2}, {"compile": True}, {"preset": "light", "batch_size": 2}, {"threads": 1}]
)
def test_where_the_order_would_matter_one_comes_after_the_other(changes, monkeypatch):
    monkeypatch.setattr(hardware.os, "cpu_count", lambda: 2)
    free = QUICK.changed({"threads": 0})
    assert prepare(free).side_by_side
    assert not prepare(free.changed(changes)).side_by_side


def test_an_error_of_either_is_told_when_both_have_ended():
    ended = threading.Event()

    def wrong():
        raise ValueError("this one")

    for order in ((wrong, ended.set), (ended.set, wrong)):
        ended.clear()
        with pytest.raises(ValueError, match="this one"):
            side_by_side(*order)
        assert ended.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("beside")]
