"""What the panel shows where there are no faces to show, and why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from studio.app.studio import Studio
from studio.core.records import Identity
from studio.ui.actions import Actions

if TYPE_CHECKING:
    from studio.ui.panels.facesets.panel import FacesetsPanel


class Emptiness:
    """Chooses between the desk and a sentence that says what is missing and what to do."""

    def __init__(self, panel: FacesetsPanel, studio: Studio, actions: Actions) -> None:
        self._panel = panel
        self._studio = studio
        self._actions = actions
        self._shown: tuple[object, ...] = ()
        actions.bind("facesets.add_identity", panel.begin_adding, panel)
        for signal in (panel.session.faces.extended, panel.session.faces.states_changed):
            signal.connect(self._on_faces)
        # The first faces of an extraction come as another faceset.
        panel.session.faces.reset.connect(self._on_faces)
        panel.session.loaded.connect(self.look)
        studio.people_changed.connect(self._on_faces)
        studio.runs.changed.connect(self._on_faces)
        actions["view.jobs"].toggled.connect(self._on_faces)

    def allowed(self, identity: Identity) -> bool:
        """Whether pictures of `identity` may be shown: their record holds."""
        return identity.holds(date.today())

    def look(self) -> None:
        """Show what is to be shown now; where that is on show already, nothing is touched: it has the keys."""
        page = self._panel.form if self._panel.adding else self._missing() or self._panel.desk
        if page is not self._panel.stack.currentWidget():
            self._panel.stack.setCurrentWidget(page)

    def _missing(self) -> QWidget | None:
        """The page that says what is missing; None where nothing is."""
        identity = self._panel.session.identity
        if self._studio.project is None:
            self._say("mdi6.folder-open-outline", "Open a project to see its facesets.", action="project.open")
        elif identity is None:
            self._say(
                "mdi6.account-plus-outline", "Add the person whose faces you want to collect.",
                "Each identity rests on a consent record.", "facesets.add_identity",
            )  # fmt: skip
        elif not self.allowed(identity):
            what = "was revoked" if identity.revoked else f"expired on {identity.expires}"
            self._say(
                "mdi6.shield-off-outline", f"The consent record of {identity.name} {what}.",
                "So no picture of this face is shown, and nothing is extracted, trained or exported with it. Once "
                "there is consent again, add the identity anew under its name: its faces come back.",
                "facesets.add_identity",
            )  # fmt: skip
        elif not self._panel.session.ready:
            self._say("mdi6.progress-clock", f"Loading the faceset of {identity.name}…")
        elif len(self._panel.session.faces) == 0:
            self._say_no_face(identity)
        else:
            return None
        return self._panel.empty

    def _say_no_face(self, identity: Identity) -> None:
        run = self._panel.people.list.people.extraction_of(identity.id)
        later = "It goes on when the window is closed. Jobs shows how far it is; there it can be paused and stopped."
        # Where they are in view already, the action would hide them.
        jobs = "" if self._actions["view.jobs"].isChecked() else "view.jobs"
        if run is None:
            self._say(
                "mdi6.face-recognition", f"No face of {identity.name} yet.",
                "Drop videos, pictures or folders here. Long videos of one person under many lights and poses make "
                "the best facesets.", "facesets.extract",
            )  # fmt: skip
        elif run.state == "queued":
            words = f"The extraction of {identity.name} waits until another job is done."
            self._say("mdi6.clock-outline", words, later, jobs)
        elif run.state == "paused":
            words = f"The extraction of {identity.name} is paused. Go on with it in Jobs."
            self._say("mdi6.pause", words, "What it has found so far is kept.", jobs)
        else:
            self._say(
                "mdi6.face-recognition", f"Extracting faces of {identity.name}…",
                f"The first ones appear here in a moment. {later}", jobs,
            )  # fmt: skip

    def _say(self, picture: str, sentence: str, hint: str = "", action: str = "") -> None:
        said = (picture, sentence, hint, action)
        if said != self._shown:
            self._shown = said
            self._panel.empty.say(picture, sentence, hint, self._actions[action] if action else None)

    def _on_faces(self, _news: object = None) -> None:
        self.look()
