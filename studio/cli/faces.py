"""`studio faces`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Literal

from studio.cli.output import Output
from studio.core.project import Project
from studio.core.records import STATES, USED, Face, FaceState

_STATES = {"kept": USED, "rejected": (FaceState.REJECTED,), "all": STATES}


def faces(folder: Path, name: str, /, *, state: Literal["kept", "rejected", "all"] = "kept") -> Output:
    """Show a faceset as rows.

    With --json: faces; a face that nobody has decided on has the state kept and is not marked.

    Parameters
    ----------
    folder
        The project.
    name
        The person.
    state
        Which faces; kept are all that are not rejected.
    """
    with Project(folder) as project:
        identity = project.store.identities.get(name)
        found = project.store.faces.of(identity, *_STATES[state])
    rows = [_row(face) for face in found]
    if not rows:
        return Output(
            {"faces": []}, [f"No faces. Extract some: studio extract {shlex.quote(str(folder))} {identity.name} VIDEO"]
        )
    keys = tuple(rows[0])
    return Output({"faces": rows}, rows=[keys, *([str(row[key]) for key in keys] for row in rows)])


def _row(face: Face) -> dict[str, Any]:
    return {
        "id": face.id,
        "source": face.source,
        "frame": face.frame,
        "time": round(face.time, 4),
        "blur": round(face.blur, 3),
        "yaw": round(face.yaw, 2),
        "pitch": round(face.pitch, 2),
        "roll": round(face.roll, 2),
        "size": round(face.size, 1),
        "cluster": face.cluster,
        "state": (FaceState.KEPT if face.used else face.state).value,
        "marked": face.state is not FaceState.UNMARKED,
    }
