"""What a step takes is measured, and the batch size that fits is found in memory that really is short."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from studio.core.errors import UsageError
from studio.training.hardware import prepare
from studio.training.probe import Probe, divided, foreseen_mb, largest_batch, measure
from studio.training.settings import TrainSettings
from studio.training.state import TrainingState

SETTINGS = TrainSettings.build({"preset": "demo", "threads": 1, "precision": "float32"})

# Libraries take addresses too: the limit leaves so much beyond those.
LIMITED = textwrap.dedent(
    """
    import json, resource, sys
    import psutil
    from studio.training.hardware import prepare
    from studio.training.probe import largest_batch
    from studio.training.settings import TrainSettings

    megabytes, upper = json.loads(sys.argv[1])
    settings = TrainSettings.build({"preset": "demo", "threads": 1, "precision": "float32"})
    hardware = prepare(settings)
    limit = psutil.Process().memory_info().vms + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    found = largest_batch(settings, hardware, upper)
    print(json.dumps(found and found.batch_size))
    """
)


FRESH = textwrap.dedent(
    """
    import json
    from dataclasses import asdict
    from studio.training.hardware import prepare
    from studio.training.probe import measure
    from studio.training.settings import TrainSettings

    settings = TrainSettings.build({"preset": "demo", "threads": 1, "precision": "float32"})
    hardware = prepare(settings)
    print(json.dumps([asdict(measure(settings, hardware, size)) for size in (1, 32)]))
    """
)


def limited(megabytes, upper):
    """The largest batch found with so much memory left."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, json.dumps([megabytes, upper])],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_larger_batch_takes_more_memory_and_more_time():
    # In a process of its own: this one has memory that earlier tests have let go of, which is taken again unseen.
    done = subprocess.run(
        [sys.executable, "-c", FRESH], cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stderr
    one, many = (Probe(**measured) for measured in json.loads(done.stdout))
    assert (one.batch_size, many.batch_size) == (1, 32)
    assert many.memory_mb > one.memory_mb + 50
    assert many.seconds_per_step > 2 * one.seconds_per_step > 0


def test_where_everything_fits_the_largest_is_the_one_that_was_asked_for():
    assert largest_batch(SETTINGS, prepare(SETTINGS), 3).batch_size == 3


def test_trying_out_draws_no_random_number_of_the_training():
    before = torch.get_rng_state()
    measure(SETTINGS, prepare(SETTINGS), 1)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_error_that_is_not_about_memory_is_no_answer(monkeypatch):
    with pytest.raises(UsageError):
        measure(SETTINGS, prepare(SETTINGS), 0)

    def update(*_):
        raise RuntimeError("no kernel for this device")

    monkeypatch.setattr(TrainingState, "update", update)
    with pytest.raises(RuntimeError, match="no kernel"):
        measure(SETTINGS, prepare(SETTINGS), 1)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux keeps a process to its addresses")
def test_in_memory_that_is_short_the_largest_batch_that_fits_is_found():
    assert 1 < limited(megabytes=250, upper=16) < 16


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux keeps a process to its addresses")
def test_where_not_even_one_face_fits_there_is_no_size():
    assert limited(megabytes=12, upper=8) is None


def test_memory_is_foreseen_on_the_line_through_two_sizes():
    assert foreseen_mb(Probe(1, 1000, 1.0), Probe(3, 1200, 2.0), 32) == 4100
    assert foreseen_mb(Probe(1, 1000, 1.0), Probe(1, 1000, 1.0), 2) == 1000


@pytest.mark.parametrize(
    ("faces", "largest", "expected"),
    [(32, 32, (32, 1)), (32, 50, (32, 1)), (32, 5, (4, 8)), (32, 31, (16, 2)), (7, 6, (1, 7)), (12, 5, (4, 3))],
)
def test_a_step_keeps_its_faces_in_batches_that_fit(faces, largest, expected):
    assert divided(faces, largest) == expected
