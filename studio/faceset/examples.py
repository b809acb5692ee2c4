"""By example: what the marks so far say of the faces that are not marked, and which faces are like some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.core.records import STATES, FaceState
from studio.core.store.columns import FaceColumns
from studio.faceset.proposals import Proposal, Which
from studio.faceset.reduction import Features, Points, blocks, reduced, side_by_side

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

LEARNT_FROM = (
    "blur", "size", "yaw", "pitch", "roll", "confidence", "landmark_confidence", "exposure", "occlusion"
)  # fmt: skip
NEEDED = 2

# A few marks can't tell many directions apart; these hold most of what divides people and looks.
_DIMENSIONS = 32
_FOLDS = 5
_MOST_EXAMPLES = 4000
_SURE = 0.9


@dataclass(frozen=True, eq=False)
class Ranking:
    """What a classifier that learnt from the marks thinks of every face.

    Attributes:
        keep: (N,) probability that a face is one to keep, NaN throughout while there is nothing to learn from.
        doubt: (N,) 0 for certain to 1 for no idea; NaN for marked faces, which need no answer.
        order: indices of the unmarked faces, the most doubtful first.
        agreement: share of the marks, each foreseen from the others, that were foreseen right; None where there are
            too few to say.
        missing: what has to be marked before anything can be said; empty once it can.
    """

    keep: NDArray[np.float64]
    doubt: NDArray[np.float64]
    order: NDArray[np.int64]
    agreement: float | None
    missing: str

    @property
    def doubtful(self) -> int:
        """How many unmarked faces it is not sure of: neither nine to one for nor against."""
        return int(np.count_nonzero(self.doubt > 2 * (1 - _SURE)))

    def summary(self) -> str:
        """One sentence: how far the scan is, and how much the ranking can be trusted."""
        if self.missing:
            return self.missing
        sure = len(self.order) - self.doubtful
        text = f"{self.doubtful:,} doubtful faces first; of {sure:,} others it is sure"
        return f"{text}." if self.agreement is None else f"{text}. It foresees {self.agreement:.0%} of your marks."


def rank(columns: FaceColumns, features: Features, *, ignored: Which | None = None) -> Ranking:
    """Learn from the kept and the rejected faces, and rank those that nobody has marked, the doubtful ones first.

    A logistic regression on principal components of the identity features and on scores; an unknown score counts as
    the median. The same marks give the same ranking.

    Args:
        features: (N, D) identity features, one row for each of `columns`; may be memory-mapped.
        ignored: (N,) marks that teach nothing: faces rejected for a reason that does not show in them, as duplicates
            of a kept one.
    """
    states = columns.states
    open_faces = states == STATES.index(FaceState.UNMARKED)
    teaching = ~open_faces if ignored is None else ~open_faces & ~ignored
    kept, rejected = (
        np.flatnonzero(teaching & (states == STATES.index(state))) for state in (FaceState.KEPT, FaceState.REJECTED)
    )
    missing = _missing(len(kept), len(rejected))
    if missing:
        unknown = np.full(len(columns), np.nan)
        return Ranking(unknown, unknown, np.flatnonzero(open_faces), None, missing)
    with side_by_side() as spread:
        known = _known(columns, reduced(features, _DIMENSIONS, spread))
        examples, answers = _examples(kept, rejected)
        model = _classifier().fit(known[examples], answers)
        keep = np.concatenate(spread(lambda block: model.predict_proba(known[block])[:, 1], blocks(len(known))))
        agreement = _agreement(known[examples], answers)
    doubt = np.where(open_faces, 1 - 2 * np.abs(keep - 0.5), np.nan)
    order = np.flatnonzero(open_faces)
    return Ranking(keep, doubt, order[np.argsort(-doubt[order], kind="stable")], agreement, "")


def unlike_kept(columns: FaceColumns, ranking: Ranking, sure: float = _SURE) -> Proposal:
    """Propose the unmarked faces which are ones to reject with a probability of at least `sure`."""
    is_open = columns.states == STATES.index(FaceState.UNMARKED)
    going = is_open & (ranking.keep <= 1 - sure)
    used = int(np.count_nonzero(columns.states != STATES.index(FaceState.REJECTED)))
    ids = columns.ids[going]
    return Proposal("Like those rejected", {"example": ids}, used - len(ids))


def similar(
    features: Features, to: NDArray[np.integer], limit: int, among: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """The faces nearest to any of some, by identity features.

    Args:
        features: (N, D); may be memory-mapped.
        to: indices of the faces to be like.
        limit: how many to return.
        among: (N,) which faces to choose from; None for all.

    Returns:
        Up to `limit` indices, the nearest first (ties: lower index), those of `to` not among them.
    """
    wanted = np.unique(to)
    models = np.asarray(features[wanted], dtype=np.float32)
    lengths = np.einsum("ij,ij->i", models, models)

    def nearest(block: slice) -> Points:
        rows = np.asarray(features[block], dtype=np.float32)
        squared = np.einsum("ij,ij->i", rows, rows)[:, None] - 2 * rows @ models.T + lengths
        return np.asarray(squared.min(axis=1))

    if len(wanted) == 0:
        return np.zeros(0, dtype=np.int64)
    with side_by_side() as spread:
        distances = np.concatenate(spread(nearest, blocks(len(features))))
    free = np.ones(len(features), dtype=np.bool_) if among is None else among.copy()
    free[wanted] = False
    distances[~free] = np.inf
    return np.asarray(np.argsort(distances, kind="stable")[: min(limit, int(free.sum()))], dtype=np.int64)


def _missing(kept: int, rejected: int) -> str:
    wanted = [
        f"{NEEDED - number} more to {verb}"
        for number, verb in ((kept, "keep"), (rejected, "reject"))
        if number < NEEDED
    ]
    return f"Mark {' and '.join(wanted)}, then the rest can be ranked." if wanted else ""


def _examples(kept: NDArray[np.int64], rejected: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices to learn from and their answers, 1 for keep; a spread of each where there are thousands."""

    def some(indices: NDArray[np.int64]) -> NDArray[np.int64]:
        return indices[:: -(-len(indices) // _MOST_EXAMPLES)]

    kept, rejected = some(kept), some(rejected)
    return np.concatenate([kept, rejected]), np.repeat(np.array([1, 0]), [len(kept), len(rejected)])


def _known(columns: FaceColumns, components: Points) -> NDArray[np.float64]:
    """(N, K) what the classifier sees of each face: scores of variance 1, components of variance 1 in all."""
    scores = np.column_stack([getattr(columns, name).astype(np.float64) for name in LEARNT_FROM])
    unknown = np.isnan(scores)
    # Columns of nothing but NaN: nobody measured that score.
    middle = np.array(
        [np.median(column[~gap]) if not gap.all() else 0.0 for column, gap in zip(scores.T, unknown.T, strict=True)]
    )
    scores = np.where(unknown, middle, scores) - middle
    spread = scores.std(axis=0)
    scores /= np.where(spread > 0, spread, 1)
    scale = float(np.sqrt((components.astype(np.float64) ** 2).mean())) or 1.0
    return np.hstack([components / scale, scores])


def _classifier() -> LogisticRegression:
    # Imported here: a cold import takes over a second.
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.3, class_weight="balanced", max_iter=200)


def _agreement(known: NDArray[np.float64], answers: NDArray[np.int64]) -> float | None:
    if min(answers.sum(), len(answers) - answers.sum()) < _FOLDS:
        return None
    from sklearn.model_selection import cross_val_score

    return float(cross_val_score(_classifier(), known, answers, cv=_FOLDS, scoring="balanced_accuracy").mean())
