"""Identity features in fewer dimensions: principal components."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.core.rows import let_go

Features = NDArray[np.floating]
Points = NDArray[np.float32]

_In = TypeVar("_In")
_Out = TypeVar("_Out")
_BLOCK = 4096
_SAMPLE = 8192
_PART = 512
_THREADS = 4

# Up to this many columns all components are computed, which is exact and quick; of more, only those asked for.
_NARROW = 512


class Spread(Protocol):
    """Does work on each of some items and lists the results in their order."""

    def __call__(self, work: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
        """`work` of each item."""
        ...


def one_by_one(work: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
    """The `Spread` that uses no thread but the caller's."""
    return [work(item) for item in items]


@contextmanager
def side_by_side() -> Iterator[Spread]:
    """Give a `Spread` over several threads, in each of which NumPy computes on that thread alone.

    What is computed of one item then does not depend on the number of cores: sums over a varying number of threads
    differ in their last bits, and k-means magnifies that.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1), ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:

        def spread(work: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
            return list(pool.map(work, items))

        yield spread


def blocks(rows: int) -> list[slice]:
    """Slices of 4096 rows that make up all `rows`."""
    return [slice(start, start + _BLOCK) for start in range(0, rows, _BLOCK)]


def reduced(features: Features, dimensions: int, spread: Spread | None = None) -> Points:
    """Centred features in at most `dimensions` dimensions.

    Features that have more are turned into their principal components, those of a spread of up to 8192 rows; the
    others stay as they are, less the mean of that spread.

    Args:
        features: (N, D) float; may be memory-mapped, it is read in blocks.
        dimensions: how many columns to keep.
        spread: from `side_by_side`, where the caller has one.

    Returns:
        (N, min(D, dimensions)) float32, new memory, fewer columns where there are fewer rows than that; the longer
        side of each component is positive.

    Raises:
        ValueError: `features` is not (N, D) or not finite.
    """
    if np.ndim(features) != 2 or features.shape[1] == 0:
        raise ValueError(f"Features must be (N, D), not {np.shape(features)}.")
    if spread is None:
        with side_by_side() as own:
            return reduced(features, dimensions, own)
    rows, columns = features.shape
    if rows == 0:
        return np.zeros((0, min(columns, dimensions)), dtype=np.float32)
    sample = _sample(features)
    mean = sample.mean(axis=0)
    basis = _components(sample - mean, dimensions) if columns > dimensions else None
    into = np.empty((rows, columns if basis is None else basis.shape[1]), dtype=np.float32)

    def reduce(block: slice) -> None:
        centred = _finite(features[block]) - mean
        into[block] = centred if basis is None else centred @ basis
        # A map of a hundred thousand faces shall not take the memory of all their features.
        let_go(features)

    spread(reduce, blocks(rows))
    return into


def _sample(features: Features) -> Points:
    """Up to 8192 rows of (N, D) features, evenly spread."""
    step = -(-len(features) // _SAMPLE)
    parts = []
    for start in range(0, len(features), step * _PART):
        parts.append(_finite(features[start : start + step * _PART : step]).copy())
        # Rows so far apart lie on nearly every page of the file.
        let_go(features)
    return np.concatenate(parts)


def _components(centred: Points, dimensions: int) -> Points:
    """(D, dimensions) directions in which (n, D) varies, the one of most variance first."""
    if centred.shape[1] <= _NARROW:
        wide = centred.astype(np.float64)
        basis = np.linalg.eigh(wide.T @ wide)[1][:, ::-1][:, :dimensions]
    else:
        # Imported here: a cold import takes a second.
        from sklearn.utils.extmath import randomized_svd

        basis = randomized_svd(centred, min(dimensions, *centred.shape), random_state=0)[2].T
    # A component has no sign of its own: without a rule a map would be mirrored from one computation to the next.
    reach = centred @ basis.astype(np.float32)
    flip = np.where(reach.max(axis=0) >= -reach.min(axis=0), 1.0, -1.0)
    return np.asarray(basis * flip, dtype=np.float32)


def _finite(block: Features) -> Points:
    block = np.asarray(block, dtype=np.float32)
    # The sum of finite values is finite nearly always, and sooner found than each of them.
    if not np.isfinite(block.sum()) and not np.isfinite(block).all():
        raise ValueError("Features must be finite.")
    return block
