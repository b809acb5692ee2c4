import numpy as np
import pytest

from studio.core.errors import FacesetError
from studio.core.rows import RowArray


def test_rows_survive_growing(tmp_path):
    rows = RowArray(tmp_path / "features.npy", (4,))
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(n, 4)).astype(np.float32) for n in (3, 300, 1, 700)]
    first = 0
    for part in parts:
        rows.write(first, part)
        first += len(part)
    np.testing.assert_array_equal(rows.read(first), np.concatenate(parts))


def test_rows_that_were_never_committed_are_written_over(tmp_path):
    rows = RowArray(tmp_path / "a.npy", (2,))
    rows.write(0, np.ones((5, 2), np.float32))
    rows.write(2, np.zeros((2, 2), np.float32))
    np.testing.assert_array_equal(rows.read(4), [[1, 1], [1, 1], [0, 0], [0, 0]])


def test_a_missing_file_is_told(tmp_path):
    rows = RowArray(tmp_path / "a.npy", (2,))
    assert rows.read(0).shape == (0, 2)
    with pytest.raises(FacesetError):
        rows.read(1)


def test_rows_of_another_engine_are_refused(tmp_path):
    RowArray(tmp_path / "a.npy", (128,)).write(0, np.zeros((1, 128), np.float32))
    with pytest.raises(FacesetError):
        RowArray(tmp_path / "a.npy", (4096,)).read(1)


def test_no_pickle_is_ever_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FacesetError):
        RowArray(tmp_path / "a.npy", (2,)).read(1)
