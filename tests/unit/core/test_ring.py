"""Pictures that one process hands to another."""

import json
import subprocess
import sys

import numpy as np
import pytest

from studio.core.errors import StorageError, UsageError
from studio.core.ring import FrameRing

FILL = """
import json, sys
from pathlib import Path
import numpy as np
from studio.core.ring import FrameRing
with FrameRing(Path(sys.argv[1]), 3, 4096) as ring:
    handed = ring.put([np.arange(300, dtype=np.int16).reshape(10, 30), np.eye(5, dtype=bool)])
    print(json.dumps(handed.model_dump(mode="json")))
"""


@pytest.fixture
def ring(tmp_path):
    with FrameRing(tmp_path / "ring", 3, 4096, create=True) as made:
        yield made


def told(handed):
    """What was handed, as it arrives through a pipe."""
    return json.loads(json.dumps(handed.model_dump(mode="json")))


def test_what_another_process_put_in_comes_out_as_it_was(ring):
    words = [sys.executable, "-c", FILL, str(ring.path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    numbers, eye = ring.take(json.loads(done.stdout))
    assert np.array_equal(numbers, np.arange(300, dtype=np.int16).reshape(10, 30))
    assert np.array_equal(eye, np.eye(5, dtype=bool))
    assert (numbers.dtype, eye.dtype) == (np.int16, np.bool_)


def test_a_reader_that_is_late_gets_nothing_rather_than_another_picture(ring):
    first = told(ring.put([np.zeros(9)]))
    kept = [told(ring.put([np.full(9, number)])) for number in (1, 2, 3)]
    assert ring.take(first) is None
    assert [ring.take(each)[0][0] for each in kept] == [1, 2, 3]


def test_what_was_taken_stays_as_it_was(ring):
    (taken,) = ring.take(told(ring.put([np.zeros(9)])))
    for _ in range(3):
        ring.put([np.ones(9)])
    assert not taken.any()


def test_what_is_too_large_or_no_slot_is_refused(ring, tmp_path):
    with pytest.raises(ValueError, match="do not go into a slot"):
        ring.put([np.zeros(4097, np.uint8)])
    with pytest.raises(UsageError):
        ring.take({"slot": -1, "serial": 1, "pieces": []})
    (tmp_path / "short").write_bytes(b"x")
    with pytest.raises(StorageError):
        FrameRing(tmp_path / "short", 3, 4096)
