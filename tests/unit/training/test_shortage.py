"""A training whose memory is not enough says what fits; memory really is short here."""

import re
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from studio.training.checkpoints import stored
from tests.unit.training.apart import started, told
from tests.unit.training.quick import QUICK

MEGABYTES = 250
# What is kept short are addresses. Each thread would take 64 MB of them for its small pieces, and use next to none.
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux keeps a process to its addresses"),
]


def test_a_batch_that_does_not_fit_ends_a_training_with_one_that_does(faces, tmp_path):
    settings = QUICK.changed({"batch_size": 64, "cache_megabytes": 0})
    failed = told(started(settings, faces, tmp_path / "1", 2, MEGABYTES, **ONE_ARENA), seconds=400)
    error = failed["error"]
    assert error["code"] == "train.memory"
    assert any("tried out which batch size fits" in note for note in failed["notes"])
    largest = int(re.search(r"for a batch of 64: the largest that fits is (\d+)", error["message"])[1])
    size, count = map(int, re.search(r"batch_size=(\d+) and accumulate=(\d+)", error["hint"]).groups())
    assert 1 <= size <= largest < 64
    assert size * count == 64
    assert stored(tmp_path / "1" / "checkpoints") == []

    smaller = settings.changed({"batch_size": size, "accumulate": count})
    done = told(started(smaller, faces, tmp_path / "2", 1, MEGABYTES, **ONE_ARENA), seconds=400)
    assert done["error"] is None
    assert load_file(Path(done["checkpoint"]) / "network.safetensors")


def test_a_network_for_which_there_is_no_memory_at_all_says_so(faces, tmp_path):
    failed = told(started(QUICK, faces, tmp_path, 2, megabytes=12, **ONE_ARENA), seconds=400)
    assert failed["error"]["code"] == "train.memory"
    assert "not even for a batch of one face" in failed["error"]["message"]
