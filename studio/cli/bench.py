"""`studio bench`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from studio.bench.table import Row, check
from studio.bench.table import names as known
from studio.cli.output import Output
from studio.cli.progress import display
from studio.core.errors import JobError

_HEADINGS = ("bench", "ours", "baseline", "ratio", "value", "limit", "", "notes")
_MET = {True: "met", False: "NOT MET", None: ""}


def bench(*names: Annotated[str, Parameter(name="NAME")]) -> Output:
    """Measure how fast this machine is, each figure beside its baseline in the same run.

    Every bench has a process of its own. Do nothing else meanwhile.

    Parameters
    ----------
    names
        Which benches; all where none is named.
    """
    for name in names:
        check(name)
    chosen = tuple(dict.fromkeys(names)) or known()
    rows: list[Row] = []
    with display() as shown:
        for done, name in enumerate(chosen):
            shown.note(f"{name} ...")
            rows.extend(_measured(name))
            shown.progress("benches", done + 1, len(chosen))
    return Output({"benches": [_record(row) for row in rows]}, rows=[_HEADINGS, *(_cells(row) for row in rows)])


def _measured(name: str) -> list[Row]:
    done = subprocess.run([sys.executable, "-m", "studio.bench", name], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise JobError(
            f"The bench {name} failed.", hint="What it said last is above on standard error.", code="bench.failed"
        )
    return [Row(**row) for row in json.loads(done.stdout)]


def _record(row: Row) -> dict[str, Any]:
    return {**asdict(row), "met": row.met}


def _cells(row: Row) -> tuple[str, ...]:
    def figure(number: float | None, unit: str) -> str:
        return "" if number is None else f"{number:.3g} {unit}".rstrip()

    return (
        row.name, figure(row.ours, row.unit), figure(row.baseline, row.unit), figure(row.ratio, ""),
        figure(row.value, row.unit), row.limit or "", _MET[row.met], row.notes,
    )  # fmt: skip
