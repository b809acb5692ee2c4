"""The certificate that signs exports: made on this machine at first use, vouched for by nobody else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from filelock import FileLock

from studio.core import resources
from studio.core.files import storage_errors, whole_file

# A signature without a time stamp counts only while its certificate is valid, so a certificate signs for one year and
# stays valid for many: exports do not turn invalid because a new one took over.
_SIGNS_FOR = timedelta(days=365)
_VALID_FOR = timedelta(days=20 * 365)
_CLOCK_SKEW = timedelta(days=1)
_ORGANISATION = "faceswap-studio (made on a user's machine, unverified)"
_BEGIN_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, repr=False)
class SigningIdentity:
    """A private key (PKCS#8, P-256) and the chain that belongs to it, leaf first, all PEM."""

    key: bytes
    chain: bytes

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate that signs."""
        return x509.load_pem_x509_certificates(self.chain)[0]


def signing_folder() -> Path:
    """Where key, chain and roots lie; only its owner may enter."""
    return resources.user_folder() / "signing"


def signing_identity(now: datetime | None = None) -> SigningIdentity:
    """The identity that signs exports; made at first use, and anew once it has signed for a year.

    The root's key signs one leaf and is forgotten; its certificate stays in `roots/`, so that what older identities
    signed is still known as this machine's.

    Raises:
        StorageError: the user's data folder can't be written.
    """
    moment = now or datetime.now(UTC)
    folder = signing_folder()
    with storage_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        with FileLock(folder / "lock"):
            known = _stored(folder, moment)
            return known or _make(folder, moment)


def own_roots() -> bytes:
    """The root certificates of every identity this machine ever signed with, PEM; empty before the first."""
    return b"".join(path.read_bytes() for path in sorted((signing_folder() / "roots").glob("*.pem")))


def _stored(folder: Path, moment: datetime) -> SigningIdentity | None:
    path = folder / "signer.pem"
    if not path.is_file():
        return None
    path.chmod(0o600)
    key, begin, chain = path.read_bytes().partition(_BEGIN_CERTIFICATE)
    identity = SigningIdentity(key, begin + chain)
    try:
        usable = _belongs(identity) and _signs(identity.leaf, moment)
    except ValueError:
        return None
    return identity if usable else None


def _belongs(identity: SigningIdentity) -> bool:
    public = load_pem_private_key(identity.key, None).public_key()
    return _public_bytes(public) == _public_bytes(identity.leaf.public_key())


def _public_bytes(key: object) -> bytes:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("not a key on an elliptic curve")
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _signs(leaf: x509.Certificate, moment: datetime) -> bool:
    begin = leaf.not_valid_before_utc
    return begin <= moment < begin + _SIGNS_FOR


def _make(folder: Path, moment: datetime) -> SigningIdentity:
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _root_certificate(root_key, moment)
    leaf = _leaf_certificate(leaf_key.public_key(), root, root_key, moment)
    root_pem = root.public_bytes(Encoding.PEM)
    identity = SigningIdentity(
        key=leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        chain=leaf.public_bytes(Encoding.PEM) + root_pem,
    )
    _write_private(folder / "roots" / f"{root.serial_number:040x}.pem", root_pem)
    _write_private(folder / "signer.pem", identity.key + identity.chain)
    return identity


def _write_private(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        whole_file(path) as part,
        os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
    ):
        file.write(data)


def _name(role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"faceswap-studio {role}"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
        ]
    )


def _usage(*, signs: bool, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        key_cert_sign=certifies,
        crl_sign=certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _root_certificate(key: ec.EllipticCurvePrivateKey, moment: datetime) -> x509.Certificate:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_name("root"))
        .issuer_name(_name("root"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _CLOCK_SKEW)
        .not_valid_after(moment + _VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=False, certifies=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf_certificate(
    public: ec.EllipticCurvePublicKey, root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey, moment: datetime
) -> x509.Certificate:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(_name("signer"))
        .issuer_name(root.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _CLOCK_SKEW)
        .not_valid_after(moment + _VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=True, certifies=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(issuer, critical=False)
        .sign(root_key, hashes.SHA256())
    )
