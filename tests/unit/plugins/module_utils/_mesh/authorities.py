"""Authorities for the tests; making keys is slow, so each is made once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import Authority, create
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@cache
def authority(name: str = "Cilium CA", *, days: int = 1095, begin: datetime = NOW) -> Authority:
    """An authority of its own for each name."""
    return create(algorithm="ECDSA", common_name=name, days=days, now=begin)


def signed_by(issuer: Authority | None, name: str, *, ca: bool | None, days: int = 400) -> tuple[str, str]:
    """Certificate and key that the code under test would not make; without an issuer it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    parent = subject if issuer is None else x509.load_pem_x509_certificate(issuer.certificate.encode()).subject
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(parent).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=days))
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    signer = key if issuer is None else _loaded(issuer.key or "")
    return pem(builder.sign(signer, hashes.SHA256())), key_pem(key)


def renewed(old: Authority, *, days: int, name: str = "") -> Authority:
    """The same key with another certificate, and with the same name unless another is given."""
    key = _loaded(old.key or "")
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) if name else None
    subject = other or x509.load_pem_x509_certificate(old.certificate.encode()).subject
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(8).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=days))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return Authority(pem(builder.sign(key, hashes.SHA256())), old.key)


def without_key(one: Authority) -> Authority:
    """Its certificate alone."""
    return Authority(one.certificate)


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes | None = None) -> str:
    how = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how).decode()


def _loaded(text: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(text.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
