"""What can be done in the training panel: its part of the table of actions."""

from __future__ import annotations

from studio.app.actions import Action

PANEL = "panel.training"


def _action(name: str, text: str, tip: str, shortcut: str = "", icon: str = "", *, checkable: bool = False) -> Action:
    return Action(f"training.{name}", text, tip, shortcut, icon, "Training", checkable=checkable, context=PANEL)


TRAINING_ACTIONS: tuple[Action, ...] = (
    _action("new", "New training…", "Choose two identities, a preset and settings", "Ctrl+N",
            "mdi6.plus-circle-outline"),
    _action("pause", "Pause", "Have the training wait where it is; again, have it go on", "Ctrl+P", "mdi6.pause"),
    _action("stop", "Stop and save", "Have the training save a checkpoint and end; it can be resumed exactly", "",
            "mdi6.stop"),
    _action("resume", "Resume", "Go on from the newest checkpoint, exactly as if nothing had happened", "",
            "mdi6.play"),
    _action("save", "Save now", "Write a checkpoint of this step", "Ctrl+S", "mdi6.content-save-outline"),
    _action("preview", "Preview now", "Write a preview picture of this step", "P", "mdi6.image-refresh-outline"),
    _action("pin", "Pin faces", "Show the faces that are selected in the facesets panel in every preview from now on",
            "", "mdi6.pin-outline"),
    _action("latest", "Take latest faceset",
            "Train on the faces that are kept now; recorded, so that resuming stays exact", "",
            "mdi6.account-sync-outline"),
    _action("fork", "Fork…", "Begin a new run with a copy of one of these checkpoints", "", "mdi6.source-fork"),
    _action("worst", "Worst faces", "Go to the facesets panel with the faces that are learned worst first", "",
            "mdi6.emoticon-sad-outline"),
    _action("log", "Log scale", "Show losses on a logarithmic scale", "L", "mdi6.math-log", checkable=True),
    _action("fit", "Show all steps", "Show the whole run again", "0", "mdi6.arrow-expand-horizontal"),
    _action("beside", "Compare two moments", "Show another moment's preview beside this one", "C", "mdi6.compare",
            checkable=True),
)  # fmt: skip
