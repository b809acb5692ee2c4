"""Whom a user trusts: certificates they put into the folder `trust` of their data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from studio.core import resources
from studio.core.errors import CredentialsError
from studio.core.files import storage_errors
from studio.provenance import certificate


@dataclass(frozen=True)
class Anchors:
    """Root certificates to check signers against, PEM; either may be empty.

    Attributes:
        trusted: those the user put into the trust folder.
        own: those of this machine's signing identities, which vouch for nobody.
    """

    trusted: str
    own: str

    @property
    def all(self) -> str:
        """Both together."""
        return self.trusted + self.own


def trust_folder() -> Path:
    """Where a user puts root certificates (`*.pem`) of signers they trust."""
    return resources.user_folder() / "trust"


def anchors(*, trust: bool = True) -> Anchors:
    """Read the anchors; with `trust` false the user's are left out.

    Raises:
        CredentialsError: a file in the trust folder is no certificate.
    """
    paths = sorted(trust_folder().glob("*.pem")) if trust else []
    return Anchors("".join(_read(path) for path in paths), certificate.own_roots().decode("ascii"))


def _read(path: Path) -> str:
    with storage_errors(path):
        data = path.read_bytes()
    try:
        found = x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise CredentialsError(
            f"{path} is no certificate in PEM form.",
            hint="Remove it from the trust folder, or put the signer's root certificate there.",
            code="credentials.anchor",
        ) from error
    return "".join(root.public_bytes(Encoding.PEM).decode("ascii") for root in found)
