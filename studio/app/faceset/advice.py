"""What the faces themselves suggest: clusters, the person, near-duplicates, what is like the examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from studio.app.background import COMPUTE
from studio.app.faceset.clusters import Clusters
from studio.app.faceset.proposal import Amount
from studio.app.faceset.session import FacesetSession
from studio.app.studio import Studio
from studio.core.project import Project
from studio.core.records import Identity
from studio.faceset.cluster import Labels, cluster_identities, split
from studio.faceset.dominant import PersonOfInterest
from studio.faceset.examples import Ranking, rank, similar, unlike_kept
from studio.faceset.material import Material, read_material
from studio.faceset.projection import load_map, plain_map
from studio.faceset.proposals import Proposal, beyond_best, find_person, near_duplicates, other_people, used

S = TypeVar("S")
T = TypeVar("T")

CLUSTERS = 25
DUPLICATE_BITS = 10
MOST_BITS = 64
BEST = 4000
SIMILAR = 50
DOUBT = "doubt"


class Advice:
    """Computes proposals in the background and shows them; nothing is rejected before it is confirmed.

    Attributes:
        bits: how many of 256 hash bits two faces may differ in to count as near-duplicates; as chosen last.
        k: how many clusters to make; as chosen last.
        ranking: what the marks so far say of the other faces; None where they were not asked.
        working: what is being computed, in words, what was begun last where it is several; empty when all is done.
        ranked: there is another ranking.
        mapped: the faces with these indices (n,) have these places (n, 2), by a method of this name.
    """

    working = Signal(str)
    ranked = Signal()
    mapped = Signal(object, object, str)

    def __init__(self, studio: Studio, session: FacesetSession, clusters: Clusters) -> None:
        self._studio = studio
        self._session = session
        self._clusters = clusters
        self.bits = DUPLICATE_BITS
        self.k = CLUSTERS
        self.ranking: Ranking | None = None
        self._at_work: list[str] = []
        self._mapping = False
        session.faces.reset.connect(self._forget)

    def cluster(self, k: int | None = None, then: Callable[[], None] = lambda: None) -> None:
        """Group the faces by their features into `k` clusters, or into as many as last time."""
        self.k = count = self.k if k is None else k

        def show(labels: Labels) -> None:
            self._assign(labels)
            then()

        self._compute("Clustering faces", lambda seen: cluster_identities(seen.features, count), show)

    def split(self, cluster: int, parts: int) -> None:
        """Cluster the faces of one cluster again."""
        members = self._clusters.members([cluster])

        def show(labels: Labels) -> None:
            if labels.max() > 0:
                self._clusters.split(cluster, members, labels)
            else:
                self._studio.message.emit(f"The faces of cluster {cluster} are too much alike to be divided.")

        self._compute("Splitting the cluster", lambda seen: split(seen.features, members, parts), show)

    def find_person(self) -> None:
        """Propose to reject the faces that do not show the person most media agree on."""

        def show(found: tuple[Labels, PersonOfInterest]) -> None:
            labels, person = found
            self._assign(labels)
            self._session.pending.propose(self._others(labels, person))

        self._compute("Finding the person", self._person, show)

    def find_duplicates(self, bits: int | None = None) -> None:
        """Propose to reject faces that lie within `bits` of a better one that stays."""
        self.bits = limit = self.bits if bits is None else bits

        def work(seen: Material, hashes: NDArray[np.uint64]) -> Proposal:
            return near_duplicates(seen.columns, hashes[: len(seen.columns)], limit)

        def show(found: Proposal) -> None:
            self._session.pending.propose(found, self._bits(self.find_duplicates))

        self._compute_with("Comparing faces", _hashes, work, show)

    def clean(self, bits: int | None = None) -> None:
        """Propose other people and then, among the rest, near-duplicates."""
        self.bits = limit = self.bits if bits is None else bits

        def work(seen: Material, hashes: NDArray[np.uint64]) -> tuple[Labels, Proposal]:
            labels, person = self._person(seen)
            theirs = other_people(seen.columns, labels, person.clusters)
            left = used(seen.columns) & ~np.isin(seen.columns.ids, theirs.all_rejected)
            twice = near_duplicates(seen.columns, hashes[: len(seen.columns)], limit, left)
            both = Proposal("Clean", {**theirs.rejected, **twice.rejected}, twice.kept)
            return labels, both

        def show(found: tuple[Labels, Proposal]) -> None:
            self._assign(found[0])
            self._session.pending.propose(found[1], self._bits(self.clean))

        self._compute_with("Clustering and comparing faces", _hashes, work, show)

    def best(self, count: int | None = None) -> None:
        """Propose to keep only `count` faces, the sharpest of every pose in turn; at first half, at most 4,000."""
        in_use = int(np.count_nonzero(used(self._session.faces.columns)))
        wanted = min(BEST, max(1, in_use // 2)) if count is None else count
        amount = Amount("Faces to keep", wanted, 1, max(1, in_use), self.best)
        self._compute(
            "Choosing the best",
            lambda seen: beyond_best(seen.columns, wanted),
            lambda found: self._session.pending.propose(found, amount),
        )

    def by_limits(self) -> None:
        """Propose to reject the used faces that the filters hide, and show them; dismissed, they are hidden again."""
        columns, filters = self._session.faces.columns, self._session.filters.value
        inside = filters.mask(columns)
        in_use = used(columns)
        words = ", ".join(chip.text for chip in filters.chips(self._session.presentation.media))
        self._session.filters.clear()

        def hide_again() -> None:
            # Unless others were chosen meanwhile.
            if not self._session.filters.value.chips({}):
                self._session.filters.set(filters)

        rejected = {f"outside {words}": columns.ids[in_use & ~inside]}
        proposal = Proposal("Outside the filters", rejected, int(np.count_nonzero(in_use & inside)))
        self._session.pending.propose(proposal, withdrawn=hide_again)

    def by_example(self) -> None:
        """Learn from the marks and put the rest in the order of doubt, the most doubtful first."""
        self._compute("Learning from the marks", lambda seen: rank(seen.columns, seen.features), self._show_ranking)

    def reject_unlikely(self) -> None:
        """Propose to reject the faces that are surely like those rejected so far."""
        if self.ranking is not None and not self.ranking.missing:
            # Faces that came since were not ranked.
            columns = self._session.faces.columns.select(slice(len(self.ranking.keep)))
            self._session.pending.propose(unlike_kept(columns, self.ranking))

    def select_similar(self) -> None:
        """Select the faces that are most like the selected ones by their features; only of those that are shown."""
        targets = self._session.culling.targets()
        if len(targets) == 0:
            self._studio.message.emit("Select a face first.")
            return
        # What is hidden would be marked unseen.
        shown = self._session.presentation.arrangement.rows >= 0

        def find(seen: Material) -> NDArray[np.int64]:
            # Faces that came since have no row yet.
            return similar(seen.features[: len(shown)], targets, SIMILAR, shown[: len(seen.features)])

        self._compute(
            "Looking for similar faces",
            find,
            lambda found: self._session.selection.replace(np.concatenate([targets, found])),
        )

    def map_faces(self) -> None:
        """Lay the faces out: as the map job did where it has, otherwise by principal components."""
        project, identity = self._studio.project, self._session.identity
        if project is None or identity is None:
            return
        self._mapping = True

        def work(seen: Material) -> tuple[NDArray[np.int64], NDArray[np.float32], str]:
            detailed = load_map(project, identity)
            if detailed is None:
                return seen.columns.ids, plain_map(seen.features), "PCA"
            return detailed[0], detailed[1], "UMAP"

        def show(found: tuple[NDArray[np.int64], NDArray[np.float32], str]) -> None:
            ids, places, method = found
            there = np.isin(ids, self._session.faces.columns.ids)
            self.mapped.emit(self._session.faces.indices(ids[there]), places[there], method)

        self._compute("Laying out the map", work, show)

    def start_umap(self) -> None:
        """Start the job that lays the faces out in more detail."""
        project, identity = self._studio.project, self._session.identity
        if project is not None and identity is not None:
            self._studio.runs.start(["map", str(project.folder), identity.name])

    def _forget(self) -> None:
        self.ranking = None
        self.ranked.emit()
        if not self._session.ready:
            self._mapping = False
        elif self._mapping:
            # Faces of the same person have gone, to the trash or to somebody else: the others have other indices.
            self.map_faces()

    def _bits(self, again: Callable[[int], None]) -> Amount:
        return Amount("Bits that may differ", self.bits, 0, MOST_BITS, again)

    def _person(self, seen: Material) -> tuple[Labels, PersonOfInterest]:
        return find_person(seen.features, seen.sources, seen.same_person, self.k)

    def _others(self, labels: Labels, person: PersonOfInterest) -> Proposal:
        columns = self._session.faces.columns.select(slice(len(labels)))
        return other_people(columns, labels, person.clusters)

    def _assign(self, labels: Labels) -> None:
        changed = np.flatnonzero(self._session.faces.columns.clusters[: len(labels)] != labels)
        self._clusters.assign(changed, labels[changed], f"Cluster into {int(labels.max()) + 1}")

    def _show_ranking(self, ranking: Ranking) -> None:
        self.ranking = ranking
        self.ranked.emit()
        self._studio.message.emit(ranking.summary())
        if not ranking.missing:
            # Marked faces need no answer: their doubt is NaN, which comes last.
            self._session.presentation.rank(DOUBT, -ranking.doubt)
            if len(ranking.order):
                first = int(ranking.order[0])
                self._session.selection.replace(np.array([first]))
                self._session.selection.set_current(first)

    def _compute(self, what: str, work: Callable[[Material], T], show: Callable[[T], None]) -> None:
        self._compute_with(what, lambda _project, _identity: None, lambda seen, _nothing: work(seen), show)

    def _compute_with(
        self,
        what: str,
        read: Callable[[Project, Identity], S],
        work: Callable[[Material, S], T],
        show: Callable[[T], None],
    ) -> None:
        project, identity = self._studio.project, self._session.identity
        if project is None or identity is None or len(self._session.faces) == 0:
            return
        self._at_work.append(what)
        self.working.emit(what)

        def failed(error: Exception) -> None:
            self._end(what)
            self._studio.report(error)

        def done(result: T) -> None:
            self._end(what)
            # Another faceset may be on show by now.
            shown = self._session.identity
            if project is self._studio.project and shown is not None and shown.id == identity.id:
                show(result)

        def compute(found: tuple[Material, S]) -> None:
            self._studio.background.run(lambda: work(*found), done, failed, lane=COMPUTE)

        self._studio.background.run(
            lambda: (read_material(project, identity), read(project, identity)), compute, failed
        )

    def _end(self, what: str) -> None:
        self._at_work.remove(what)
        self.working.emit(self._at_work[-1] if self._at_work else "")


def _hashes(project: Project, identity: Identity) -> NDArray[np.uint64]:
    return project.store.faces.hashes(identity)
