"""An export in the making: until it is whole and signed, what shows people lies in the project."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from studio.conversion.parts import parts_of
from studio.core.errors import RunError
from studio.core.files import link_or_copy, move_whole, put_back, remove, remove_parts, storage_errors, whole_folder
from studio.core.project import Project
from studio.core.reporter import Reporter
from studio.provenance.claim import Claim
from studio.provenance.credentials import Signing, sidecar_of, sign


class Unfinished:
    """The place of an export until it stands under its name; see `unfinished`.

    It lies in the project and not beside the export: what a killed one leaves shows people, and must be found when one
    of them withdraws consent.

    Attributes:
        out: the export.
        unsigned, signed: what it is until then, a file or a folder of frames. Stretches lie beside `unsigned`.
    """

    def __init__(self, project: Project, out: Path) -> None:
        self.out = out
        # Resolved, so that one export has one place by whatever way it is named.
        self._folder = project.unfinished / hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:16]
        self.unsigned = self._folder / "unsigned" / out.name
        self.signed = self._folder / "signed" / out.name

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only one who makes this export.

        Raises:
            RunError: another process makes it.
            StorageError: the project can't be written.
        """
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise RunError(
                f"{self.out} is being written by another export.",
                hint="Wait until it is done, stop it (studio runs DIR), or name another file with --out.",
                code="run.exporting",
            ) from error
        try:
            yield
        finally:
            lock.release()

    def tidy(self) -> None:
        """Remove what an earlier start left, here and beside the export; stretches stay."""
        for whole in (self.unsigned, self.signed):
            put_back(whole, self.out)
        if not parts_of(self.unsigned).is_dir():
            remove(self._folder)
        remove(self.unsigned)
        remove(self.signed.parent)
        remove_parts(self.unsigned.parent)
        for path in (self.out, sidecar_of(self.out)):
            remove_parts(path.parent, path.name)

    def sign(self, claim: Claim, reporter: Reporter) -> None:
        """Sign what is unsigned; of a folder of frames each frame by itself, as each may be passed on.

        Raises:
            MediaError, CredentialsError, StorageError: as `credentials.sign`.
            Stopped: the user asked for it.
        """
        if self.unsigned.is_dir():
            self._sign_frames(claim, reporter)
        else:
            sign(self.unsigned, self.signed, claim)
        # The stretches are enough to make it again.
        remove(self.unsigned)

    def _sign_frames(self, claim: Claim, reporter: Reporter) -> None:
        files = sorted(self.unsigned.iterdir())
        signing = Signing(claim)
        with whole_folder(self.signed) as part:
            for done, file in enumerate(files, start=1):
                reporter.check()
                if file.suffix == ".png":
                    signing.sign(file, part / file.name)
                else:
                    link_or_copy(file, part / file.name)
                reporter.progress("sign", done, len(files))

    def publish(self, whole: Path) -> None:
        """Give `whole`, which is `signed` or `unsigned`, the export's name, with what credentials lie beside it.

        Raises:
            StorageError: the disk is full, or something else has that name or it can't be written.
        """
        if sidecar_of(whole).is_file():
            move_whole(sidecar_of(whole), sidecar_of(self.out))
        else:
            sidecar_of(self.out).unlink(missing_ok=True)
        move_whole(whole, self.out)

    def done(self) -> None:
        """Throw all away, as the export stands under its name."""
        remove(self._folder)


@contextmanager
def unfinished(project: Project, out: Path) -> Iterator[Unfinished]:
    """The place of the export `out`, for one process at a time; whatever happens, only its stretches are left in it.

    Raises:
        RunError: another process makes it.
        StorageError: the project, or the export's folder, can't be written.
    """
    place = Unfinished(project, out)
    with place.held():
        with storage_errors(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            if not os.access(out.parent, os.W_OK):
                # Now, and not after hours.
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(out.parent))
            place.tidy()
        try:
            yield place
        finally:
            place.tidy()
