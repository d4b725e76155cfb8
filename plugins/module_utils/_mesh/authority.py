# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority: made, read, checked, and signing. PRIVATE to the collection. Pure.

The only importer of the package cryptography (40 or later), which ansible-core brings along on a controller.
"""

from __future__ import annotations

import ipaddress
import re
import sys
import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Union

from .._errors import ConfigurationError, InputError
from .certificates import CERTIFICATE, current_time, moment

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:
    IMPORT_ERROR: str | None = traceback.format_exc()
else:
    IMPORT_ERROR = None
    _UNREADABLE = (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    )

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from .._json import JsonObject

    PrivateKey = Union[rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey]

RSA, ECDSA = "RSA", "ECDSA"
ALGORITHMS = (RSA, ECDSA)
COMMON_NAME = "Cilium CA"
# Those of Cilium's own charts.
DAYS = 1095
_RSA_BITS = 2048
# What clocks may differ by: a new certificate is valid at once on a machine whose clock is late.
_SKEW = timedelta(minutes=5)
# A block before the key, such as the "EC PARAMETERS" of openssl, is none of it.
_KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----.+?-----END (?:[A-Z]+ )*PRIVATE KEY-----", re.DOTALL)


@dataclass(frozen=True)
class Authority:
    """A certificate authority. Make it with create() or from_pem(), which check what they take.

    Attributes:
        certificate: PEM; in a chain the certificate that signs comes first.
        key: PEM, not encrypted; None where it is not known.
    """

    certificate: str
    key: str | None = field(default=None, repr=False)

    @cached_property
    def _signing(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate.encode())

    @property
    def subject(self) -> str:
        """Whom it says that it is, such as "CN=Cilium CA" (RFC 4514)."""
        return self._signing.subject.rfc4514_string()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate that signs, as openssl writes it: pairs of digits with colons."""
        return self._signing.fingerprint(hashes.SHA256()).hex(":").upper()

    @property
    def algorithm(self) -> str:
        """What its key is, such as "RSA 2048" or "ECDSA P-256"."""
        key = self._signing.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            return f"{RSA} {key.key_size}"
        if isinstance(key, ec.EllipticCurvePublicKey):
            return f"{ECDSA} P-{key.key_size}"
        return type(key).__name__.replace("PublicKey", "").lstrip("_")

    @property
    def not_after(self) -> datetime:
        """When its certificate ends (UTC)."""
        return moment(self._signing, "not_valid_after")

    @property
    def not_before(self) -> datetime:
        """When its certificate begins (UTC)."""
        return moment(self._signing, "not_valid_before")

    @property
    def has_key(self) -> bool:
        """Whether it can sign."""
        return self.key is not None

    @property
    def certificates(self) -> tuple[str, ...]:
        """The certificates of the chain, PEM each."""
        return tuple(f"{text}\n" for text in CERTIFICATE.findall(self.certificate))

    def signs_like(self, other: Authority) -> bool:
        """Tell whether what either has signed is good under both: the same name and key, as after a renewal."""
        mine, theirs = self._signing, other._signing
        return mine.subject == theirs.subject and _bits(mine) == _bits(theirs)

    def has_signed(self, certificate: str) -> bool:
        """Tell whether it has signed a certificate (PEM); what cannot be read it has not."""
        try:
            found = x509.load_pem_x509_certificate(certificate.encode())
            found.verify_directly_issued_by(self._signing)
        except (*_UNREADABLE, InvalidSignature):
            return False
        return True

    def as_result(self) -> JsonObject:
        """Return what may be shown of it."""
        return {
            "fingerprint": self.fingerprint,
            "subject": self.subject,
            "not_after": self.not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "algorithm": self.algorithm,
            "has_key": self.has_key,
        }


def require() -> None:
    """Raise ConfigurationError when the package cryptography is missing."""
    if IMPORT_ERROR is not None:
        raise ConfigurationError(
            "The Python package cryptography (40 or later) cannot be imported by the Python that does the work. "
            f"Install it there: {sys.executable} -m pip install cryptography",
            exception=IMPORT_ERROR,
        )


def create(
    *, algorithm: str = RSA, days: int = DAYS, common_name: str = COMMON_NAME, now: datetime | None = None
) -> Authority:
    """Return a new authority: a key, and a certificate that it signs itself.

    Args:
        algorithm: one of ALGORITHMS: RSA with 2048 bits, or ECDSA with curve P-256.
        days: how long its certificate is valid.
        common_name: what it is called, at most 64 characters.
        now: from when on; this moment by default.

    Raises:
        InputError: days or a name that no certificate can have.
        ConfigurationError: as require().
    """
    require()
    if not 1 <= days <= 36500:
        raise InputError(f"days: found {days}, expected 1 to 36500")
    if not 1 <= len(common_name) <= 64:
        raise InputError(f"common_name: found {len(common_name)} characters, expected 1 to 64")
    begin = now or current_time()
    key = _new_key(algorithm)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        _builder(name, name, key)
        .not_valid_before(begin - _SKEW)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Authority(_pem(builder.sign(key, hashes.SHA256())), _key_pem(key))


def from_pem(certificate: str, key: str | None, *, where: str) -> Authority:
    """Return the authority that PEM texts hold, in one form however they came.

    Args:
        certificate: one certificate or a chain in any order; with a key, the one that signs is the one it belongs to.
        key: its private key, if there is one.
        where: what the texts are, for messages.

    Raises:
        InputError: they hold none, the key is another's or encrypted, or a certificate is none of an authority.
        ConfigurationError: as require().
    """
    require()
    chain = _chain(certificate, where)
    private = _private_key(key, where) if key else None
    if private is not None:
        own = private.public_key().public_bytes(*_public_form())
        signing = [one for one in chain if _bits(one) == own]
        if not signing:
            raise InputError(
                f"{where}: found a private key that belongs to none of the certificates beside it "
                f"({', '.join(one.subject.rfc4514_string() for one in chain)}); expected the key of the one that "
                "signs. Take both from the same place."
            )
        chain = [signing[0], *(one for one in chain if one != signing[0])]
    for one in chain:
        _refuse_leaf(one, where)
    return Authority("".join(_pem(one) for one in chain), None if private is None else _key_pem(private))


