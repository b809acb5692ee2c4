"""`studio doctor`."""

from __future__ import annotations

from pathlib import Path

from studio.cli.output import Output
from studio.faces.engines.choose import available
from studio.jobs.machine import examine
from studio.zoo.shelf import Shelf


def doctor() -> Output:
    """Show versions, the GPU in use or why none is, codecs, engines and weights here, and free disk."""
    machine = examine(Path.cwd())
    shelf = Shelf()
    engines = available(shelf.find)
    weights = {row.name: row.intact for row in shelf.status()}
    data = {
        "python": machine.python,
        "torch": machine.packages.get("torch"),
        "device": machine.device,
        "engines": engines,
        "weights": weights,
        "codecs": machine.codecs,
        "free_gigabytes": round(machine.free_bytes / 2**30, 1),
        "packages": machine.packages,
        "problems": list(machine.problems),
    }
    lines = [
        f"Python {machine.python}, torch {machine.packages.get('torch')}",
        f"Device: {machine.device}",
        *(f"{job}: {', '.join(names)}" for job, names in engines.items()),
        f"Weights here: {', '.join(name for name, here in weights.items() if here) or 'none'}",
        f"Encoders: {', '.join(name for name, here in machine.codecs.items() if here)}",
        f"Free disk: {machine.free_bytes / 2**30:.0f} GB",
        *(machine.problems or ["No problems found."]),
    ]
    return Output(data, lines)
