"""Content credentials (C2PA): signing an export, and verifying any file.

Any later remux strips credentials, so signing comes last. A file whose container can't carry them (Matroska, WebM) gets
them in a file beside it, `<name>.c2pa`.
"""

from __future__ import annotations

import io
import json
import mmap
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import c2pa

from studio.core.errors import CredentialsError, MediaError, StorageError
from studio.core.files import sha256, whole_file, write_bytes
from studio.provenance.certificate import signing_identity
from studio.provenance.claim import SOURCE_TYPE, Claim, Person
from studio.provenance.trust import Anchors, anchors
from studio.provenance.verification import (
    CHANGED,
    EXPIRED,
    SIGNED_ELSEWHERE,
    SIGNED_HERE,
    TRUSTED,
    State,
    Verification,
    describe,
    failures,
    unreadable,
    without_credentials,
)
from studio.video.media import read_image
from studio.video.probe import probe

__all__ = ["SOURCE_TYPE", "Claim", "Person", "Signing", "State", "Verification", "sidecar_of", "sign", "verify"]

_EMBEDS = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/x-msvideo",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".ppm", ".pgm")
_ANY_BYTES = "application/octet-stream"
# How the driver is called among the ingredients of a builder.
_DRIVER = "driver"
_STORE_BOX = b"jumdc2pa"
_OFFLINE = {"remote_manifest_fetch": False, "ocsp_fetch": False}
_NO_SPACE = 1 << 20


@dataclass(frozen=True)
class _Reading:
    """A manifest store as C2PA's own library judged it."""

    state: str
    store: dict[str, Any]
    sidecar: bool


def sidecar_of(path: Path) -> Path:
    """Where the credentials of a file lie whose container can't carry them."""
    return path.with_name(f"{path.name}.c2pa")


class Signing:
    """Writes one claim into files; the driver's video is read once, however many they are.

    Raises:
        MediaError: the driver is missing.
    """

    def __init__(self, claim: Claim) -> None:
        _require_file(claim.driver)
        self._claim = claim
        self._identity = signing_identity()
        self._driver_sha256 = sha256(claim.driver)

    def sign(self, unsigned: Path, out: Path) -> Path:
        """As `sign`."""
        _require_file(unsigned)
        mime_type = _EMBEDS.get(out.suffix.lower())
        with whole_file(out) as part, _signing_errors(out, unsigned), ExitStack() as stack:
            builder = stack.enter_context(self._builder(mime_type or _ANY_BYTES))
            if mime_type is None:
                builder.set_no_embed()
            builder.add_ingredient_from_archive(io.BytesIO(self._parent))
            info = c2pa.C2paSignerInfo(b"es256", self._identity.chain, self._identity.key, None)
            signer = stack.enter_context(c2pa.Signer.from_info(info))
            source, target = stack.enter_context(unsigned.open("rb")), stack.enter_context(part.open("w+b"))
            store = builder.sign(signer, mime_type or _ANY_BYTES, source, target)
            if mime_type is None:
                write_bytes(sidecar_of(out), store)
        if mime_type is None:
            return sidecar_of(out)
        sidecar_of(out).unlink(missing_ok=True)
        return out

    @cached_property
    def _parent(self) -> bytes:
        """The driver's video as C2PA's archive of an ingredient: its title, and the credentials it has itself."""
        driver, archive = self._claim.driver, io.BytesIO()
        ingredient = {"title": driver.name, "relationship": "parentOf", "label": _DRIVER}
        with self._builder(_ANY_BYTES) as builder, driver.open("rb") as file:
            builder.add_ingredient(ingredient, _EMBEDS.get(driver.suffix.lower(), _ANY_BYTES), file)
            builder.write_ingredient_archive(_DRIVER, archive)
        return archive.getvalue()

    @contextmanager
    def _builder(self, mime_type: str) -> Iterator[c2pa.Builder]:
        settings = {"builder": {"thumbnail": {"enabled": False}}}
        manifest = self._claim.manifest(mime_type, self._driver_sha256)
        with c2pa.Context.from_dict(settings) as context, c2pa.Builder(manifest, context=context) as builder:
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            yield builder


def sign(unsigned: Path, out: Path, claim: Claim) -> Path:
    """Write `unsigned` with credentials to `out`, whole or not at all; `unsigned` stays.

    Returns:
        The file that holds the credentials: `out`, or the sidecar beside it.

    Raises:
        MediaError: `unsigned` or the driver is missing.
        CredentialsError: signing failed; no `out` is left and an older one is untouched.
        StorageError: the disk is full or `out` can't be written.
    """
    return Signing(claim).sign(unsigned, out)


