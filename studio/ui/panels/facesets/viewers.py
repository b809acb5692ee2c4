"""Closer looks at faces: the loupe, comparing, the source frame, correcting by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from studio.app.faceset.closeup import CloseUp, Source, read_closeup, read_source
from studio.app.faceset.correcting import Draft
from studio.app.faceset.faces import Indices
from studio.app.studio import Studio
from studio.core.project import Project
from studio.core.records import Identity
from studio.core.store.journal import Entry
from studio.faceset.corrections import correct, withdraw
from studio.ui.panels.facesets.comparison import MOST, Comparison
from studio.ui.panels.facesets.correction_editor import CorrectionEditor
from studio.ui.panels.facesets.face_view import FaceView, SourceView
from studio.ui.theme import Theme
from studio.ui.widgets.back_button import BackButton

if TYPE_CHECKING:
    from studio.ui.panels.facesets.panel import FacesetsPanel

T = TypeVar("T")
_NO_FACE = "Choose a face first."


class Viewers(QObject):
    """Shows closer looks in the place of the grid; Escape goes back to it.

    Loupe and source frame follow the current face, so that marks are given to what one sees; in a comparison the keys
    act on the face that has the focus ring.
    """

    def __init__(self, panel: FacesetsPanel, studio: Studio, theme: Theme) -> None:
        super().__init__(panel)
        self._panel = panel
        self._studio = studio
        self._session = panel.session
        self.face = FaceView(theme, "Full face")
        self.source_view = SourceView(theme)
        self.comparison = Comparison(theme)
        self.editor = CorrectionEditor(theme)
        self._page: QWidget | None = None
        self._former: QWidget | None = None
        self._compared: Indices | None = None
        self._closeup: CloseUp | None = None
        # The loupe's key is down; the loupe is held open by it.
        self._down = self._held = False
        self._saving = False
        # How often something was asked for: an answer that comes too late is not shown.
        self._asked = 0
        panel.installEventFilter(self)
        for page in (self.face, self.source_view, self.comparison):
            page.installEventFilter(self)
            BackButton(page, theme, "Back to the grid").clicked.connect(self.close)
        self._connect()

    @property
    def pages(self) -> tuple[QWidget, ...]:
        """What is shown in the place of the grid."""
        return self.face, self.source_view, self.comparison, self.editor

    @property
    def comparing(self) -> bool:
        """Whether faces are being compared: a mark must not lead to another one."""
        return self._page is self.comparison

    def loupe(self) -> None:
        """Show the whole current face while the key is held; without a key until Escape."""
        if self._down:
            self._down = False
            self._hold()
        self._read_current(read_closeup, self._show_face)

    def compare(self) -> None:
        """Show two to four selected faces side by side."""
        chosen = self._session.selection.indices
        if not 2 <= len(chosen) <= MOST:
            self._studio.message.emit("Select two to four faces to compare.")
            return
        ids = self._session.faces.columns.ids[chosen].tolist()
        self._read(
            lambda project, identity: [read_closeup(project, identity, face) for face in ids],
            lambda closeups: self._show_comparison(chosen, closeups),
        )

    def source(self) -> None:
        """Show the frame the current face was found in."""
        self._read_current(read_source, self._show_source)

    def correct(self) -> None:
        """Correct the current face by hand."""
        self._read_current(read_closeup, self._edit)

    def close(self) -> None:
        """Go back to the grid."""
        self._asked += 1
        self._let_go()
        page, self._page = self._page, None
        compared, self._compared = self._compared, None
        if page is None:
            return
        focus = QApplication.focusWidget()
        inside = focus is None or focus is page or page.isAncestorOf(focus)
        self._panel.desk.show_grid()
        back = self._former if inside else focus
        if back is not None and isValid(back) and back.isVisible():
            back.setFocus()
        if compared is not None:
            self._session.selection.replace(compared)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close the loupe when its key comes up or the window goes to the back, and any page by Escape."""
        if isinstance(event, QKeyEvent) and not event.isAutoRepeat():
            if watched is self._panel and event.type() == QEvent.Type.ShortcutOverride:
                self._down = event.key() == Qt.Key.Key_W
            elif event.type() == QEvent.Type.KeyRelease and event.key() == Qt.Key.Key_W and self._held:
                self.close()
        elif self._held and event.type() == QEvent.Type.WindowDeactivate and watched is self._panel.window():
            # The key will come up elsewhere.
            self.close()
        if isinstance(event, QKeyEvent) and watched is self._page and watched is not self.editor:
            return self._take_key(event)
        return super().eventFilter(watched, event)

    def _take_key(self, event: QKeyEvent) -> bool:
        """Escape closes the page, whatever it means in the panel; left and right go on where nothing can be moved."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
            elif event.type() == QEvent.Type.KeyPress:
                self.close()
            return True
        following = self._page is self.source_view or self._page is self.face
        if following and event.type() == QEvent.Type.KeyPress and event.key() in steps and self._picture_fits():
            self._session.culling.move(steps[Qt.Key(event.key())])
            return True
        return False

    def _picture_fits(self) -> bool:
        return isinstance(self._page, FaceView | SourceView) and self._page.fits

    def _connect(self) -> None:
        session = self._session
        self.editor.closed.connect(self.close)
        self.editor.saved.connect(self._save)
        self.editor.reverted.connect(self._revert)
        self.comparison.chosen.connect(self._on_chosen)
        session.selection.current_changed.connect(self._follow)
        session.selection.changed.connect(self._on_selection)
        session.faces.states_changed.connect(self._describe)
        session.faces.corrected.connect(self._on_corrected)
        session.faces.reset.connect(self._on_reset)
        self._studio.rewound.connect(self._on_rewound)

    def _hold(self) -> None:
        self._held = True
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]

    def _open(self, page: QWidget) -> None:
        if self._page is None:
            self._former = QApplication.focusWidget()
        if page is not self.face:
            self._let_go()
        if page is not self.comparison:
            self._compared = None
        self._page = page
        self._panel.desk.show_page(page)
        page.setFocus()

    def _show_face(self, closeup: CloseUp) -> None:
        shown = self._session.faces.indices(np.array([closeup.face.id]))
        self._session.seen.note(shown)
        self.face.show_face(closeup, *map(self._caption, shown.tolist()))
        self._open(self.face)

    def _show_source(self, source: Source) -> None:
        self.source_view.show_source(source)
        self._open(self.source_view)

    def _show_comparison(self, chosen: Indices, closeups: Sequence[CloseUp]) -> None:
        self._session.seen.note(chosen)
        self._compared = chosen
        self.comparison.show_faces(closeups)
        self._open(self.comparison)
        self._describe()

    def _edit(self, closeup: CloseUp) -> None:
        if closeup.masks is None:
            self._studio.message.emit("The picture of this face is missing, so it can't be corrected.")
            return
        self._closeup = closeup
        self.editor.show_face(closeup)
        self._open(self.editor)

    def _save(self, draft: Draft) -> None:
        closeup = self._closeup
        assert closeup is not None
        made = draft.correction(closeup.landmarks)
        self._change(closeup, lambda project, identity: correct(project, identity, closeup.face.id, made))

    def _revert(self) -> None:
        closeup = self._closeup
        assert closeup is not None
        self._change(closeup, lambda project, identity: withdraw(project, identity, closeup.face.id))

    def _change(self, closeup: CloseUp, work: Callable[[Project, Identity], Entry | None]) -> None:
        """Make an edit of the face in the editor; a second press while it is at work would make another."""
        identity = self._session.identity
        assert identity is not None
        if self._saving:
            return
        self._saving = True

        def done(entry: Entry | None) -> None:
            self._saving = False
            if self._page is self.editor and self._closeup is closeup:
                self.close()
            if entry is not None:
                self._studio.message.emit(f"{entry.title}.")
            self._studio.rewound.emit()

        self._studio.edit(lambda project: work(project, identity), done)

    def _follow(self, index: int) -> None:
        if index >= 0 and self._page is self.face:
            self._read_current(read_closeup, self._show_face)
        elif index >= 0 and self._page is self.source_view:
            self.source()

    def _on_chosen(self, number: int) -> None:
        if self._page is self.comparison and self._compared is not None:
            index = int(self._compared[number])
            self._session.selection.replace(np.array([index]))
            self._session.selection.set_current(index)

    def _on_selection(self) -> None:
        """Keys must not act on faces that a comparison hides: where others are selected, it is over."""
        if self._compared is not None and not np.isin(self._session.selection.indices, self._compared).all():
            self._compared = None
            self.close()

    def _on_corrected(self, indices: Indices) -> None:
        """What is on show is another picture now: after an undo, or by somebody else."""
        ids = self._session.faces.columns.ids[indices]
        if self._page is self.editor and self._closeup is not None and self._closeup.face.id in ids:
            self.close()
            self._studio.message.emit("Another correction of this face is in use now, so the editor was closed.")
        else:
            self._follow(self._session.selection.current)

    def _on_reset(self) -> None:
        """Other faces are shown: every index is void."""
        self._compared = None
        self.close()

    def _on_rewound(self) -> None:
        self._saving = False

    def _describe(self, _indices: object = None) -> None:
        if self._page is self.face:
            self.face.say(self._caption(self._session.selection.current))
        elif self._page is self.comparison and self._compared is not None:
            self.comparison.describe([self._caption(int(index)) for index in self._compared])

    def _caption(self, index: int) -> str:
        return "   ".join(self._panel.desk.grid.describe(index)) if index >= 0 else ""

    def _read_current(self, read: Callable[[Project, Identity, int], T], show: Callable[[T], None]) -> None:
        index = self._session.selection.current
        if index < 0:
            self._studio.message.emit(_NO_FACE)
            return
        face = int(self._session.faces.columns.ids[index])
        self._read(lambda project, identity: read(project, identity, face), show)

    def _read(self, read: Callable[[Project, Identity], T], show: Callable[[T], None]) -> None:
        project, identity = self._studio.project, self._session.identity
        if project is None or identity is None:
            return
        self._asked += 1
        asked = self._asked

        def shown(found: T) -> None:
            if asked == self._asked:
                show(found)

        def failed(error: Exception) -> None:
            if asked == self._asked:
                self.close()
                self._studio.report(error)

        self._studio.background.run(lambda: read(project, identity), shown, failed)
