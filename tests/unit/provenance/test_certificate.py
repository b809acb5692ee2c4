"""The signing certificate: made once, private, and followed by another in time."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtensionOID

from studio.provenance.certificate import own_roots, signing_folder, signing_identity


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_HOME", str(tmp_path / "home"))


def test_the_same_identity_signs_again():
    assert signing_identity() == signing_identity()


def test_threads_that_start_together_get_one_identity():
    with ThreadPoolExecutor(8) as pool:
        identities = list(pool.map(lambda _: signing_identity(), range(8)))
    assert len({identity.key for identity in identities}) == 1
    assert len(list((signing_folder() / "roots").iterdir())) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_only_the_owner_can_read_the_key():
    old = os.umask(0)
    try:
        signing_identity()
    finally:
        os.umask(old)
    assert stat.S_IMODE((signing_folder() / "signer.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(signing_folder().stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_permissions_that_were_loosened_are_tightened_again():
    signing_identity()
    (signing_folder() / "signer.pem").chmod(0o644)
    signing_folder().chmod(0o755)
    signing_identity()
    assert stat.S_IMODE((signing_folder() / "signer.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(signing_folder().stat().st_mode) == 0o700


def test_the_leaf_is_what_c2pa_takes_and_is_signed_by_its_root():
    leaf, root = x509.load_pem_x509_certificates(signing_identity().chain)
    leaf.verify_directly_issued_by(root)
    assert leaf.version is x509.Version.v3
    assert isinstance(leaf.public_key(), ec.EllipticCurvePublicKey)
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    names = {extension.oid for extension in leaf.extensions}
    assert {ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.EXTENDED_KEY_USAGE} <= names
    assert signing_identity().key.startswith(b"-----BEGIN PRIVATE KEY-----")


def test_after_a_year_a_new_identity_signs_and_the_old_root_stays():
    first = signing_identity()
    later = signing_identity(datetime.now(UTC) + timedelta(days=366))
    assert later.key != first.key
    roots = x509.load_pem_x509_certificates(own_roots())
    assert len(roots) == 2
    assert x509.load_pem_x509_certificates(first.chain)[1] in roots


def test_a_certificate_outlives_its_year_of_signing_by_far():
    assert signing_identity().leaf.not_valid_after_utc > datetime.now(UTC) + timedelta(days=3650)


@pytest.mark.parametrize("damage", [b"", b"not a key", None])
def test_a_damaged_key_file_is_replaced(damage):
    first = signing_identity()
    path = signing_folder() / "signer.pem"
    other = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(_pem(other) + first.chain if damage is None else damage)
    again = signing_identity()
    assert again.key != first.key
    assert again == signing_identity()


def _pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
