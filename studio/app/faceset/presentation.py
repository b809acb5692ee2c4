"""How the faces are put in rows: the filters in force, the groups and the order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from studio.app.faceset.arrangement import Arrangement, Grouping, arrange
from studio.app.faceset.cluster_errors import cluster_errors
from studio.app.faceset.faces import ShownFaces
from studio.app.faceset.filters import BY_COLUMN, Filters
from studio.core.records import STATES

EXTRACTED = "extracted"
NO_CLUSTER = "Not clustered yet"


class Presentation:
    """Filters, groups and order, and the arrangement that follows from them.

    Faces are not taken away under the eye that has just seen them: a filter for unseen ones looks again only when
    something else changes.

    Attributes:
        arrangement: what the grid shows.
        grouping: what its sections stand for.
        order: the score faces are ordered by, a ranking's name, or `EXTRACTED`.
        descending: whether high values come first.
        media: names of the media by id, for headers and chips.
        arranged: there is another arrangement.
    """

    arranged = Signal(object)

    def __init__(self, faces: ShownFaces, filters: Filters) -> None:
        self._faces = faces
        self._filters = filters
        self._collapsed: dict[Grouping, frozenset[int]] = {}
        self._rankings: dict[str, NDArray[np.float64]] = {}
        self._proposed: tuple[NDArray[np.int64], Mapping[int, str]] | None = None
        self._errors: NDArray[np.float64] = np.zeros(0)
        self.arrangement = Arrangement()
        self.grouping = Grouping.NONE
        self.order = EXTRACTED
        self.descending = False
        self.media: Mapping[int, str] = {}
        faces.states_changed.connect(self._on_states)
        faces.clusters_changed.connect(self._on_clusters)
        filters.changed.connect(self.rearrange)

    @property
    def rankings(self) -> tuple[str, ...]:
        """The names of the rankings there are, as `order` takes them."""
        return tuple(self._rankings)

    def group(self, grouping: Grouping) -> None:
        """Make sections of what `grouping` says."""
        if grouping != self.grouping:
            self.grouping = grouping
            self.rearrange()

    def sort(self, order: str, *, descending: bool) -> None:
        """Put faces in the order of a score, of a ranking or of extraction.

        Raises:
            ValueError: nothing is known by this name.
        """
        if order != EXTRACTED and order not in BY_COLUMN and order not in self._rankings:
            raise ValueError(f"Nothing orders faces by {order!r}.")
        if (order, descending) != (self.order, self.descending):
            self.order, self.descending = order, descending
            self.rearrange()

    def rank(self, name: str, values: NDArray[np.float64]) -> None:
        """Order faces by `values` (N,), lower first and NaN last, under `name`."""
        self._rankings[name] = values
        self.order, self.descending = name, False
        self.rearrange()

    @property
    def worst_first(self) -> bool:
        """Whether clusters that are learned worst come before others, and not the largest ones."""
        return len(self._errors) > 0

    def order_clusters(self, errors: NDArray[np.float64]) -> None:
        """Put clusters with a higher mean of `errors` (N,), NaN where unknown, first; where empty, the largest."""
        self._errors = errors
        if self.grouping is Grouping.CLUSTER:
            self.rearrange()

    def cluster_ranks(self) -> dict[int, float]:
        """The place of each cluster among all; faces that are in none come last."""
        clusters = self._faces.columns.clusters
        sizes = np.bincount(clusters + 1)
        # The largest first: most of them show the person, and what does not is seen at a glance further down.
        largest = {int(place) - 1: (place == 0, -int(sizes[place])) for place in np.flatnonzero(sizes)}
        errors = cluster_errors(clusters, self._errors) if self.worst_first else {}
        order = sorted(largest, key=lambda n: (n not in errors, -errors[n].mean if n in errors else 0.0, *largest[n]))
        return {n: float(place) for place, n in enumerate(order)}

    def propose(self, keys: NDArray[np.int64], titles: Mapping[int, str]) -> None:
        """Group by what is proposed: (N,) keys, lower first, with their titles."""
        self._proposed = (keys, titles)
        self.grouping = Grouping.PROPOSAL
        self.rearrange()

    def withdraw(self, grouping: Grouping) -> None:
        """Nothing is proposed any longer; group by `grouping` again."""
        self._proposed = None
        self._collapsed.pop(Grouping.PROPOSAL, None)
        self.grouping = grouping
        self.rearrange()

    def toggle(self, key: int) -> None:
        """Collapse the section, or open it."""
        self._collapse(self._keys_collapsed() ^ {key})

    def collapse_all(self, *, collapsed: bool) -> None:
        """Collapse every section, or open all."""
        self._collapse(frozenset(s.key for s in self.arrangement.sections) if collapsed else frozenset())

    def rearrange(self) -> None:
        """Make the arrangement anew."""
        columns = self._faces.columns
        keys, titles, ranks = self._sections()
        shown = self._filters.value.mask(columns)
        self.arrangement = arrange(shown, keys, self._values(), titles, self._keys_collapsed(), ranks)
        self.arranged.emit(self.arrangement)

    def forget(self) -> None:
        """Other faces are shown: what was said of the former ones is void."""
        self._rankings.clear()
        self._collapsed.clear()
        self._errors = np.zeros(0)
        self._proposed = None
        if self.grouping is Grouping.PROPOSAL:
            self.grouping = Grouping.NONE
        if self.order not in BY_COLUMN:
            self.order = EXTRACTED
        self.rearrange()

    def extend(self, first: int) -> None:
        """There are new faces from index `first` on."""
        more = len(self._faces) - first
        self._rankings = {name: np.append(values, np.full(more, np.nan)) for name, values in self._rankings.items()}
        if self.worst_first:
            self._errors = np.append(self._errors, np.full(more, np.nan))
        if self._proposed is not None:
            keys, titles = self._proposed
            # Faces that came since stay: nothing was said of them.
            self._proposed = (np.append(keys, np.full(more, max(titles))), titles)
        self.rearrange()

    def _sections(self) -> tuple[NDArray[np.int64], Mapping[int, str], Mapping[int, float] | None]:
        columns = self._faces.columns
        if self.grouping is Grouping.CLUSTER:
            ranks = self.cluster_ranks()
            titles = {n: f"Cluster {n}" if n >= 0 else NO_CLUSTER for n in ranks}
            return columns.clusters.astype(np.int64), titles, ranks
        if self.grouping is Grouping.STATE:
            titles = {code: state.value.capitalize() for code, state in enumerate(STATES)}
            return columns.states.astype(np.int64), titles, None
        if self.grouping is Grouping.SOURCE:
            return columns.media, self.media, None
        if self.grouping is Grouping.PROPOSAL and self._proposed is not None:
            return self._proposed[0], self._proposed[1], None
        return np.zeros(len(columns), dtype=np.int64), {0: "All faces"}, None

    def _values(self) -> NDArray[np.floating] | None:
        columns = self._faces.columns
        if self.order == EXTRACTED:
            return -np.arange(len(columns), dtype=np.float64) if self.descending else None
        values = self._rankings.get(self.order)
        if values is None:
            values = getattr(columns, self.order)
        return -values if self.descending else values

    def _keys_collapsed(self) -> frozenset[int]:
        return self._collapsed.get(self.grouping, frozenset())

    def _collapse(self, keys: frozenset[int]) -> None:
        # Without groups there is no header to open the faces by again.
        if self.grouping is Grouping.NONE:
            return
        self._collapsed[self.grouping] = keys
        self.arrangement = self.arrangement.with_collapsed(keys)
        self.arranged.emit(self.arrangement)

    def _on_states(self, _indices: object) -> None:
        if self.grouping is Grouping.STATE or self._filters.value.states is not None:
            self.rearrange()

    def _on_clusters(self, _indices: object) -> None:
        if self.grouping is Grouping.CLUSTER or self._filters.value.clusters is not None:
            self.rearrange()
