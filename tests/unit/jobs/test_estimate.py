"""What fits into the memory there is, and what makes an equal step of what fits."""

import json
import subprocess
import sys

import pytest

from studio.jobs.estimate import estimate
from studio.training.settings import TrainSettings

# In a process of its own: how much a batch takes is hidden where others were tried before. The machine there has memory
# for some twenty faces of each beside the first.
_LITTLE_MEMORY = """
import dataclasses, json, sys
from studio.jobs import estimate as job
from studio.training import probe
from studio.training.settings import TrainSettings

wanted, cache = int(sys.argv[1]), int(sys.argv[2])
settings = TrainSettings.build({"batch_size": wanted, "cache_megabytes": cache})
hardware = job.prepare(settings)
room = job.measure(settings, hardware, 1).memory_mb + 200
job.free_mb = probe.free_mb = lambda device: max(0, room - job.taken_mb(device))
print(json.dumps(dataclasses.asdict(job.estimate(settings, 1000, 1_000_000))))
"""


def with_little_memory(wanted, cache):
    """What is foreseen for a batch of `wanted` there, and so many megabytes of decoded faces."""
    command = [sys.executable, "-c", _LITTLE_MEMORY, str(wanted), str(cache)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
def test_what_does_not_fit_is_spread_over_batches_that_do():
    wanted = 192
    found = with_little_memory(wanted, 0)
    assert not found["fits"]
    assert found["memory_mb"] > found["free_mb"]
    assert 1 <= found["fitting_batch"] <= found["largest_batch"] < wanted
    assert found["fitting_batch"] * found["accumulate"] == wanted
    assert found["hours"] == pytest.approx(found["seconds_per_step"] * 1000 / 3600, abs=1e-3)


@pytest.mark.slow
def test_a_batch_has_no_room_that_the_decoded_faces_take():
    some, none = (with_little_memory(24, cache) for cache in (130, 10_000))
    # Some twenty faces of each would have room in all of it.
    assert 1 <= some["largest_batch"] <= 14
    assert some["fitting_batch"] * some["accumulate"] == 24
    assert (none["fits"], none["largest_batch"], none["hours"]) == (False, 0, None)
    assert none["memory_mb"] > 10_000


def test_decoded_faces_need_memory_up_to_their_limit():
    few, many, bounded = (
        estimate(TrainSettings.build({"batch_size": 1, "cache_megabytes": megabytes}), 10, faces).memory_mb
        for megabytes, faces in ((10_000, 0), (10_000, 50_000), (1000, 50_000))
    )
    assert many - few > 3000
    assert 700 < bounded - few < 1300
