"""Rejections that are proposed and not made yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from studio.app.faceset.arrangement import Grouping
from studio.app.faceset.faces import Indices, ShownFaces
from studio.app.faceset.marks import Marks
from studio.app.faceset.presentation import Presentation
from studio.core.records import FaceState
from studio.faceset.proposals import Proposal

WORDS = {
    "blur": "blurred",
    "pose": "turned too far",
    "size": "too small",
    "identity": "somebody else or no face",
    "duplicate": "near-duplicates",
    "best": "not among the best",
    "example": "like those rejected",
}


@dataclass(frozen=True, eq=False)
class Amount:
    """The number a proposal hangs on: it can be changed while the proposal is on show.

    Attributes:
        text: what it counts, as "Bits that may differ".
        again: proposes anew with another value.
    """

    text: str
    value: int
    low: int
    high: int
    again: Callable[[int], None]


class Pending:
    """A proposal on show: the faces it would reject, by reason, until it is accepted or dismissed.

    Attributes:
        title: what proposes it, as "Near-duplicates within 10 bits"; empty where nothing is proposed.
        amount: the number it hangs on; None where there is none.
        reasons: what is held against the faces, in order.
        mask: (N,) which faces would be rejected; those that were excepted, or rejected since, are not among them.
        changed: something else is proposed.
    """

    changed = Signal()

    def __init__(self, faces: ShownFaces, marks: Marks, presentation: Presentation) -> None:
        self._faces = faces
        self._marks = marks
        self._presentation = presentation
        self._before = Grouping.NONE
        self._withdrawn: Callable[[], None] = _nothing
        self._codes = np.zeros(0, dtype=np.int64)
        self._excepted = np.zeros(0, dtype=bool)
        self.title = ""
        self.amount: Amount | None = None
        self.reasons: tuple[str, ...] = ()
        self.mask: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        faces.states_changed.connect(self._on_states)

    def __bool__(self) -> bool:
        return bool(self.title)

    def __len__(self) -> int:
        return int(np.count_nonzero(self.mask))

    def propose(
        self, proposal: Proposal, amount: Amount | None = None, withdrawn: Callable[[], None] | None = None
    ) -> None:
        """Show a proposal in place of any other; where it is dismissed, `withdrawn` puts back what it changed."""
        if not self:
            self._before = self._presentation.grouping
        self._withdrawn = withdrawn or _nothing
        self.title, self.amount = proposal.title, amount
        self.reasons = tuple(reason for reason, ids in proposal.rejected.items() if len(ids))
        # The last section is of the faces that stay.
        self._codes = np.full(len(self._faces), len(self.reasons), dtype=np.int64)
        for code, reason in enumerate(self.reasons):
            self._codes[self._faces.indices(np.sort(proposal.rejected[reason]))] = code
        self._excepted = np.zeros(len(self._faces), dtype=bool)
        self.mask = self._going()
        titles = {code: f"Would be rejected: {WORDS.get(reason, reason)}" for code, reason in enumerate(self.reasons)}
        self._presentation.propose(self._codes, {**titles, len(self.reasons): "Would stay"})
        self.changed.emit()

    def counts(self) -> dict[str, int]:
        """How many faces would be rejected for each reason."""
        numbers = np.bincount(self._codes[self.mask], minlength=len(self.reasons))
        return {WORDS.get(reason, reason): int(n) for reason, n in zip(self.reasons, numbers, strict=False)}

    def toggle(self, indices: Indices) -> None:
        """Except these faces from the proposal, or count them in again where all were; others are passed over."""
        candidates = indices[(self._codes[indices] < len(self.reasons)) & ~self._faces.rejected[indices]]
        if len(candidates):
            self._excepted[candidates] = bool(self.mask[candidates].any())
            self.mask = self._going()
            self.changed.emit()

    def accept(self) -> int:
        """Make the rejections, as one entry of the journal; returns how many."""
        title, mask = self.title, self.mask
        self._withdraw()
        return self._marks.set_state(np.flatnonzero(mask), FaceState.REJECTED, title)

    def dismiss(self) -> None:
        """Propose nothing any longer; all is shown as it was before."""
        withdrawn = self._withdrawn
        self._withdraw()
        withdrawn()

    def forget(self) -> None:
        """Other faces are shown: nothing is proposed of them."""
        self.title, self.amount, self.reasons = "", None, ()
        self._withdrawn = _nothing
        self._excepted = np.zeros(len(self._faces), dtype=bool)
        self._codes = np.zeros(len(self._faces), dtype=np.int64)
        self.mask = np.zeros(len(self._faces), dtype=bool)
        self.changed.emit()

    def extend(self, first: int) -> None:
        """There are new faces from index `first` on; they stay, as nothing was said of them."""
        more = len(self._faces) - first
        self._codes = np.append(self._codes, np.full(more, len(self.reasons)))
        self._excepted = np.append(self._excepted, np.zeros(more, dtype=bool))
        self.mask = np.append(self.mask, np.zeros(more, dtype=bool))

    def _going(self) -> NDArray[np.bool_]:
        """(N,) the faces it was made for, less those that were excepted and those that are rejected by now."""
        return (self._codes < len(self.reasons)) & ~self._excepted & ~self._faces.rejected

    def _withdraw(self) -> None:
        if self:
            self.forget()
            self._presentation.withdraw(self._before)

    def _on_states(self, _indices: object) -> None:
        if self:
            self.mask = self._going()
            self.changed.emit()


def _nothing() -> None:
    """What is done where nothing is to be put back."""
