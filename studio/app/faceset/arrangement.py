"""The order of the faces on show: which rows there are, in which sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


class Grouping(StrEnum):
    """What the sections of the grid stand for."""

    NONE = "none"
    CLUSTER = "cluster"
    STATE = "state"
    SOURCE = "source"
    PROPOSAL = "proposal"


@dataclass(frozen=True)
class Section:
    """Some neighbouring rows under one header.

    Attributes:
        key: what the faces have in common: the cluster, the medium, the code of the state.
        start, stop: rows, `stop` excluded; a collapsed section keeps its rows.
    """

    key: int
    title: str
    start: int
    stop: int
    collapsed: bool = False

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Which face is in which row; immutable, made anew where filters, order or groups change.

    Attributes:
        order: (rows,) index of the face in each row.
        rows: (N,) row of each face by its index, -1 where it is filtered out.
        sections: in the order of their rows; together they hold every row.
    """

    order: Rows = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    rows: Rows = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    sections: tuple[Section, ...] = ()

    def __len__(self) -> int:
        return len(self.order)

    def section_at(self, row: int) -> int:
        """The number of the section that holds `row`."""
        starts = [section.start for section in self.sections]
        return int(np.searchsorted(starts, row, side="right")) - 1

    def open_rows(self) -> NDArray[np.bool_]:
        """(rows,) which rows can be seen: those of sections that are not collapsed."""
        shown = np.ones(len(self), dtype=bool)
        for section in self.sections:
            if section.collapsed:
                shown[section.start : section.stop] = False
        return shown

    def open_indices(self) -> Rows:
        """The indices of the faces that can be seen, in the order of their rows."""
        return self.order[self.open_rows()]

    def step(self, row: int, by: int) -> int:
        """The row `by` visible rows from `row`, the last one on the way where there are fewer; -1 where none is."""
        visible = np.flatnonzero(self.open_rows())
        if len(visible) == 0:
            return -1
        place = int(np.searchsorted(visible, row))
        # From inside a collapsed section the first step leads to the visible row before or after it.
        hidden = place == len(visible) or visible[place] != row
        target = place + by - 1 if hidden and by > 0 else place + by
        return int(visible[min(max(target, 0), len(visible) - 1)])

    def with_collapsed(self, keys: frozenset[int]) -> Arrangement:
        """The same rows with exactly the sections `keys` collapsed."""
        sections = tuple(
            Section(s.key, s.title, s.start, s.stop, collapsed=s.key in keys) for s in self.sections
        )  # fmt: skip
        return Arrangement(self.order, self.rows, sections)


def arrange(
    shown: NDArray[np.bool_],
    keys: NDArray[np.int64],
    values: NDArray[np.floating] | None,
    titles: Mapping[int, str],
    collapsed: frozenset[int] = frozenset(),
    ranks: Mapping[int, float] | None = None,
) -> Arrangement:
    """Put the faces in rows: by section, in a section by value, among equals in the order of extraction.

    Args:
        shown: (N,) which faces have a row.
        keys: (N,) section of each face.
        values: (N,) faces with lower ones come first and unknown (NaN) ones last; None for the order of extraction.
        titles: of the sections; a section without a face gets no header.
        collapsed: keys of the sections whose faces are hidden.
        ranks: where given, sections with a lower rank come first; otherwise those with a lower key.
    """
    indices = np.flatnonzero(shown)
    names, groups = np.unique(keys[indices], return_inverse=True)
    place = np.arange(len(names))
    if ranks is not None:
        # Sections nobody ranked come last.
        place = np.argsort(np.argsort([ranks.get(int(name), np.inf) for name in names], kind="stable"), kind="stable")
    by = [indices, place[groups]] if values is None else [indices, values[indices], place[groups]]
    order = indices[np.lexsort(by)]
    rows = np.full(len(shown), -1, dtype=np.int64)
    rows[order] = np.arange(len(order))
    sizes = np.bincount(place[groups], minlength=len(names)) if len(names) else np.empty(0, dtype=np.int64)
    sections, start = [], 0
    for position, group in enumerate(np.argsort(place)):
        key, size = int(names[group]), int(sizes[position])
        title = titles.get(key, str(key))
        sections.append(Section(key, title, start, start + size, collapsed=key in collapsed))
        start += size
    return Arrangement(order, rows, tuple(sections))
