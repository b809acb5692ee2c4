"""The benches by name, and the rows they give."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Self

from studio.core.errors import UsageError

_LIMIT = re.compile(r"(≥|≤|>|<)\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        ours: what we take, in `unit`; None where the figure is not compared.
        baseline: what the baseline takes, measured in the same run, in `unit`.
        ratio: baseline / ours: above 1 is better.
        value: an absolute figure in `unit`, where that is what counts.
        limit: what is asked of `value`, or of the ratio where there is no value: "≥ 5", "≤ 0.5", "< 400".
        notes: what was measured, and against what.
    """

    name: str
    ours: float | None = None
    baseline: float | None = None
    ratio: float | None = None
    unit: str = "s"
    value: float | None = None
    limit: str | None = None
    notes: str = ""

    def __post_init__(self) -> None:
        if self.limit is not None and not _LIMIT.match(self.limit):
            raise ValueError(f"{self.limit!r} is no limit: a sign (≥ ≤ > <) and a number.")

    @classmethod
    def compared(
        cls, name: str, ours: float, baseline: float, *, unit: str = "s", limit: str | None = None, notes: str = ""
    ) -> Self:
        """Two times in `unit`, and their ratio."""
        return cls(name, ours, baseline, baseline / ours, unit, None, limit, notes)

    @classmethod
    def absolute(cls, name: str, value: float, unit: str, *, limit: str | None = None, notes: str = "") -> Self:
        """A figure that stands for itself."""
        return cls(name, None, None, None, unit, value, limit, notes)

    @property
    def met(self) -> bool | None:
        """Whether the figure keeps its limit; None where there is none."""
        figure = self.ratio if self.value is None else self.value
        found = _LIMIT.match(self.limit or "")
        if figure is None or found is None:
            return None
        bound = float(found[2])
        return {"≥": figure >= bound, "≤": figure <= bound, ">": figure > bound, "<": figure < bound}[found[1]]


Bench = Callable[[], Sequence[Row]]

# Each is "module:function" of a `Bench`; the function runs in a process of its own and tells its progress on stderr.
_BENCHES = {
    "extract": "studio.bench.extract:extract",
    "extract.limit": "studio.bench.extract:limit",
    "clusters": "studio.bench.clusters:clusters",
    "duplicates": "studio.bench.duplicates:duplicates",
    "train": "studio.bench.train:train",
    "augment": "studio.bench.augment:augment",
    "checkpoint": "studio.bench.checkpoint:checkpoint",
    "slider": "studio.bench.slider:slider",
    "slider.cold": "studio.bench.slider:cold",
    "export": "studio.bench.export:export",
    "export.limit": "studio.bench.export:limit",
    "export.memory": "studio.bench.export:memory",
    "grid": "studio.ui.bench.grid:grid",
    "startup": "studio.ui.bench.startup:startup",
    "monitor": "studio.ui.bench.monitor:monitor",
}


def names() -> tuple[str, ...]:
    """The benches this installation has, in the order they run."""
    return tuple(name for name, target in _BENCHES.items() if _is_there(target.partition(":")[0]))


def bench_of(name: str) -> Bench:
    """The bench called `name`.

    Raises:
        UsageError: there is none.
    """
    check(name)
    module, _, function = _BENCHES[name].partition(":")
    bench: Bench = getattr(import_module(module), function)
    return bench


def check(name: str) -> None:
    """Refuse a name that no bench has.

    Raises:
        UsageError: there is no such bench.
    """
    if name not in names():
        raise UsageError(f"There is no bench {name!r}.", hint=f"Benches: {', '.join(names())}.", code="usage.bench")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
