"""What an export says of itself: the content of its credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import studio
from studio.core.errors import CredentialsError
from studio.core.framing import CENTRAL_SIZE
from studio.core.records import Basis, Identity, Scope
from studio.provenance.consent import STANDING_RULE

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
SWAP_ASSERTION = "org.faceswap-studio.swap"


@dataclass(frozen=True)
class Person:
    """A person an export shows, with what the credentials tell of the consent: never the note or the document.

    Attributes:
        role: "target" (whose face is shown) or "driver" (who moves).
    """

    name: str
    role: str
    basis: Basis
    scope: Scope

    @classmethod
    def of(cls, identity: Identity, role: str) -> Person:
        """The public part of `identity`'s record."""
        return cls(identity.name, role, identity.basis, identity.scope)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is signed into an export.

    Attributes:
        title: name of the export.
        driver: the driver's video, which becomes the parent ingredient; only its name and hash are written.
        persons: who is shown, the target first.
        model: SHA-256 of the checkpoint.
        facesets: SHA-256 of each faceset by identity name.
        squeeze: pixels of the 512 px aligned face; where `squeeze_keys` name moments (seconds, pixels) it goes evenly
            between these instead.
        swept: the squeezes side by side in a picture of a sweep, in place of one.
        squeeze_method: "erode" or "scale".
        squeeze_frame: the same squeeze in pixels of the driver's frame (median over the swapped frames); None if no
            frame was swapped.
        network_size: side of the network's output, which fills the central 410 px of the aligned face.
        label: the visible text; None if there is none, and then `no_label_reason` says why.
    """

    title: str
    driver: Path
    persons: tuple[Person, ...]
    model: str
    facesets: Mapping[str, str]
    squeeze: float
    squeeze_method: str
    squeeze_keys: tuple[tuple[float, float], ...] = ()
    swept: tuple[int, ...] = ()
    squeeze_frame: float | None = None
    network_size: int = 256
    label: str | None
    no_label_reason: str = ""
    software: str = "faceswap-studio"
    version: str = studio.__version__

    def __post_init__(self) -> None:
        if not self.persons:
            raise CredentialsError("An export names nobody.", hint="Name the target and the driver of the conversion.")
        if not self.label and not self.no_label_reason.strip():
            raise CredentialsError(
                "An export without a visible label needs a reason.",
                hint="Say why with --no-label REASON; the reason is written into the credentials.",
                code="credentials.label",
            )

    @property
    def scope(self) -> Scope:
        """The narrowest scope of all persons' records."""
        return Scope.RESEARCH if any(p.scope is Scope.RESEARCH for p in self.persons) else Scope.PRODUCTION

    def manifest(self, mime_type: str, driver_sha256: str) -> dict[str, Any]:
        """The C2PA manifest definition; the ingredient is added apart from it."""
        agent = {"name": self.software, "version": self.version}
        edited = {
            "action": "c2pa.edited",
            "digitalSourceType": SOURCE_TYPE,
            "softwareAgent": agent,
            "description": "Face replaced by a trained network's",
        }
        return {
            "claim_generator_info": [agent],
            "title": self.title,
            "format": mime_type,
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": [edited]}},
                {"label": SWAP_ASSERTION, "data": self._swap(driver_sha256)},
            ],
        }

    def _swap(self, driver_sha256: str) -> dict[str, Any]:
        swap: dict[str, Any] = {
            "schema": 1,
            "driver": {"title": self.driver.name, "sha256": driver_sha256},
            "identities": [
                {"name": p.name, "role": p.role, "basis": p.basis.value, "scope": p.scope.value} for p in self.persons
            ],
            "scope": self.scope.value,
            "rule": STANDING_RULE,
            "model": self.model,
            "facesets": dict(self.facesets),
            "squeeze": self._squeeze(),
        }
        if self.label:
            swap["label"] = self.label
        else:
            swap["no_label_reason"] = self.no_label_reason.strip()
        return swap

    def _squeeze(self) -> dict[str, Any]:
        squeeze: dict[str, Any] = {"method": self.squeeze_method, "network_size": self.network_size}
        if self.swept:
            # Words, as C2PA's library takes a list of small numbers for bytes.
            squeeze["swept"] = [str(pixels) for pixels in self.swept]
            return squeeze
        squeeze["aligned_face"] = float(self.squeeze)
        squeeze["network"] = float(self.squeeze) * self.network_size / CENTRAL_SIZE
        if self.squeeze_keys:
            squeeze["keyframes"] = [{"seconds": seconds, "pixels": pixels} for seconds, pixels in self.squeeze_keys]
        if self.squeeze_frame is not None:
            squeeze["frame"] = float(self.squeeze_frame)
        return squeeze