def verify(path: Path, *, trust: bool = True) -> Verification:
    """Read a file's credentials and say how far they can be relied on. Works offline.

    Args:
        path: a video or image; credentials inside it come before a sidecar's.
        trust: use the anchors in the user's trust folder; without, nothing is ever `trusted`.

    Raises:
        MediaError: the file is missing, empty or neither video nor image.
        CredentialsError: a file in the trust folder is no certificate.
    """
    path = Path(path)
    _check_file(path)
    known = anchors(trust=trust)
    try:
        reading = _read(path, known.all)
    except c2pa.C2paError:
        return unreadable()
    except OSError as error:
        raise MediaError(
            f"{path} can't be read: {error.strerror}.", hint="Check its permissions.", code="media.unreadable"
        ) from error
    if reading is None:
        return without_credentials()
    state, wording = _judge(path, reading, known)
    return describe(reading.store, state, wording, sidecar=reading.sidecar)


def _judge(path: Path, reading: _Reading, known: Anchors) -> tuple[State, str]:
    if reading.state == "Trusted":
        if known.trusted and _leads_to(path, known.trusted):
            return State.TRUSTED, TRUSTED
        return State.VALID, SIGNED_HERE
    if reading.state == "Valid":
        return State.VALID, SIGNED_ELSEWHERE
    expired = set(failures(reading.store)) == {"signingCredential.expired"}
    return State.INVALID, EXPIRED if expired else CHANGED


def _leads_to(path: Path, pem: str) -> bool:
    reading = _read(path, pem)
    return reading is not None and reading.state == "Trusted"


def _read(path: Path, pem: str) -> _Reading | None:
    """Read the credentials in or beside a file.

    Raises:
        c2pa.C2paError: there are credentials, and they can't be read.
        MediaError: there are none, and the file is no media.
    """
    settings: dict[str, Any] = {"verify": _OFFLINE}
    if pem:
        settings["trust"] = {"user_anchors": pem}
    with c2pa.Context.from_dict(settings) as context:
        embedded = _read_embedded(path, context)
        if embedded is not None or not sidecar_of(path).is_file():
            return embedded
        with path.open("rb") as media:
            store = sidecar_of(path).read_bytes()
            with c2pa.Reader(_ANY_BYTES, media, store, context=context) as reader:
                return _Reading(reader.get_validation_state() or "", json.loads(reader.json()), sidecar=True)


def _read_embedded(path: Path, context: c2pa.Context) -> _Reading | None:
    # An unknown suffix leaves the format to be found from the bytes.
    mime_type = _EMBEDS.get(path.suffix.lower(), "")
    try:
        with path.open("rb") as media:
            reader = c2pa.Reader.try_create(mime_type, media, context=context)
            if reader is not None:
                with reader:
                    return _Reading(reader.get_validation_state() or "", json.loads(reader.json()), sidecar=False)
    except c2pa.C2paError:
        if _has_store(path):
            raise
        if not sidecar_of(path).is_file():
            _check_media(path)
        return None
    if _has_store(path):
        raise c2pa.C2paError("the container does not lead to its manifest store")
    return None


def _has_store(path: Path) -> bool:
    """Whether the bytes hold a C2PA store, even where damage keeps a parser from reaching it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(_STORE_BOX) >= 0


def _check_file(path: Path) -> None:
    if not path.exists():
        raise MediaError(f"There is no file {path}.", hint="Check the spelling of the path.", code="media.missing")
    if not path.is_file():
        raise MediaError(f"{path} is not a file.", hint="Name a video or an image.", code="media.unreadable")
    if path.stat().st_size == 0:
        raise MediaError(f"{path} is empty.", hint="Copy or download the file again.", code="media.empty")


def _check_media(path: Path) -> None:
    if path.suffix.lower() in _PICTURES:
        read_image(path)
    else:
        probe(path)


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise MediaError(f"There is no file {path}.", hint="It was moved or deleted.", code="media.missing")


@contextmanager
def _signing_errors(out: Path, unsigned: Path) -> Iterator[None]:
    """Turn what the signing library says into our errors; it swallows the disk's own words."""
    try:
        yield
    except c2pa.C2paError as error:
        if shutil.disk_usage(out.parent).free < unsigned.stat().st_size + _NO_SPACE:
            raise StorageError(
                f"The disk that holds {out} is full.",
                hint="Free some space and run the command again.",
                code="storage.full",
            ) from error
        raise CredentialsError(
            f"Content credentials could not be written into {out}: {error}.",
            hint="The export was not made, so that no unsigned copy is left. Check that the file is a whole video.",
            code="credentials.signing",
        ) from error