def issue(
    authority: Authority, common_name: str, *, days: int = DAYS, hosts: Sequence[str] = (), now: datetime | None = None
) -> tuple[str, str]:
    """Return a new certificate that an authority signs, and its key, both PEM.

    Args:
        authority: one with a key.
        common_name: whom the certificate is for; the mesh's etcd takes it as the user.
        days: how long it is valid, at most as long as the authority.
        hosts: names and addresses of a server; without any the certificate is a client's only.
        now: from when on; this moment by default.

    Raises:
        InputError: the authority has no key.
    """
    if authority.key is None:
        raise InputError(f"{authority.subject}: found no private key of it, expected one to sign {common_name} with")
    begin = now or current_time()
    signer = _private_key(authority.key, authority.subject)
    parent = authority._signing
    key = _new_key(RSA if isinstance(signer, rsa.RSAPrivateKey) else ECDSA)
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if hosts else [])]
    builder = (
        _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]), parent.subject, key)
        .not_valid_before(max(begin - _SKEW, authority.not_before))
        .not_valid_after(min(begin + timedelta(days=days), authority.not_after))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "key_encipherment"), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(_parent_identifier(parent), critical=False)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(name) for name in hosts]), critical=False)
    return _pem(builder.sign(signer, hashes.SHA256())), _key_pem(key)


def _public_form() -> tuple[serialization.Encoding, serialization.PublicFormat]:
    return serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo


def _bits(certificate: x509.Certificate) -> bytes:
    """Return a certificate's public key, to compare."""
    return certificate.public_key().public_bytes(*_public_form())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: PrivateKey) -> str:
    """Return a key in the form that Helm's own functions write ("RSA PRIVATE KEY", "EC PRIVATE KEY")."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _new_key(algorithm: str) -> PrivateKey:
    if algorithm == ECDSA:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def _builder(subject: x509.Name, issuer: x509.Name, key: PrivateKey) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    return builder.public_key(key.public_key()).serial_number(x509.random_serial_number())


def _usage(*granted: str) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in granted for name in names})


def _parent_identifier(parent: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Return how a certificate refers to its signer: by the identifier that the signer says, if it does."""
    try:
        said = parent.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        said = x509.SubjectKeyIdentifier.from_public_key(parent.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(said)


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _chain(text: str, where: str) -> list[x509.Certificate]:
    blocks = CERTIFICATE.findall(text)
    try:
        chain = [_certificate(block) for block in blocks]
    except _UNREADABLE:  # the package's message may quote the text, which may hold the key
        raise InputError(
            f"{where}: found a PEM block that is no certificate, expected one as openssl x509 reads it. Copy it anew, "
            "with all its lines."
        ) from None
    if not chain:
        raise InputError(
            f"{where}: found no certificate in {len(text)} characters, expected PEM that begins with "
            "-----BEGIN CERTIFICATE-----"
        )
    return chain


def _certificate(block: str) -> x509.Certificate:
    """Return a certificate all of whose parts can be read; the package reads them only when they are asked for."""
    found = x509.load_pem_x509_certificate(block.encode())
    _bits(found)
    len(found.extensions)
    found.subject.rfc4514_string()
    found.issuer.rfc4514_string()
    moment(found, "not_valid_after")
    return found


def _private_key(text: str, where: str) -> PrivateKey:
    block = _KEY.search(text)
    if block is None:
        raise InputError(
            f"{where}: found no private key beside the certificate, expected PEM that ends its first line "
            "with PRIVATE KEY-----"
        )
    try:
        key = _loaded(block.group())
    except TypeError:
        raise InputError(
            f"{where}: found a private key with a passphrase, expected one without: Helm signs with it unattended. "
            "Decrypt it (openssl pkey) and keep it in Ansible Vault."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(f"{where}: found a private key that cannot be read, expected RSA or ECDSA in PEM") from None
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise InputError(
            f"{where}: found a private key of kind {type(key).__name__.lstrip('_')}, expected RSA or ECDSA"
        )
    return key


@lru_cache(maxsize=1)
def _loaded(block: str) -> PrivateKeyTypes:
    """Return a private key. To check one of RSA takes a while, and the members of a mesh mostly have the same."""
    return serialization.load_pem_private_key(block.encode(), password=None)


def _refuse_leaf(certificate: x509.Certificate, where: str) -> None:
    """Raise InputError for a certificate that must not sign others (RFC 5280, 4.2.1.3 and 4.2.1.9)."""
    if not _may_sign(certificate):
        raise InputError(
            f"{where}: found the certificate {certificate.subject.rfc4514_string()}, which may not sign others; "
            "expected one of a certificate authority (CA:TRUE, and Certificate Sign where it has key usages). "
            f"Take that of its issuer, {certificate.issuer.rfc4514_string()}."
        )


def _may_sign(certificate: x509.Certificate) -> bool:
    found = {type(one.value): one.value for one in certificate.extensions}
    constraints, usage = found.get(x509.BasicConstraints), found.get(x509.KeyUsage)
    allowed = isinstance(constraints, x509.BasicConstraints) and constraints.ca
    return allowed and (not isinstance(usage, x509.KeyUsage) or usage.key_cert_sign)
