"""What the panel shows where there are no faces to show, and why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

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
        actions.bind("facesets.add_identity", panel.begin_adding, panel)
        for signal in (panel.session.faces.extended, panel.session.faces.states_changed):
            signal.connect(self._on_faces)
        panel.session.loaded.connect(self.look)
        studio.people_changed.connect(self._on_faces)
        studio.runs.changed.connect(self._on_faces)

    def allowed(self, identity: Identity) -> bool:
        """Whether pictures of `identity` may be shown: their record holds."""
        return identity.holds(date.today())

    def look(self) -> None:
        """Show what is to be shown now."""
        panel, session = self._panel, self._panel.session
        say = panel.empty.say
        if panel.adding:
            panel.stack.setCurrentWidget(panel.form)
            return
        panel.stack.setCurrentWidget(panel.empty)
        identity = session.identity
        if self._studio.project is None:
            say("mdi6.folder-open-outline", "Open a project to see its facesets.", action=self._actions["project.open"])
        elif identity is None:
            say(
                "mdi6.account-plus-outline", "Add the person whose faces you want to collect.",
                "Each identity rests on a consent record.", self._actions["facesets.add_identity"],
            )  # fmt: skip
        elif not self.allowed(identity):
            what = "was revoked" if identity.revoked else f"expired on {identity.expires}"
            say(
                "mdi6.shield-off-outline", f"The consent record of {identity.name} {what}, so no picture is shown.",
                "Nothing is extracted, trained or exported with this face. Add a new record once there is consent.",
                self._actions["facesets.add_identity"],
            )  # fmt: skip
        elif not session.ready:
            say("mdi6.progress-clock", f"Loading the faceset of {identity.name}…")
        elif len(session.faces) == 0 and identity.name in panel.people.list.people.extractions:
            say(
                "mdi6.face-recognition", f"Extracting faces of {identity.name}; the first ones appear here in a moment."
            )
        elif len(session.faces) == 0:
            say(
                "mdi6.face-recognition", f"No face of {identity.name} yet. Drop videos, pictures or folders here.",
                "Long videos of one person under many lights and poses make the best facesets.",
                self._actions["facesets.extract"],
            )  # fmt: skip
        else:
            panel.stack.setCurrentWidget(panel.desk)

    def _on_faces(self, _news: object = None) -> None:
        self.look()
