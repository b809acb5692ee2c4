"""`studio clean`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from studio.cli.output import Output
from studio.core.project import Project
from studio.faceset.clean import CLEANED, Cleaning, CleanSettings, apply, propose

_COLUMNS = ("score", "lowest", "5 %", "25 %", "median", "75 %", "95 %", "highest")


def clean(
    folder: Path,
    name: str,
    /,
    *,
    settings: Annotated[CleanSettings, Parameter(name="*")] = CleanSettings(),  # noqa: B008 - frozen
    apply_: Annotated[bool, Parameter(name="--apply", negative=())] = False,
) -> Output:
    """Propose which faces to reject, and with --apply reject them as one entry that undo takes back.

    Parameters
    ----------
    folder
        The project.
    name
        The person.
    apply_
        Make the rejections.
    """
    with Project(folder) as project:
        identity = project.store.identities.get(name)
        proposal = propose(project, identity, settings)
        entry = apply(project, identity, proposal) if apply_ else None
    data = {
        "rejected": {reason: len(ids) for reason, ids in proposal.rejected.items()},
        "kept": proposal.kept,
        "applied": entry is not None,
        "distributions": {score: list(values) for score, values in proposal.distributions.items()},
        "clusters": {str(cluster): count for cluster, count in proposal.clusters.items()},
        "kept_clusters": sorted(proposal.kept_clusters),
    }
    return Output(data, _sentences(proposal, applied=entry is not None), _table(proposal))


def _sentences(proposal: Cleaning, *, applied: bool) -> list[str]:
    count = len(proposal)
    if not count:
        return [f"Nothing to reject; {proposal.kept} faces are kept. Set limits by these distributions:"]
    parts = ", ".join(
        f"{len(proposal.rejected[reason])} for {reason}" for reason in CLEANED if len(proposal.rejected[reason])
    )
    verb = "Rejected" if applied else "Would reject"
    lines = [f"{verb} {count} faces ({parts}); {proposal.kept} stay."]
    if proposal.kept_clusters:
        every = len(proposal.kept_clusters) == len(proposal.clusters)
        kept = "all" if every else ", ".join(str(cluster) for cluster in sorted(proposal.kept_clusters))
        lines.append(f"Clusters kept as the person of interest: {kept}.")
    lines.append("studio undo takes this back." if applied else "Nothing was changed; add --apply to do it.")
    return lines


def _table(proposal: Cleaning) -> list[tuple[str, ...]]:
    rows = [(score, *(f"{value:.3g}" for value in values)) for score, values in proposal.distributions.items()]
    return [_COLUMNS, *rows] if rows else []
