"""`studio verify`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from studio.cli.output import Output
from studio.provenance.credentials import verify as read_credentials


def verify(file: Path, /) -> Output:
    """Show what a file's content credentials say, and how far they can be relied on.

    Parameters
    ----------
    file
        A video or image.
    """
    found = read_credentials(file)
    lines = [f"{file}: {found.state}. {found.wording[:1].upper()}{found.wording[1:]}."]
    facts = {
        "Source type": found.digital_source_type,
        "Identities": ", ".join(found.identities),
        "Driver": found.driver,
        "Squeeze": f"{found.squeeze:g} px of the 512 px face ({found.squeeze_method})" if found.squeeze else None,
        "Model": found.model,
        "Label": found.label or (f"none: {found.no_label_reason}" if found.no_label_reason else None),
        "Scope": found.scope,
        "Rule": found.rule,
        "Made with": found.software,
    }
    lines += [f"  {name}: {value}" for name, value in facts.items() if value]
    return Output({**asdict(found), "identities": list(found.identities), "file": str(file)}, lines)
