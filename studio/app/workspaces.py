"""The five steps of the pipeline and how far a project is in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from studio.app.runs import RunRow
from studio.app.studio import IdentityRow


class Workspace(NamedTuple):
    """One step of the pipeline.

    Attributes:
        ready: whether its panel is built; until then `meanwhile` names the command that does it.
    """

    id: str
    text: str
    picture: str
    promise: str
    ready: bool
    meanwhile: str


WORKSPACES = (
    Workspace("facesets", "Facesets", "mdi6.view-grid-outline", "Collect and prune the faces of each person.",
              True, ""),
    Workspace("training", "Training", "mdi6.chart-line",
              "Train the swap and watch it: losses, previews, checkpoints.", True, ""),
    Workspace("preview", "Blending", "mdi6.compare",
              "Here blending is tuned on the driver's video and labelled exports are made.", False,
              "studio convert DIR VIDEO --run RUN --to NAME"),
    Workspace("detection", "Detection", "mdi6.shield-search",
              "Here detectors score videos over time.", False, "studio detect DIR VIDEO"),
    Workspace("studies", "Studies", "mdi6.table-large",
              "Here detectors are fine-tuned and evaluated in identity-exclusive folds.", False,
              "studio detector train DIR --kind sbi"),
)  # fmt: skip


_WORDS = {
    "training": ("run", "runs", "No run yet"),
    "preview": ("export", "exports", "No export yet"),
    "detection": ("scoring", "scorings", "Nothing scored yet"),
    "studies": ("detector trained", "detectors trained", "No detector yet"),
}


def state_of(workspace: Workspace, people: Sequence[IdentityRow], runs: Sequence[RunRow]) -> str:
    """How far the project is in a workspace, in a few words."""
    if workspace.id == "facesets":
        faces = sum(row.used for row in people)
        if not people:
            return "No identity yet"
        return f"{len(people)} {'identity' if len(people) == 1 else 'identities'}, {faces:,} faces"
    kinds = {"training": ("train",), "preview": ("convert",), "detection": ("detect",), "studies": ("detector",)}
    mine = [run for run in runs if run.kind in kinds[workspace.id]]
    for run in mine:
        if run.live:
            share = f" {run.fraction:.0%}" if run.fraction is not None else ""
            return f"{run.state.capitalize()}{share}"
    done = sum(run.state == "done" for run in mine)
    one, more, none = _WORDS[workspace.id]
    return none if not done else f"1 {one}" if done == 1 else f"{done} {more}"
