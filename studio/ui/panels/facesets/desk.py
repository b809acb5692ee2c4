"""The grid and what is around it: tool bar, chips, proposal, strip, filters, map and coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListView,
    QScrollArea,
    QSlider,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.faceset.arrangement import Grouping
from studio.app.faceset.faces import Indices
from studio.app.faceset.filters import SCORES
from studio.app.faceset.presentation import EXTRACTED
from studio.app.studio import Studio
from studio.ui.actions import Actions
from studio.ui.panels.facesets.cluster_bar import ClusterBar
from studio.ui.panels.facesets.coverage_view import CoverageView
from studio.ui.panels.facesets.face_map import FaceMap
from studio.ui.panels.facesets.filter_column import FilterColumn
from studio.ui.panels.facesets.grid import FaceGrid
from studio.ui.panels.facesets.proposal_bar import ProposalBar
from studio.ui.panels.facesets.saved_filters import SavedFiltersMenu
from studio.ui.theme import Theme
from studio.ui.widgets.chips import Chips
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.flow import FlowBar
from studio.ui.widgets.inline_bar import InlineBar
from studio.ui.widgets.section_grid.view import LARGEST, SMALLEST

if TYPE_CHECKING:
    from studio.ui.panels.facesets.panel import FacesetsPanel

_RIGHT = 296
_GROUPS = {Grouping.NONE: "No groups", Grouping.CLUSTER: "By cluster", Grouping.STATE: "By state",
           Grouping.SOURCE: "By source", Grouping.PROPOSAL: "By proposal"}  # fmt: skip


class Desk(QWidget):
    """The main view of the panel for a faceset that has faces."""

    def __init__(self, panel: FacesetsPanel, studio: Studio, theme: Theme, actions: Actions) -> None:
        super().__init__()
        session = panel.session
        self._session = session
        self._studio = studio
        self._viewers = panel.viewers
        self._coverage = panel.coverage
        self._working = ""
        self._proposing = False
        self._shelf = panel.shelf
        self.saved = SavedFiltersMenu(panel.shelf, session.filters, self)
        self.grid = FaceGrid(session, panel.thumbnails, theme)
        self.clusters = ClusterBar(session, panel.clusters, panel.thumbnails, theme, actions)
        self.map = FaceMap(session, theme)
        self.filters = FilterColumn(session, theme)
        self.coverage = CoverageView(panel.coverage, theme)
        self.proposal = ProposalBar(session, panel.coverage, theme, actions)
        self.chips = Chips(theme)
        self.notice = InlineBar(theme)
        self.notice.setObjectName("facesets.notice")
        self._nothing = EmptyState(theme)
        self._undo = actions["edit.undo"]
        self._nothing.say(
            "mdi6.filter-off-outline", "No face passes the filters.", "Widen them, or show every face again.",
            actions["facesets.clear_filters"],
        )  # fmt: skip
        self.status = QLabel(objectName="facesets.status")
        self.status.setContentsMargins(12, 4, 12, 4)
        self.group_by = QComboBox(
            objectName="facesets.group", accessibleName="Group by", toolTip="Sections of the grid"
        )
        self.order_by = QComboBox(objectName="facesets.order", accessibleName="Order by", toolTip="Order in a section")
        self.descending = QToolButton(text="↓", checkable=True, accessibleName="Highest first", toolTip="Highest first")
        self.zoom = QSlider(Qt.Orientation.Horizontal, objectName="facesets.zoom", accessibleName="Thumbnail size")
        self._compose(actions)
        self._connect(actions)
        self.grid.set_cell(studio.settings.thumbnail_size)

    def close_view(self) -> None:
        """Let go of the session."""
        for part in (self.grid, self.clusters, self.map, self.filters, self.coverage, self.proposal, self.saved):
            part.close_view()
        self._session.presentation.arranged.disconnect(self._on_arranged)
        for signal in (
            self._session.selection.changed,
            self._session.faces.states_changed,
            self._session.faces.seen_changed,
        ):
            signal.disconnect(self._write_status)
        self._session.filters.changed.disconnect(self._show_chips)
        self._session.pending.changed.disconnect(self._on_pending)

    def show_page(self, page: QWidget) -> None:
        """Show a closer look in the place of the grid."""
        self._middle.setCurrentWidget(page)

    def show_grid(self) -> None:
        """Show the grid again."""
        self._middle.setCurrentWidget(self.grid)
        self.grid.setFocus()
        self._show_nothing()

    def say_working(self, what: str) -> None:
        """Say in the status line what is being computed, or that nothing is."""
        self._working = what
        self._write_status()

    def save_filters(self) -> None:
        """Ask for a name and keep the filters under it."""
        name, done = QInputDialog.getText(self, "Save filters", "Name")
        if done and name.strip():
            self._shelf.save(name.strip(), self._session.filters.value)

    def show_saved_filters(self) -> None:
        """Show the menu of saved filters where the filters are."""
        self.saved.popup(self.filters.mapToGlobal(QPoint(0, 0)))

    def _compose(self, actions: Actions) -> None:
        for grouping, words in _GROUPS.items():
            self.group_by.addItem(words, grouping)
        self._fill_orders()
        self.zoom.setRange(SMALLEST, LARGEST)
        self.zoom.setFixedWidth(80)
        self.zoom.setToolTip("Size of the faces; Ctrl and the wheel over the grid do the same")
        self.descending.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        marks = [actions.button(f"facesets.{name}") for name in ("keep", "reject", "unmark")]
        undo = actions.button("edit.undo")
        for button, name in zip((*marks, undo), ("keep", "reject", "unmark", "undo"), strict=True):
            button.setObjectName(f"facesets.{name}")
        proposals = [
            actions.button(f"facesets.{name}")
            for name in ("find_person", "find_duplicates", "by_example", "unlike", "best", "by_limits")
        ]
        bar = FlowBar(
            (*marks, undo),
            (actions.button("facesets.clean", text=True), *proposals),
            (self.group_by, self.order_by, self.descending, self.zoom),
        )
        chips = QHBoxLayout()
        chips.setContentsMargins(12, 0, 12, 4)
        chips.addWidget(self.chips)
        self._chips_row = QWidget()
        self._chips_row.setLayout(chips)
        self._chips_row.hide()
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(bar)
        middle.addWidget(self._chips_row)
        middle.addWidget(self.proposal)
        middle.addWidget(self.notice)
        self._middle = QStackedWidget()
        for page in (self.grid, self._nothing, *self._viewers.pages):
            self._middle.addWidget(page)
        middle.addWidget(self._middle, 1)
        middle.addWidget(self.status)
        middle.addWidget(self.clusters)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(middle, 1)
        layout.addWidget(self._right(actions))

    def _right(self, actions: Actions) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(12, 8, 12, 16)
        layout.setSpacing(8)
        tools = [actions.button(f"facesets.{name}") for name in ("clear_filters", "saved_filters", "save_filters")]
        for title, widget, buttons in (
            ("Map", self.map, [actions.button("facesets.umap")]),
            ("Coverage", self.coverage, []),
            ("Filters", self.filters, tools),
        ):
            head = QHBoxLayout()
            words = QLabel(title)
            words.setProperty("role", "title")
            words.setMinimumHeight(32)
            head.addWidget(words, 1)
            for button in buttons:
                head.addWidget(button)
            layout.addLayout(head)
            layout.addWidget(widget)
            layout.addSpacing(8)
        layout.addStretch()
        area = QScrollArea(
            widgetResizable=True, frameShape=QFrame.Shape.NoFrame, accessibleName="Map, coverage and filters"
        )
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(column)
        area.setFixedWidth(_RIGHT)
        return area

    def _connect(self, actions: Actions) -> None:
        presentation = self._session.presentation
        presentation.arranged.connect(self._on_arranged)
        for signal in (
            self._session.selection.changed,
            self._session.faces.states_changed,
            self._session.faces.seen_changed,
        ):
            signal.connect(self._write_status)
        self._session.filters.changed.connect(self._show_chips)
        self._session.pending.changed.connect(self._on_pending)
        self.coverage.map.chosen.connect(self._on_pose)
        self.chips.removed.connect(self._session.filters.remove)
        self.group_by.activated.connect(lambda _n: presentation.group(self.group_by.currentData()))
        self.order_by.activated.connect(self._sort)
        self.descending.toggled.connect(self._sort)
        self.zoom.valueChanged.connect(self.grid.set_cell)
        self.grid.zoomed.connect(self.zoom.setValue)
        self.zoom.setValue(self._studio.settings.thumbnail_size)
        self.zoom.sliderReleased.connect(lambda: self._studio.user.change(thumbnail_size=self.zoom.value()))
        self.grid.section_toggled.connect(presentation.toggle)
        self.map.lassoed.connect(self._on_lasso)
        self.map.errors_shown.connect(self._on_errors)
        self.clusters.strip.picked.connect(self._on_picked)
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(
            lambda point: actions.menu("Faceset", self).popup(self.grid.viewport().mapToGlobal(point))
        )

    def _fill_orders(self) -> None:
        presentation = self._session.presentation
        chosen = presentation.order
        self.order_by.blockSignals(True)
        self.order_by.clear()
        self.order_by.addItem("As extracted", EXTRACTED)
        for score in SCORES:
            self.order_by.addItem(score.text, score.column)
        for name in presentation.rankings:
            self.order_by.addItem(name.capitalize(), name)
        self.order_by.setCurrentIndex(max(0, self.order_by.findData(chosen)))
        self.order_by.blockSignals(False)

    def _sort(self, _news: object = None) -> None:
        self._session.presentation.sort(self.order_by.currentData(), descending=self.descending.isChecked())

    def _on_arranged(self, _arrangement: object) -> None:
        presentation = self._session.presentation
        if self.order_by.count() != 1 + len(SCORES) + len(presentation.rankings):
            self._fill_orders()
        self.order_by.setCurrentIndex(max(0, self.order_by.findData(presentation.order)))
        self.descending.blockSignals(True)
        self.descending.setChecked(presentation.descending)
        self.descending.blockSignals(False)
        proposal = self.group_by.findData(Grouping.PROPOSAL)
        view = self.group_by.view()
        assert isinstance(view, QListView)
        view.setRowHidden(proposal, not self._session.pending)
        self.group_by.setCurrentIndex(self.group_by.findData(presentation.grouping))
        self._show_nothing()
        self._write_status()

    def _show_nothing(self) -> None:
        """Say in the place of the grid that filters hide every face; a closer look stays."""
        empty = len(self._session.faces) > 0 and len(self._session.presentation.arrangement) == 0
        if self._middle.currentWidget() in (self.grid, self._nothing):
            self._middle.setCurrentWidget(self._nothing if empty else self.grid)

    def _on_lasso(self, indices: Indices, add: bool) -> None:
        self._choose(np.union1d(self._session.selection.indices, indices) if add else indices)

    def _on_errors(self, errors: NDArray[np.float64]) -> None:
        """Clusters tell of the errors that the map shows, the worst first; later news move none under the eye."""
        if self._session.presentation.worst_first != bool(len(errors)):
            self._session.presentation.order_clusters(errors)
        self.clusters.show_errors(errors)

    def _on_picked(self, index: int) -> None:
        """A cluster is read from its first face on."""
        model, row = self.grid.model(), int(self._session.presentation.arrangement.rows[index])
        self.grid.scrollTo(model.index(row, 0), FaceGrid.ScrollHint.PositionAtTop)

    def _on_pose(self, row: int, column: int) -> None:
        self._choose(self._coverage.members(row, column))

    def _choose(self, indices: Indices) -> None:
        self._session.selection.replace(indices)
        if len(indices):
            self._session.selection.set_current(int(indices[0]))

    def _on_pending(self) -> None:
        """A proposal is read from the top."""
        if bool(self._session.pending) != self._proposing:
            self._proposing = bool(self._session.pending)
            if self._proposing:
                self.grid.verticalScrollBar().setValue(0)

    def _show_chips(self, _news: object = None) -> None:
        chips = self._session.filters.value.chips(self._session.presentation.media)
        self.chips.show_chips(chips)
        self._chips_row.setVisible(bool(chips))

    def _write_status(self, _news: object = None) -> None:
        session = self._session
        shown, total = len(session.presentation.arrangement), len(session.faces)
        rejected = int(session.faces.rejected.sum())
        if 0 < total == rejected:
            words = f"All {total:,} faces are rejected, so there is nothing to train with."
            self.notice.say(words, "Undo, or unmark the faces that shall stay.", "question", [self._undo])
        else:
            self.notice.clear()
        seen, _ = session.seen.progress()
        parts = [f"{self._working}…"] if self._working else []
        parts.append(f"{total - rejected:,} faces used")
        if rejected:
            parts.append(f"{rejected:,} rejected")
        if shown != total:
            parts.append(f"{shown:,} shown")
        parts.append("all seen" if seen == total else f"{seen:,} of {total:,} seen")
        selected = len(session.selection)
        if selected:
            parts.append(f"{selected:,} selected")
        self.status.setText("   ·   ".join(parts))
