"""What sets runs apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from studio.app.training.course import Course

_NONE = "-"


class Difference(NamedTuple):
    """A setting that is not alike in all runs, and its value in each, in words."""

    name: str
    values: tuple[str, ...]


def differences(courses: Sequence[Course]) -> tuple[Difference, ...]:
    """The settings that differ between runs as they hold now, and what else they were begun with."""
    whole = all(course.settings.get("sizes") for course in courses)
    tables = [_table(course, whole) for course in courses]
    names = dict.fromkeys(name for table in tables for name in table)
    found = (Difference(name, tuple(_words(table.get(name)) for table in tables)) for name in names)
    return tuple(each for each in found if len(set(each.values)) > 1)


def _table(course: Course, whole: bool) -> Mapping[str, Any]:
    """What a run was begun with; `whole`: all the runs wrote down their whole network."""
    config = course.config
    fork = config.get("fork") or {}
    settings = {name: value for name, value in course.settings.items() if name != "sizes"}
    # What the network is, rather than what was asked for.
    sizes = course.settings["sizes"] if whole else {}
    return {
        "a": config.get("a"),
        "b": config.get("b"),
        "fork": f"{fork['run']} at {fork['step']:,}" if fork else None,
        **settings,
        **{name: value for name, value in sizes.items() if name != "name"},
    }


def _words(value: Any) -> str:
    if value is None:
        return _NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
