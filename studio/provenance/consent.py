"""Consent records: adding, asking, revoking, and what rests on them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from studio.core.errors import ConsentError, IdentityError, UsageError
from studio.core.files import parts_in, sha256, whole_file
from studio.core.project import Project, check_name
from studio.core.records import Basis, Identity, Scope
from studio.core.runs import all_runs

STANDING_RULE = "no sexual content, no impersonation"


def add_record(
    project: Project,
    name: str,
    basis: Basis,
    note: str,
    *,
    scope: Scope = Scope.RESEARCH,
    document: Path | None = None,
    expires: date | None = None,
) -> Identity:
    """Record why the face of `name` may be used; an identity whose record no longer holds gets a new one.

    Raises:
        IdentityError: the name can't be used, or a record for it holds already.
        UsageError: the note is empty or the document can't be read.
    """
    check_name(name)
    if not note.strip():
        raise UsageError(
            "A consent record needs a note.",
            hint="Say in a sentence who agreed to what, with --note.",
            code="consent.note",
        )
    # SQLite folds the case of ASCII alone, and folders of some systems that of all letters.
    names = {identity.name.casefold(): identity for identity in project.store.identities.all()}
    known = names.get(name.casefold())
    name = known.name if known else name
    if known is not None and known.holds(date.today()):
        raise IdentityError(
            f"The identity {name!r} exists and its record holds.",
            hint="Revoke it first to replace its record.",
            code="identity.exists",
        )
    kept = _keep_document(project, name, document) if document else None
    return project.store.identities.add(name, basis, scope, note.strip(), kept, expires)


def require(identity: Identity, purpose: str) -> None:
    """Refuse `purpose` ("extract", "train", "export") unless the identity's record holds today.

    Raises:
        ConsentError: the record was revoked or has expired.
    """
    if identity.holds(date.today()):
        return
    what = f"was revoked on {identity.revoked}" if identity.revoked else f"expired on {identity.expires}"
    raise ConsentError(
        f"The consent record of {identity.name!r} {what}: {purpose} is not allowed.",
        hint=f"Once there is consent again: studio identity add DIR {identity.name!r} --basis ... --note ...",
        code="consent.revoked" if identity.revoked else "consent.expired",
    )


def revoke(project: Project, identity: Identity) -> list[Path]:
    """Withdraw every record of `identity`; returns the files that rest on them, as `derived_files`: they stay."""
    project.store.identities.revoke(identity)
    return derived_files(project, identity)


def derived_files(project: Project, identity: Identity) -> list[Path]:
    """Every file that rests, or may rest, on the identity's face: faceset, runs, exports, analyses, detectors, report.

    Exports in the making are among them, with the hidden files that a killed one leaves, also where it was being copied
    to another disk. Paths are relative to the project where they lie in it. Which analyses, unfinished exports,
    detectors and reports show a person is not recorded: all of them are named once there is a faceset.
    """
    people = [identity, *project.store.identities.merged(identity)]
    folders = [project.faceset_folder(person) for person in people]
    if any(project.store.faces.count(person) for person in people):
        folders += [project.analyses, project.unfinished, project.detectors, project.folder / "report"]
    names = {name.casefold() for name in project.store.identities.names(identity)}
    for run in all_runs(project.runs):
        if not names.isdisjoint(str(value).casefold() for value in run.config.values() if isinstance(value, str)):
            folders.append(run.folder)
    files = [
        path for folder in folders for path in sorted(folder.rglob("*")) if _counts(path, folder == project.unfinished)
    ]
    exports = [project.folder / export.path for person in people for export in project.store.exports.of(person)]
    left = [part for path in exports for part in parts_in(path.parent, path.name)]
    known = dict.fromkeys([*files, *(path for path in exports if path.exists()), *left])
    return [path.relative_to(project.folder) if path.is_relative_to(project.folder) else path for path in known]


def _counts(path: Path, hidden: bool) -> bool:
    return path.is_file() and (hidden or not path.name.startswith(".")) and not path.name.endswith(".lock")


def _keep_document(project: Project, name: str, document: Path) -> tuple[str, str]:
    if not document.is_file():
        raise UsageError(
            f"The consent document {document} does not exist.",
            hint="Name a file that can be read.",
            code="consent.document",
        )
    digest = sha256(document)
    kept = project.folder / "consent" / f"{name}-{digest[:12]}{document.suffix}"
    with whole_file(kept) as part:
        shutil.copyfile(document, part)
    return kept.relative_to(project.folder).as_posix(), digest
