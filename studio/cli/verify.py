"""`studio verify`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.cli.output import Output
from studio.core.errors import MediaError
from studio.core.project import Project
from studio.provenance.credentials import verify as read_credentials
from studio.provenance.recognise import Recognised, project_around, recognise
from studio.provenance.verification import Verification


def verify(file: Path, /, *, project: Path | None = None) -> Output:
    """Show what a file's content credentials say, and how far they can be relied on.

    In a project also, whether the file is a copy of one of its exports: that is known by the look of its frames, even
    where the credentials were stripped.

    Parameters
    ----------
    file
        A video or image.
    project
        The project whose exports it is compared with; where not given, the one the file lies in.
    """
    found = read_credentials(file)
    folder = project or project_around(file)
    known, unseen = _compared(folder, file) if folder is not None else (None, None)
    lines = [f"{file}: {found.state}. {found.wording[:1].upper()}{found.wording[1:]}.", *_facts(found)]
    if known is not None:
        lines.append(f"  {known.wording}")
    elif unseen is not None:
        lines.append(f"  Its pictures can't be compared with this project's exports: {unseen}")
    elif folder is not None:
        lines.append("  No export of this project looks like it.")
    return Output(
        {
            **asdict(found),
            "identities": list(found.identities),
            "squeeze_words": found.squeeze_words,
            "file": str(file),
            "copy_of": _plain(known),
            "not_compared": unseen,
        },
        lines,
    )


def _compared(folder: Path, file: Path) -> tuple[Recognised | None, str | None]:
    """The export a file is a copy of, if of any; and if its pictures can't be read, why.

    Damage is what `verify` is asked about: it never keeps what the credentials say from being told.
    """
    with Project(folder) as project:
        try:
            return recognise(project, file), None
        except MediaError as error:
            return None, error.message


def _facts(found: Verification) -> list[str]:
    facts = {
        "Source type": found.digital_source_type,
        "Identities": ", ".join(found.identities),
        "Driver": found.driver,
        "Squeeze": found.squeeze_words,
        "Model": found.model,
        "Label": found.label or (f"none: {found.no_label_reason}" if found.no_label_reason else None),
        "Scope": found.scope,
        "Rule": found.rule,
        "Made with": found.software,
    }
    return [f"  {name}: {value}" for name, value in facts.items() if value]


def _plain(known: Recognised | None) -> dict[str, Any] | None:
    if known is None:
        return None
    return {
        "export": known.export.path,
        "driver_video": known.export.driver_video,
        "run": known.export.run,
        "created": known.export.created,
        "frames": known.likeness.frames,
        "known": known.likeness.known,
        "bits": known.likeness.bits,
    }
