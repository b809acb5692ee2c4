"""What a command says: data for scripts, lines for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from studio.core.errors import StudioError

_UNBOUNDED = 10_000


@dataclass(frozen=True)
class Output:
    """The outcome of a command.

    Attributes:
        data: the keys of INTERFACE, JSON-ready; printed with --json.
        lines: sentences, printed without it.
        rows: a table below the sentences, its first row the headings.
    """

    data: dict[str, Any]
    lines: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default=())


def show(output: Output, *, as_json: bool) -> None:
    """Print an outcome on standard output."""
    if as_json:
        sys.stdout.write(json.dumps(output.data, default=str, allow_nan=False) + "\n")
        return
    # Nothing is cut off where nobody looks at columns: in files and pipes.
    width = None if sys.stdout.isatty() else _UNBOUNDED
    console = Console(soft_wrap=True, highlight=False, markup=False, width=width)
    for line in output.lines:
        console.print(line)
    if output.rows:
        console.print(_table(output.rows))


def show_error(error: StudioError, *, as_json: bool) -> None:
    """Print what went wrong: on standard output as one object with --json, else in words on standard error."""
    if as_json:
        record = {"code": error.code, "message": error.message, "hint": error.hint}
        sys.stdout.write(json.dumps({"error": record}) + "\n")
        return
    sys.stderr.write(f"studio: {error.message} [{error.code}]\n")
    if error.hint:
        sys.stderr.write(f"  {error.hint}\n")


def _table(rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in rows[0]:
        table.add_column(heading, overflow="fold")
    for row in rows[1:]:
        table.add_row(*row)
    return table
