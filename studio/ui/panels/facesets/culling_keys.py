"""What the actions of the facesets panel do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QActionGroup, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox

from studio.app.faceset.arrangement import Grouping
from studio.app.studio import Studio
from studio.core.records import FaceState
from studio.ui.actions import Actions
from studio.ui.theme import Theme

if TYPE_CHECKING:
    from studio.ui.panels.facesets.panel import FacesetsPanel

_ZOOM = 1.25
# One key may mean the proposal where there is one: then P excepts a face from it.
_Do = Callable[[], object]


class CullingKeys(QObject):
    """Binds the actions of the panel to the session, the advice and the views."""

    def __init__(self, panel: FacesetsPanel, studio: Studio, _theme: Theme, actions: Actions) -> None:
        super().__init__(panel)
        self._panel = panel
        self._studio = studio
        self._session = panel.session
        self._actions = actions
        # Off as one: which of them can be done otherwise is remembered.
        self._group = QActionGroup(self)
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        for bound in (self._marking(), self._selecting(), self._proposing(), self._clustering(), self._looking()):
            for name, do in bound.items():
                self._group.addAction(actions.bind(f"facesets.{name}", do, panel))
        for name in ("accept", "dismiss"):
            actions.enable(f"facesets.{name}", False, "Nothing is proposed.")
        panel.advice.ranked.connect(self._on_ranked)
        self._on_ranked()
        advance = actions["facesets.advance"]
        advance.setEnabled(True)
        advance.setChecked(studio.settings.auto_advance)
        advance.toggled.connect(lambda on: studio.user.change(auto_advance=on))
        studio.user.changed.connect(lambda settings: advance.setChecked(settings.auto_advance))
        panel.session.filters.changed.connect(self._on_filters)
        self._on_filters()
        # A held key would open it again after Escape.
        actions["facesets.loupe"].setAutoRepeat(False)
        panel.desk.grid.opened.connect(panel.viewers.loupe)
        panel.installEventFilter(self)

    def enable(self, possible: bool) -> None:
        """Whether there are faces on show that keys can act on; otherwise the keys mean what they mean elsewhere."""
        self._group.setEnabled(possible)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave Space to the button or list that has the focus: it is how one presses it without a mouse."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Space
            and isinstance(QApplication.focusWidget(), QAbstractButton | QComboBox)
        ):
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _marking(self) -> dict[str, _Do]:
        culling = self._session.culling
        return {
            "keep": self._keep,
            "reject": lambda: self._mark(FaceState.REJECTED),
            "unmark": lambda: self._mark(FaceState.UNMARKED),
            "pass": lambda: self._go_on(culling.pass_over),
            "unseen": lambda: self._go_on(culling.go_to_unseen),
        }

    def _selecting(self) -> dict[str, _Do]:
        return {
            "select_all": self._panel.desk.grid.selectAll,
            "select_none": self._session.selection.clear,
            "invert": self._invert,
            "select_cluster": self._select_cluster,
            "select_similar": self._panel.advice.select_similar,
        }

    def _proposing(self) -> dict[str, _Do]:
        advice, pending = self._panel.advice, self._session.pending
        return {
            "find_person": advice.find_person,
            "find_duplicates": advice.find_duplicates,
            "clean": advice.clean,
            "by_example": advice.by_example,
            "by_limits": advice.by_limits,
            "unlike": advice.reject_unlikely,
            "best": advice.best,
            "accept": pending.accept,
            "dismiss": pending.dismiss,
        }

    def _clustering(self) -> dict[str, _Do]:
        return {
            "cluster": self._cluster,
            "keep_cluster": lambda: self._mark_clusters(FaceState.KEPT),
            "reject_cluster": lambda: self._mark_clusters(FaceState.REJECTED),
            "merge_clusters": self._merge,
            "split_cluster": self._split,
            "umap": self._panel.advice.start_umap,
        }

    def _looking(self) -> dict[str, _Do]:
        grid, presentation = self._panel.desk.grid, self._session.presentation
        zoom = self._panel.desk.zoom
        return {
            "larger": lambda: zoom.setValue(round(grid.cell * _ZOOM)),
            "smaller": lambda: zoom.setValue(round(grid.cell / _ZOOM)),
            "toggle_section": self._toggle_section,
            "collapse_all": lambda: presentation.collapse_all(collapsed=True),
            "expand_all": lambda: presentation.collapse_all(collapsed=False),
            "clear_filters": self._session.filters.clear,
            "save_filters": self._panel.desk.save_filters,
            "saved_filters": self._panel.desk.show_saved_filters,
            "compare": self._panel.viewers.compare,
            "source": self._panel.viewers.source,
            "correct": self._panel.viewers.correct,
            "loupe": self._panel.viewers.loupe,
        }

    def _keep(self) -> None:
        targets = self._session.culling.targets()
        if self._session.pending and bool(self._session.pending.mask[targets].any()):
            self._session.pending.toggle(targets)
        else:
            self._mark(FaceState.KEPT)

    def _mark(self, state: FaceState) -> None:
        if len(self._session.culling.targets()):
            self._session.culling.mark(state, advance=not self._panel.viewers.comparing)
        else:
            self._studio.message.emit("Choose a face first.")

    def _go_on(self, go: Callable[[], bool]) -> None:
        if not go():
            self._studio.message.emit("Every face that is shown was seen.")

    def _invert(self) -> None:
        visible = self._session.presentation.arrangement.open_indices()
        mask = np.zeros_like(self._session.selection.mask)
        mask[visible] = ~self._session.selection.mask[visible]
        self._session.selection.replace(mask)

    def _select_cluster(self) -> None:
        clusters = self._panel.clusters.of(self._session.culling.targets())
        if len(clusters) == 0:
            self._studio.message.emit("Choose a face that is in a cluster first; Cluster faces makes them.")
            return
        members = self._panel.clusters.members(clusters)
        rows = self._session.presentation.arrangement.rows[members]
        self._session.selection.replace(members[rows >= 0])

    def _chosen_clusters(self) -> list[int]:
        """Those chosen in the strip where it has the keys, otherwise those of the selected faces."""
        strip = self._panel.desk.clusters.strip
        if strip.chosen and (strip.hasFocus() or not len(self._session.culling.targets())):
            return strip.chosen
        clusters: list[int] = self._panel.clusters.of(self._session.culling.targets()).tolist()
        return clusters

    def _mark_clusters(self, state: FaceState) -> None:
        clusters = self._chosen_clusters()
        if not clusters:
            self._studio.message.emit("Choose a cluster first: in the strip, or by a face of it.")
            return
        self._panel.clusters.mark(clusters, state)
        if self._panel.desk.clusters.strip.hasFocus():
            self._panel.desk.clusters.strip.advance()

    def _merge(self) -> None:
        clusters = self._chosen_clusters()
        if len(clusters) < 2:
            self._studio.message.emit("Choose two or more clusters first, with Ctrl or Shift in the strip.")
            return
        self._panel.desk.clusters.strip.choose([self._panel.clusters.merge(clusters)])

    def _cluster(self) -> None:
        k = self._panel.desk.clusters.count.value()
        self._panel.advice.cluster(k, lambda: self._session.presentation.group(Grouping.CLUSTER))

    def _split(self) -> None:
        clusters = self._chosen_clusters()
        if len(clusters) != 1:
            self._studio.message.emit("Choose one cluster to split: in the strip, or by a face of it.")
            return
        self._panel.advice.split(clusters[0], self._panel.desk.clusters.parts.value())

    def _toggle_section(self) -> None:
        arrangement, current = self._session.presentation.arrangement, self._session.selection.current
        if 0 <= current < len(arrangement.rows) and arrangement.rows[current] >= 0:
            number = arrangement.section_at(int(arrangement.rows[current]))
            self._session.presentation.toggle(arrangement.sections[number].key)

    def _on_ranked(self) -> None:
        ranking = self._panel.advice.ranking
        known = ranking is not None and not ranking.missing
        self._actions.enable("facesets.unlike", known, "Rank by example first.")

    def _on_filters(self, _news: object = None) -> None:
        filtered = bool(self._session.filters.value.chips({}))
        for name in ("clear_filters", "save_filters", "by_limits"):
            self._actions.enable(f"facesets.{name}", filtered, "No filter is in force.")
