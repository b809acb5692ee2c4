"""Compiling the solver's loops, with the machine code kept on disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def compiled(loop: _Loop) -> _Loop:
    """Compile `loop` at its first call; it runs without the GIL, so several threads may be in it.

    The machine code is kept beside the module or in the user's cache folder; where neither can be written the loop is
    compiled once a process instead.
    """
    options = {"nogil": True, "error_model": "numpy", "fastmath": True}
    try:
        made = numba.njit(cache=True, **options)(loop)
    except RuntimeError:
        made = numba.njit(**options)(loop)
    kept: _Loop = made
    return kept
