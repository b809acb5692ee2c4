import time

import torch

from studio.training import checkpoints
from studio.training.checkpoints import read, stored
from studio.training.copies import Copies
from studio.training.loop import train
from tests.unit.training.quick import QUICK, equal


def test_copies_are_made_into_the_same_memory_and_what_they_are_of_is_not_tied_to_them():
    copies, own = Copies(), torch.arange(6.0).reshape(2, 3).T
    first = copies.of({"a": own})["a"]
    own += 10
    assert torch.equal(first, own - 10)
    assert first.is_contiguous()
    second = copies.of({"a": own})["a"]
    assert second.data_ptr() == first.data_ptr()
    assert torch.equal(second, own)
    assert copies.of({"a": own[:2]})["a"].shape == (2, 2)


def test_a_checkpoint_that_is_written_slowly_is_of_its_own_step(faces, tmp_path, monkeypatch):
    """Every step is saved, and each checkpoint is still being written when the next one is due."""
    every = QUICK.changed({"checkpoint_every": 1, "keep_checkpoints": 10})
    train(every, *faces, tmp_path / "plain", 4)
    real = checkpoints.save

    def slow(*arguments):
        time.sleep(0.5)
        return real(*arguments)

    monkeypatch.setattr(checkpoints, "save", slow)
    train(every, *faces, tmp_path / "slow", 4)
    paths = stored(tmp_path / "slow" / "checkpoints")
    assert [read(path).record.step for path in paths] == [1, 2, 3, 4]
    assert all(equal(path, tmp_path / "plain" / "checkpoints" / path.name) for path in paths)
