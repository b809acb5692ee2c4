"""Whom a training trains, and whether their pictures may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.app.studio import IdentityRow
from studio.app.training.curves import SIDES


def trained_people(people: Sequence[IdentityRow], config: Mapping[str, Any]) -> dict[str, IdentityRow]:
    """Who of the project's `people` a training's A and B are now, renamed or merged into others.

    Whoever was deleted is left out. Runs of earlier releases know the names alone.
    """
    numbers = config.get("people") or (None, None)
    found = {
        side: _called(people, str(config.get(side, ""))) if number is None else _numbered(people, int(number))
        for side, number in zip(SIDES, numbers, strict=True)
    }
    return {side: row for side, row in found.items() if row is not None}


def hidden_words(people: Sequence[IdentityRow], config: Mapping[str, Any]) -> str:
    """Why no picture of a training is shown; empty where the consent records of both people hold."""
    known = trained_people(people, config)
    for side in SIDES:
        row, name = known.get(side), config.get(side, side.upper())
        if row is None:
            return f"No picture is shown: there is no consent record of {name} in this project."
        if not row.holds:
            return f"No picture is shown: there is no consent record of {row.identity.name} that holds."
    return ""


def _numbered(people: Sequence[IdentityRow], number: int) -> IdentityRow | None:
    return next((row for row in people if number == row.identity.id or number in row.merged), None)


def _called(people: Sequence[IdentityRow], name: str) -> IdentityRow | None:
    """Who has the name now, or the only one who once had."""
    wanted = name.casefold()
    for row in people:
        if row.identity.name.casefold() == wanted:
            return row
    former = [row for row in people if wanted in {known.casefold() for known in row.names}]
    return former[0] if len(former) == 1 else None
