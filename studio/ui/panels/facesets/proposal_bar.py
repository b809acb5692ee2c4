"""What is proposed, what it would cost, and the two answers to it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QSpinBox, QWidget

from studio.app.faceset.coverage import LiveCoverage
from studio.app.faceset.proposal import Amount
from studio.app.faceset.session import FacesetSession
from studio.ui.actions import Actions
from studio.ui.theme import Theme
from studio.ui.widgets.inline_bar import InlineBar
from studio.ui.widgets.own_return import OwnReturn

_SETTLE_MS = 250


class ProposalBar(InlineBar):
    """Asks whether to make the rejections that are proposed."""

    def __init__(
        self,
        session: FacesetSession,
        coverage: LiveCoverage,
        theme: Theme,
        actions: Actions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self.setObjectName("facesets.proposal")
        self._session = session
        self._coverage = coverage
        self._actions = actions
        # A proposal and its arrangement change together; one look after both is enough.
        self._settle = QTimer(self, interval=0, singleShot=True)
        self._settle.timeout.connect(self._show)
        self._amount_words = QLabel()
        self.amount = QSpinBox(objectName="facesets.amount", accessibleName="Amount")
        # While one types or keeps an arrow pressed nothing is computed yet.
        self.amount.setKeyboardTracking(False)
        OwnReturn(self.amount)
        self._chosen = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._chosen.timeout.connect(self._propose_again)
        self.amount.valueChanged.connect(self._chosen.start)
        self.add_tool(self._amount_words)
        self.add_tool(self.amount)
        session.pending.changed.connect(self._on_pending)
        session.presentation.arranged.connect(self._on_arranged)

    def close_view(self) -> None:
        """Let go of the session."""
        self._settle.stop()
        self._chosen.stop()
        self._session.pending.changed.disconnect(self._on_pending)
        self._session.presentation.arranged.disconnect(self._on_arranged)

    def _on_pending(self) -> None:
        self._settle.start()

    def _on_arranged(self, _arrangement: object) -> None:
        if self._session.pending:
            self._settle.start()

    def _propose_again(self) -> None:
        amount = self._session.pending.amount
        if amount is not None and amount.value != self.amount.value():
            amount.again(self.amount.value())

    def _show_amount(self, amount: Amount | None) -> None:
        for widget in (self._amount_words, self.amount):
            widget.setVisible(amount is not None)
        if amount is not None:
            self._amount_words.setText(amount.text)
            self.amount.setAccessibleName(amount.text)
            self.amount.setToolTip(f"{amount.text}: another number is another proposal")
            self.amount.blockSignals(True)
            self.amount.setRange(amount.low, amount.high)
            self.amount.setValue(amount.value)
            self.amount.blockSignals(False)

    def _show(self) -> None:
        pending = self._session.pending
        if not pending:
            # First: a button that is disabled has lost the keys already.
            self.clear()
        for name in ("accept", "dismiss"):
            self._actions.enable(f"facesets.{name}", bool(pending), "Nothing is proposed.")
        if not pending:
            return
        self._show_amount(pending.amount)
        counts = pending.counts()
        why = ", ".join(f"{number:,} {reason}" for reason, number in counts.items() if number)
        if not len(pending):
            self.say(f"{pending.title}: nothing to reject.", "", "question", [self._actions["facesets.dismiss"]])
            return
        words = f"{pending.title}: reject {len(pending):,} {'face' if len(pending) == 1 else 'faces'}?"
        answers = [self._actions["facesets.accept"], self._actions["facesets.dismiss"]]
        hidden = int(np.count_nonzero(pending.mask & (self._session.presentation.arrangement.rows < 0)))
        unseen = f" Filters hide {hidden:,} of them." if hidden else ""
        details = f"{why}; {self._coverage.cost().poses()}.{unseen} P on a face excepts it."
        self.say(words, details, "question", answers)
