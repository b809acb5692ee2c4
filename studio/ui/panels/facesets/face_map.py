"""The map of the identity features, with a lasso."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.app.faceset.filters import BY_COLUMN, SCORES
from studio.app.faceset.session import FacesetSession
from studio.core.records import STATES, FaceState
from studio.ui.theme import Theme
from studio.ui.widgets.dot_plot import DotPlot

Colours = NDArray[np.uint8]

BY_CLUSTER, BY_STATE, BY_ERROR = "cluster", "state", "error"
_HEIGHT = 208
# Scores, and errors: the worst faces need a look.
_SHADE = {False: "plot_a", True: "doubtful"}
_TOKENS = {FaceState.UNMARKED: "muted", FaceState.KEPT: "kept", FaceState.REJECTED: "rejected"}
# Of the lowest score: it must still be seen.
_FAINTEST = 0.25
_METHODS = {
    "PCA": "The two principal components of the identity features; there at once",
    "UMAP": "A detailed layout of the identity features, as the job computed it",
}
# Hues far apart for anyone, repeated where there are more clusters.
_HUES = ("#4c9be8", "#e08e45", "#5fb86a", "#d86fb4", "#c9b83f", "#8f7ff0", "#4fc4c0", "#f07a72", "#a5a5a5", "#9c6b3f")


class FaceMap(QWidget):
    """A dot a face, near where features are alike: drag a lasso to select, Shift adds, a click clears.

    Attributes:
        lassoed: these faces lie in the lasso; whether they are to be added to the selection.
        errors_shown: the errors that the colours stand for now, as in `show_errors`; empty where they do not.
    """

    lassoed = Signal(object, bool)
    errors_shown = Signal(object)

    def __init__(self, session: FacesetSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._points: NDArray[np.float32] = np.zeros((0, 2), dtype=np.float32)
        self._indices: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._passed: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._errors: NDArray[np.float64] = np.zeros(0)
        self.plot = DotPlot(theme)
        self.plot.setObjectName("facesets.map")
        self.plot.setAccessibleName("Map of the faces")
        self.plot.setToolTip("Faces that look alike lie near each other. Drag around some to select them; Shift adds")
        self.plot.setFixedHeight(_HEIGHT)
        self.plot.lassoed.connect(self._on_lasso)
        self.colour_by = QComboBox(accessibleName="Colour of the map", toolTip="What the colours of the dots stand for")
        self.colour_by.addItem("Colour by cluster", BY_CLUSTER)
        self.colour_by.addItem("Colour by state", BY_STATE)
        for score in SCORES:
            self.colour_by.addItem(f"Colour by {score.text.lower()}", score.column)
        self.colour_by.currentIndexChanged.connect(self._on_colour)
        self._method = ""
        self._words = QLabel()
        self._words.setProperty("role", "small")
        head = QHBoxLayout()
        head.addWidget(self.colour_by, 1)
        head.addWidget(self._words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.plot)
        for signal in (session.faces.states_changed, session.faces.clusters_changed):
            signal.connect(self._repaint)
        session.faces.reset.connect(self.clear)
        session.selection.changed.connect(self._repaint)
        session.faces.extended.connect(self._say)
        session.presentation.arranged.connect(self._on_arranged)
        theme.changed.connect(self._paint)

    def close_view(self) -> None:
        """Let go of the session."""
        for signal in (self._session.faces.states_changed, self._session.faces.clusters_changed):
            signal.disconnect(self._repaint)
        self._session.faces.reset.disconnect(self.clear)
        self._session.selection.changed.disconnect(self._repaint)
        self._session.faces.extended.disconnect(self._say)
        self._session.presentation.arranged.disconnect(self._on_arranged)

    def clear(self) -> None:
        """Show no dots."""
        self.show_points(np.zeros(0, dtype=np.int64), np.zeros((0, 2), dtype=np.float32), "")

    def show_points(self, indices: NDArray[np.int64], points: NDArray[np.float32], method: str) -> None:
        """Show the faces `indices` (n,) at `points` (n, 2), which `method` has laid out."""
        self._indices, self._points = indices, points
        self._method = method
        self._say()
        self._paint()
        self.plot.fit()

    def show_errors(self, errors: NDArray[np.float64]) -> None:
        """Offer to colour faces by how badly they are learned: (N,), NaN where unknown; empty where nothing is."""
        self._errors = errors
        place = self.colour_by.findData(BY_ERROR)
        if len(errors) and place < 0:
            self.colour_by.addItem("Colour by training error", BY_ERROR)
        elif not len(errors) and place >= 0:
            self.colour_by.removeItem(place)
        if self.colour_by.currentData() == BY_ERROR:
            self._on_colour()

    def colour(self, by: str) -> None:
        """Colour by a score, by cluster, by state or by error, where that is offered."""
        self.colour_by.setCurrentIndex(max(0, self.colour_by.findData(by)))

    @property
    def words(self) -> str:
        """How the faces were laid out, and how many came later and are not on the map."""
        return self._words.text()

    @property
    def shown(self) -> NDArray[np.int64]:
        """The faces that have a dot: those that pass the filters."""
        return self._indices[self._passing()]

    def _passing(self) -> NDArray[np.bool_]:
        rows = self._session.presentation.arrangement.rows
        # While another faceset comes on show, what is heard of first may still be of the former one.
        known = self._indices < min(len(rows), len(self._session.faces))
        passing = np.zeros(len(self._indices), dtype=bool)
        passing[known] = rows[self._indices[known]] >= 0
        return passing

    def _say(self, _first: int = 0) -> None:
        newer = len(self._session.faces) - len(self._indices)
        self._words.setText(f"{self._method}, {newer:,} not on it" if self._method and newer > 0 else self._method)
        self._words.setToolTip(_METHODS.get(self._method, ""))

    def _repaint(self, _news: object = None) -> None:
        self._paint()

    def _on_arranged(self, _arrangement: object) -> None:
        before = self._passed
        self._paint()
        if not np.array_equal(before, self._passed):
            self.plot.fit()

    def _on_colour(self, _place: int = 0) -> None:
        self._paint()
        self.errors_shown.emit(self._errors if self.colour_by.currentData() == BY_ERROR else np.zeros(0))

    def _paint(self) -> None:
        passing = self._passed = self._passing()
        indices = self._indices[passing]
        self.plot.show_dots(self._points[passing], self._colours(indices), self._session.selection.mask[indices])

    def _colours(self, indices: NDArray[np.int64]) -> Colours:
        """(n, 3) RGB."""
        columns, by = self._session.faces.columns, self.colour_by.currentData()
        if by == BY_STATE:
            return _rgb([self._theme.colour(_TOKENS[state]) for state in STATES])[columns.states[indices]]
        if by == BY_CLUSTER:
            clusters, hues = columns.clusters[indices], _rgb([QColor(hue) for hue in _HUES])
            none = _rgb([self._theme.colour("disabled")])
            return np.where((clusters >= 0)[:, None], hues[clusters % len(_HUES)], none)
        values = self._scores(by)
        known = np.sort(values[~np.isnan(values)])
        # By rank among all faces: filters change no colour, and outliers leave some for the rest.
        ranks = np.searchsorted(known, values[indices], side="right") / max(1, len(known))
        ground, full, none = _rgb(
            [self._theme.colour(token) for token in ("window", _SHADE[by == BY_ERROR], "disabled")]
        )
        shades = ground + (full.astype(np.float64) - ground) * (_FAINTEST + (1 - _FAINTEST) * ranks[:, None])
        return np.asarray(np.where(np.isnan(values[indices])[:, None], none, shades), dtype=np.uint8)

    def _scores(self, by: str) -> NDArray[np.floating]:
        """(N,) what the shades of the dots stand for."""
        columns = self._session.faces.columns
        if by != BY_ERROR:
            scores: NDArray[np.floating] = getattr(columns, BY_COLUMN[by].column)
            return scores
        # While another faceset comes on show, they may still be those of the former one.
        return self._errors if len(self._errors) == len(columns) else np.full(len(columns), np.nan)

    def _on_lasso(self, inside: NDArray[np.bool_], add: bool) -> None:
        self.lassoed.emit(self.shown[inside], add)


def _rgb(colours: list[QColor]) -> Colours:
    return np.array([(colour.red(), colour.green(), colour.blue()) for colour in colours], dtype=np.uint8)
