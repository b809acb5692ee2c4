"""Whom a training trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.core.project import Project
from studio.core.records import Identity


def trained_people(project: Project, config: Mapping[str, Any]) -> tuple[Identity, Identity]:
    """The identities A and B of a training by its configuration, as they are now: renamed, or merged into others.

    Raises:
        IdentityError: one of them was deleted.
    """
    a, b = config.get("people") or (None, None)
    identities = project.store.identities
    # Runs of earlier releases know the names alone.
    return (
        identities.get(str(config["a"])) if a is None else identities.present(int(a)),
        identities.get(str(config["b"])) if b is None else identities.present(int(b)),
    )
