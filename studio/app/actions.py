"""The table of actions: menus, tool bars, the key sheet and the command palette all come from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WINDOW = "window"
# Menus as they stand in the menu bar; others come before the last one.
MENUS = ("Project", "Edit", "Identity", "Faceset", "Training", "View", "Help")


@dataclass(frozen=True)
class Action:
    """Something a person can do.

    Attributes:
        id: as `facesets.reject`.
        text: a verb and what it acts on; an ellipsis where something is asked first.
        tip: one sentence.
        shortcut: portable key text as `Ctrl+Shift+P`; empty where there is none.
        icon: name of an icon; empty where there is none.
        menu: path of its menu as `Faceset/Mark`; empty where it is in none.
        context: `WINDOW`, or the object name of the panel its shortcut works in.
    """

    id: str
    text: str
    tip: str
    shortcut: str = ""
    icon: str = ""
    menu: str = ""
    checkable: bool = False
    context: str = WINDOW

    @property
    def accessible_name(self) -> str:
        """What a screen reader says."""
        return self.text.rstrip("…")


class ActionTable:
    """Every action there is, by id; no two in one context share a shortcut."""

    def __init__(self, actions: Iterable[Action]) -> None:
        """Collect `actions`.

        Raises:
            ValueError: two have one id, or one shortcut where both can be reached.
        """
        self._actions: dict[str, Action] = {}
        taken: dict[str, list[Action]] = {}
        for action in actions:
            if action.id in self._actions:
                raise ValueError(f"Two actions are called {action.id!r}.")
            self._actions[action.id] = action
            if action.shortcut:
                for other in taken.setdefault(action.shortcut, []):
                    if WINDOW in (action.context, other.context) or action.context == other.context:
                        raise ValueError(f"{action.id!r} and {other.id!r} share the shortcut {action.shortcut!r}.")
                taken[action.shortcut].append(action)

    def __getitem__(self, action_id: str) -> Action:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def matching(self, words: str) -> list[Action]:
        """Actions whose text, tip or menu hold every word of `words`, those whose text begins with it first."""
        wanted = words.casefold().split()
        found = [
            action
            for action in self
            if all(word in f"{action.text} {action.tip} {action.menu}".casefold() for word in wanted)
        ]
        return sorted(found, key=lambda action: not action.text.casefold().startswith(words.casefold().strip()))


WINDOW_ACTIONS: tuple[Action, ...] = (
    Action("project.new", "New project…", "Make an empty project in a new folder", "Ctrl+Shift+N",
           "mdi6.folder-plus-outline", "Project"),
    Action("project.open", "Open project…", "Open a project folder", "Ctrl+O", "mdi6.folder-open-outline", "Project"),
    Action("project.sample", "Open sample project",
           "Open a project of two synthetic persons whose faces are extracted on first use", "",
           "mdi6.account-box-multiple-outline", "Project"),
    Action("project.close", "Close project", "Go back to the start screen; running jobs go on", "Ctrl+W",
           "mdi6.folder-off-outline", "Project"),
    Action("project.quit", "Quit", "Close the window; running jobs go on", "Ctrl+Q", "mdi6.exit-to-app", "Project"),
    Action("edit.undo", "Undo", "Take back the last edit", "Ctrl+Z", "mdi6.undo", "Edit"),
    Action("edit.redo", "Redo", "Make the edit undone last again", "Ctrl+Shift+Z", "mdi6.redo", "Edit"),
    Action("edit.history", "History", "Show the edits so far", "Ctrl+H", "mdi6.history", "Edit", checkable=True),
    Action("view.jobs", "Jobs", "Show running and finished jobs", "Ctrl+J", "mdi6.progress-clock", "View",
           checkable=True),
    Action("view.facesets", "Facesets", "Collect and prune faces", "Ctrl+1", "mdi6.view-grid-outline", "View"),
    Action("view.training", "Training", "Train the swap and watch it", "Ctrl+2", "mdi6.chart-line", "View"),
    Action("view.preview", "Blending", "Tune the blending and export", "Ctrl+3", "mdi6.compare", "View"),
    Action("view.detection", "Detection", "Run detectors on the results", "Ctrl+4", "mdi6.shield-search", "View"),
    Action("view.studies", "Studies", "Fine-tune and evaluate detectors in folds", "Ctrl+5",
           "mdi6.table-large", "View"),
    Action("view.origin", "Where did this come from?",
           "Read a file's content credentials, and find out whether it is a copy of an export", "Ctrl+Shift+O",
           "mdi6.fingerprint", "View", checkable=True),
    Action("view.settings", "Settings", "Theme, thumbnails and habits", "Ctrl+,", "mdi6.cog-outline", "View",
           checkable=True),
    Action("help.guide", "Guide", "Read how things are done, and what error codes mean", "F1", "mdi6.book-open-outline",
           "Help", checkable=True),
    Action("help.keys", "Key sheet", "Show every key that works here", "?", "mdi6.keyboard-outline", "Help"),
    Action("help.palette", "Command palette", "Find an action by its name", "Ctrl+K", "mdi6.magnify", "Help"),
)  # fmt: skip
