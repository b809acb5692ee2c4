"""The clusters of the faceset: their strip, and into how many faces are clustered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSpinBox, QStackedWidget, QVBoxLayout, QWidget

from studio.app.faceset.advice import CLUSTERS
from studio.app.faceset.clusters import Clusters
from studio.app.faceset.session import FacesetSession
from studio.ui.actions import Actions
from studio.ui.panels.facesets.strip import ClusterStrip
from studio.ui.panels.facesets.thumbnails import Thumbnails
from studio.ui.theme import Theme
from studio.ui.widgets.own_return import OwnReturn

_MOST, _MOST_PARTS = 1000, 100
_PARTS = 4


class ClusterBar(QWidget):
    """The cluster strip with its tools at the left; where nothing is clustered yet, a sentence that says how.

    Attributes:
        strip: a contact sheet a cluster.
        count: into how many clusters all faces are grouped.
        parts: into how many one cluster is split.
    """

    def __init__(
        self, session: FacesetSession, clusters: Clusters, thumbnails: Thumbnails, theme: Theme, actions: Actions
    ) -> None:
        super().__init__()
        self.strip = ClusterStrip(session, clusters, thumbnails, theme)
        self.count = _number(
            "Number of clusters", "Into how many clusters all faces are grouped", " clusters", (CLUSTERS, 1, _MOST)
        )
        self.parts = _number(
            "Parts of a split cluster", "Into how many a cluster is split", " parts", (_PARTS, 2, _MOST_PARTS)
        )
        self._hint = QLabel(
            "Clusters of faces that look alike appear here: keep or reject a whole one with one key.",
            alignment=Qt.AlignmentFlag.AlignCenter,
            wordWrap=True,
        )
        self._hint.setProperty("role", "muted")
        self._pages = QStackedWidget()
        self._pages.addWidget(self._hint)
        self._pages.addWidget(self.strip)
        self._pages.setFixedHeight(self.strip.height())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._tools(actions))
        layout.addWidget(self._pages, 1)
        self.strip.read.connect(self._on_read)
        self._on_read()

    def show_errors(self, errors: NDArray[np.float64]) -> None:
        """Tell of each cluster how badly it is learned: (N,), NaN where unknown; empty where nothing is shown of it."""
        self.strip.show_errors(errors)
        self._pages.setFixedHeight(self.strip.height())

    def close_view(self) -> None:
        """Let go of the session."""
        self.strip.close_view()

    def _tools(self, actions: Actions) -> QVBoxLayout:
        title = QLabel("Clusters")
        title.setProperty("role", "title")
        grid = QGridLayout()
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(4)
        for line, (number, name) in enumerate(((self.count, "cluster"), (self.parts, "split_cluster"))):
            number.lineEdit().returnPressed.connect(actions[f"facesets.{name}"].trigger)
            grid.addWidget(number, line, 0)
            grid.addWidget(actions.button(f"facesets.{name}"), line, 1)
        marks = QHBoxLayout()
        marks.setSpacing(4)
        for name in ("keep_cluster", "reject_cluster", "merge_clusters"):
            marks.addWidget(actions.button(f"facesets.{name}"))
        marks.addStretch()
        column = QVBoxLayout()
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(title)
        column.addLayout(grid)
        column.addLayout(marks)
        column.addStretch()
        return column

    def _on_read(self) -> None:
        self._pages.setCurrentWidget(self.strip if self.strip.facts else self._hint)


def _number(name: str, tip: str, unit: str, range_: tuple[int, int, int]) -> QSpinBox:
    value, low, high = range_
    box = QSpinBox(accessibleName=name, toolTip=tip, suffix=unit, minimum=low, maximum=high, value=value)
    box.setFixedWidth(96)
    # Without buttons the field reaches to the border, and style sheets do not reach the field.
    box.lineEdit().setTextMargins(6, 0, 6, 0)
    OwnReturn(box)
    return box
