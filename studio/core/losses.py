"""The losses of a training, as its events tell them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.core.runs import RunFolder

_NO_FIGURES = frozenset({"v", "time", "kind", "step"})


@dataclass(frozen=True)
class LossRow:
    """What was told of some steps.

    Attributes:
        step: the last of them.
        time: when it was told.
        values: means by name: loss, a, b, a.face.dssim and the other parts, steps_per_second, memory_mb, ...
    """

    step: int
    time: datetime
    values: Mapping[str, float]


def losses(run: RunFolder) -> list[LossRow]:
    """The losses of `run` by step; steps that were done again count as they were done last."""
    rows: list[LossRow] = []
    for event in run.events():
        if event["kind"] == "loss":
            row = LossRow(int(event["step"]), datetime.fromisoformat(event["time"]), dict(_figures(event)))
            while rows and rows[-1].step >= row.step:
                rows.pop()
            rows.append(row)
    return rows


def _figures(event: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in event.items():
        if name == "parts":
            yield from _leaves("", value)
        elif name not in _NO_FIGURES and isinstance(value, (int, float)):
            yield name, float(value)


def _leaves(path: str, parts: Any) -> Iterator[tuple[str, float]]:
    if isinstance(parts, Mapping):
        for name, value in parts.items():
            yield from _leaves(f"{path}.{name}" if path else name, value)
    else:
        yield path, float(parts)
