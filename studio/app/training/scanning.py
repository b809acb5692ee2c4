"""One pass over the lines of a training's events: numbers of losses into columns, all other lines by their place.

A training of a million steps leaves some hundred megabytes of events, nearly all of them losses. This reads JSON no
further than it must: names of keys become hashes, numbers become columns, whatever else is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from studio.app.training.course import COLUMNS

Bytes = NDArray[np.uint8]
_Loop = TypeVar("_Loop", bound=Callable[..., Any])

# FNV-1a in 31 bits: compiled arithmetic may not overflow.
_BASIS, _PRIME, _MASK = 0x11C9DC5, 0x1000193, 0x7FFFFFFF
_DEEPEST = 16
# No event is shorter: version, time and kind alone take more.
SHORTEST_LINE = 60


def _hash(text: str, value: int = _BASIS) -> int:
    for byte in text.encode():
        value = ((value ^ byte) * _PRIME) & _MASK
    return value


def _path_hash(path: str) -> int:
    value = 0
    for key in path.split("/"):
        value = ((value * _PRIME) & _MASK) ^ _hash(key)
    return value


_WANTED = np.array([_path_hash(path) for path in COLUMNS], dtype=np.int64)
# Where in `_WANTED` the lowest bits of a hash point to.
_SLOTS = 0xFFFF
_PLACES = np.full(_SLOTS + 1, -1, dtype=np.int64)
_PLACES[_WANTED & _SLOTS] = np.arange(len(_WANTED))
_KIND, _LOSS, _PROGRESS = _path_hash("kind"), _hash("loss"), _hash("progress")
# Of ten; beyond it there is nothing but zero and infinity.
_LARGEST_POWER = 307
_POWERS = 10.0 ** np.arange(-_LARGEST_POWER, _LARGEST_POWER + 1)
# As many as an int64 holds.
_DIGITS = 18
_END, _QUOTE, _ESCAPE, _COLON, _COMMA = (ord(c) for c in '\n"\\:,')
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = (ord(c) for c in "{}[]")
_MINUS, _PLUS, _POINT, _ZERO, _NINE, _E, _LARGE_E = (ord(c) for c in "-+.09eE")


class Scanned:
    """What one piece of the file held.

    Attributes:
        values: (columns, n) float64, a row a column of `COLUMNS`; NaN where an event does not say.
        others: (m, 3) int64 of the lines that are neither losses nor progress: first byte, the byte behind the last,
            and how many losses came before.
        progress: first byte and the byte behind the last of the last line of progress; (0, 0) where there is none.
        consumed: how many bytes were complete lines.
    """

    def __init__(self, data: Bytes) -> None:
        """Scan `data` (n,) uint8 from the beginning of a line on."""
        room = len(data) // SHORTEST_LINE + 1
        values = np.full((room, len(COLUMNS)), np.nan)
        others, progress = np.zeros((room, 3), dtype=np.int64), np.zeros(2, dtype=np.int64)
        losses, more, self.consumed = _scan(data, _WANTED, _PLACES, values, others, progress)
        self.values: NDArray[np.float64] = values[:losses].T
        self.others: NDArray[np.int64] = others[:more]
        self.progress = (int(progress[0]), int(progress[1]))


def _scan_lines(
    data: Bytes, wanted: NDArray[np.int64], places: NDArray[np.int64], values: NDArray[np.float64],
    others: NDArray[np.int64], progress: NDArray[np.int64],
) -> tuple[int, int, int]:  # fmt: skip
    """How many losses and other lines there are, and how many bytes were complete lines."""
    size, at, losses, more, consumed = len(data), 0, 0, 0, 0
    above = np.zeros(_DEEPEST + 1, dtype=np.int64)
    while at < size:
        begin, depth, path, text, kind = at, 0, 0, 0, 0
        whole = touched = False
        while at < size and data[at] != _END and not whole:
            byte = data[at]
            at += 1
            if byte == _QUOTE:
                text, at = _string(data, at)
                if depth == 1 and path == _KIND:
                    kind = text
            elif byte == _COLON:
                path = ((above[depth] * _PRIME) & _MASK) ^ text
            elif byte == _COMMA:
                path = 0
            elif byte in (_OPEN, _OPEN_LIST):
                depth += 1
                if depth > _DEEPEST:
                    break
                above[depth], path = path, 0
            elif byte in (_CLOSE, _CLOSE_LIST):
                depth, path = depth - 1, 0
                whole = depth == 0
                if depth < 0:
                    break
            elif byte == _MINUS or _ZERO <= byte <= _NINE:
                number, at = _number(data, at - 1)
                column = places[path & _SLOTS]
                if column >= 0 and wanted[column] == path:
                    values[losses, column] = number
                    touched = True
        while at < size and data[at] != _END:
            at += 1
        if at >= size:
            # Not complete yet: it is read again when there is more.
            break
        if whole and kind == _LOSS:
            losses += 1
        else:
            if touched:
                values[losses] = np.nan
            if whole and kind == _PROGRESS:
                progress[0], progress[1] = begin, at
            elif whole:
                others[more, 0], others[more, 1], others[more, 2] = begin, at, losses
                more += 1
        at += 1
        consumed = at
    return losses, more, consumed


def _scan_string(data: Bytes, at: int) -> tuple[int, int]:
    """The hash of the string whose first byte is at `at`, and the place behind its closing quote."""
    text = _BASIS
    while at < len(data) and data[at] != _QUOTE and data[at] != _END:
        if data[at] == _ESCAPE and at + 1 < len(data) and data[at + 1] != _END:
            at += 1
        text = ((text ^ int(data[at])) * _PRIME) & _MASK
        at += 1
    return text, at + 1 if at < len(data) and data[at] == _QUOTE else at


def _scan_number(data: Bytes, at: int) -> tuple[float, int]:
    """The number that begins at `at`, and the place behind it."""
    negative = data[at] == _MINUS
    at += negative
    digits, many, exponent, fraction = 0, 0, 0, False
    while at < len(data):
        byte = data[at]
        if _ZERO <= byte <= _NINE:
            if many < _DIGITS:
                digits = digits * 10 + int(byte) - _ZERO
                many += digits > 0
                exponent -= fraction
            else:
                exponent += not fraction
        elif byte == _POINT:
            fraction = True
        else:
            break
        at += 1
    if at + 1 < len(data) and data[at] in (_E, _LARGE_E):
        at += 1
        sign, power = -1 if data[at] == _MINUS else 1, 0
        at += data[at] in (_MINUS, _PLUS)
        while at < len(data) and _ZERO <= data[at] <= _NINE:
            power = min(power * 10 + int(data[at]) - _ZERO, _LARGEST_POWER)
            at += 1
        exponent += sign * power
    number = digits * _POWERS[min(max(exponent, -_LARGEST_POWER), _LARGEST_POWER) + _LARGEST_POWER]
    return -number if negative else number, at


def _compiled(loop: _Loop) -> _Loop:
    options = {"nogil": True, "error_model": "numpy"}
    try:
        made = numba.njit(cache=True, **options)(loop)
    except RuntimeError:
        # Where machine code can't be kept on disk it is made once a process.
        made = numba.njit(**options)(loop)
    kept: _Loop = made
    return kept


_string, _number = _compiled(_scan_string), _compiled(_scan_number)
_scan = _compiled(_scan_lines)
