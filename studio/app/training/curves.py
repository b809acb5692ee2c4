"""Curves of a training's losses: a part of them, smoothed, thinned out to what a screen can show."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.app.training.course import REGIONS, TERMS, Course

Values = NDArray[np.floating]

TOTAL, BOTH = "total", "both"
SIDES = ("a", "b")
# How many bins of one level make one of the next.
_FACTOR = 2
_FEWEST = 64


@dataclass(frozen=True)
class Part:
    """Which part of the loss: total, or one region; both terms, or one of them."""

    region: str = TOTAL
    term: str = BOTH


def values_of(course: Course, side: str, part: Part) -> Values:
    """(n,) the loss of A or B, of its part; a term of the total has the weights that held at each step."""
    if part == Part():
        return course.columns[side]
    terms = TERMS if part.term == BOTH else (part.term,)
    if part.region != TOTAL:
        return _sum(course, side, part.region, terms)
    weights = {"face": None, "eyes": _weights(course, "eye_weight"), "mouth": _weights(course, "mouth_weight")}
    total = np.zeros(len(course.steps))
    for region in REGIONS:
        weight, values = weights[region], _sum(course, side, region, terms)
        total += values if weight is None else weight * values
    return total


def smoothed(steps: Values, values: Values, window: float) -> Values:
    """The running mean of `values` (n,) over about `window` steps, narrower at both ends; what is unknown stays so."""
    if len(values) < 3 or window <= 0:
        return values
    spacing = float(steps[-1] - steps[0]) / (len(steps) - 1)
    half = min(int(window / max(spacing, 1e-9) / 2), len(values) // 2)
    if half < 1:
        return values
    known = ~np.isnan(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    places = np.arange(len(values))
    reach = np.minimum(np.minimum(places, len(values) - 1 - places), half)
    low, high = places - reach, places + reach + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (sums[high] - sums[low]) / (counts[high] - counts[low])
    return np.where(known, means, np.nan)


class Pyramid:
    """A curve in levels of ever fewer bins, each with the lowest and the highest of its values.

    However many points there are, a view is drawn from about two values a pixel.

    Attributes:
        steps, values: (n,) the curve itself.
    """

    def __init__(self, steps: Values, values: Values) -> None:
        self.steps, self.values = steps, values
        self._levels: list[tuple[Values, Values, Values]] = [(steps, values, values)]
        while len(self._levels[-1][0]) > _FEWEST:
            self._levels.append(_coarser(*self._levels[-1]))

    def view(self, first: float, last: float, bins: int) -> tuple[Values, Values]:
        """Steps and values, at most 2 * `bins` of them, that draw the curve from step `first` to `last`."""
        for level, (steps, _low, _high) in enumerate(self._levels):
            begin = max(0, int(np.searchsorted(steps, first)) - 1)
            end = min(len(steps), int(np.searchsorted(steps, last, side="right")) + 1)
            if level == 0 and end - begin <= 2 * bins:
                return steps[begin:end], self.values[begin:end]
            if end - begin <= bins:
                break
        steps, low, high = self._levels[level]
        pairs = np.stack([low[begin:end], high[begin:end]], axis=1)
        return np.repeat(steps[begin:end], 2), pairs.reshape(-1)

    def at(self, step: float) -> float | None:
        """The value told nearest to `step`; None where there is none."""
        if len(self.steps) == 0:
            return None
        place = int(np.clip(np.searchsorted(self.steps, step), 0, len(self.steps) - 1))
        if place and step - self.steps[place - 1] < self.steps[place] - step:
            place -= 1
        value = float(self.values[place])
        return None if np.isnan(value) else value


@dataclass(frozen=True, eq=False)
class Curve:
    """The loss of A or B of one run, as told and smoothed."""

    run: str
    side: str
    raw: Pyramid
    smooth: Pyramid


def curves_of(course: Course, part: Part, window: float) -> tuple[Curve, ...]:
    """The curves of A and of B."""
    made = []
    for side in SIDES:
        values = values_of(course, side, part)
        raw = Pyramid(course.steps, values)
        smooth = smoothed(course.steps, values, window)
        made.append(Curve(course.run, side, raw, raw if smooth is values else Pyramid(course.steps, smooth)))
    return tuple(made)


def _sum(course: Course, side: str, region: str, terms: tuple[str, ...]) -> Values:
    columns = [course.columns[f"parts/{side}/{region}/{term}"] for term in terms]
    return columns[0] if len(columns) == 1 else columns[0] + columns[1]


def _weights(course: Course, name: str) -> Values:
    """(n,) the weight that held at each step told."""
    weights = np.full(len(course.steps), float(course.config.get("settings", {}).get(name, 1.0)))
    held = [(step, float(values[name])) for step, values in course.changes if name in values]
    for (step, value), (until, _) in pairwise([*held, (np.inf, 0.0)]):
        weights[(course.steps > step) & (course.steps <= until)] = value
    return weights


def _coarser(steps: Values, low: Values, high: Values) -> tuple[Values, Values, Values]:
    whole = len(steps) // _FACTOR * _FACTOR
    parts = [
        (steps[:whole:_FACTOR], _reduced(low[:whole], np.fmin), _reduced(high[:whole], np.fmax)),
        *([(steps[whole : whole + 1], *_rest(low[whole:], high[whole:]))] if whole < len(steps) else []),
    ]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]


def _reduced(values: Values, by: np.ufunc) -> Values:
    reduced: Values = by.reduce(values.reshape(-1, _FACTOR), axis=1)
    return reduced


def _rest(low: Values, high: Values) -> tuple[Values, Values]:
    return np.fmin.reduce(low)[None], np.fmax.reduce(high)[None]
