"""Authorities: made, read from whatever form, refused, signing. The second witness is openssl."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import ConfigurationError, InputError
from ansible_collections.fleet.cilium.plugins.module_utils._mesh import authority as module
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import (
    Authority,
    create,
    from_pem,
    issue,
)
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from .authorities import NOW, authority, key_pem, renewed, signed_by


def openssl(*arguments: str, text: str = "") -> str:
    done = subprocess.run(["openssl", *arguments], input=text, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("algorithm", "said", "header"),
    [("RSA", "RSA 2048", "BEGIN RSA PRIVATE KEY"), ("ECDSA", "ECDSA P-256", "BEGIN EC PRIVATE KEY")],
)
def test_a_new_one(algorithm: str, said: str, header: str) -> None:
    made = create(algorithm=algorithm)
    shown = openssl("x509", "-noout", "-text", "-fingerprint", "-sha256", text=made.certificate)
    assert (made.subject, made.algorithm, made.has_key) == ("CN=Cilium CA", said, True)
    assert "CA:TRUE" in shown
    assert "Certificate Sign" in shown
    assert f"Fingerprint={made.fingerprint}" in shown
    assert header in (made.key or "")
    left = openssl("x509", "-noout", "-checkend", str(1094 * 86400), text=made.certificate)
    assert "will not expire" in left
    assert "will expire" in openssl("x509", "-noout", "-checkend", str(1096 * 86400), text=made.certificate)


def test_two_are_never_the_same() -> None:
    assert authority("one").fingerprint != authority("two").fingerprint
    assert not authority("one").signs_like(authority("two"))


def test_the_key_is_in_no_representation() -> None:
    key = authority().key or ""
    assert key.splitlines()[1] not in repr(authority())
    assert key.splitlines()[1] not in str(authority().as_result())


def test_as_result() -> None:
    found = authority(days=10).as_result()
    assert found == {
        "fingerprint": authority(days=10).fingerprint,
        "subject": "CN=Cilium CA",
        "not_after": "2026-12-01T12:00:00Z",
        "algorithm": "ECDSA P-256",
        "has_key": True,
    }


@pytest.mark.parametrize(
    ("days", "name", "words"), [(0, "a", "days: found 0"), (36501, "a", "days"), (1, "", "name"), (1, "x" * 65, "65")]
)
def test_what_no_certificate_can_have(days: int, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        create(days=days, common_name=name)


def test_pem_comes_back_in_one_form() -> None:
    one = authority()
    loaded = serialization.load_pem_private_key((one.key or "").encode(), password=None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    noisy = f"Bag Attributes\n  friendlyName: x\n{one.certificate}".replace("\n", "\r\n")
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert from_pem(noisy, parameters + key_pem(loaded), where="ca") == one


def test_a_chain_begins_with_the_one_that_signs() -> None:
    root = authority("root")
    certificate, key = signed_by(root, "middle", ca=True)
    found = from_pem(root.certificate + certificate, key, where="ca")
    assert found.subject == "CN=middle"
    assert found.certificates == (certificate, root.certificate)
    assert from_pem(certificate + root.certificate, None, where="ca").subject == "CN=middle"


GARBAGE = "-----BEGIN CERTIFICATE-----\nMIIBhTCCASugAwIBAgIQ\n-----END CERTIFICATE-----\n"


def ed25519_key() -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ed25519.Ed25519PrivateKey.generate().private_bytes(*form).decode()


@pytest.mark.parametrize(
    ("certificate", "key", "words"),
    [
        ("", None, "found no certificate in 0 characters"),
        ("hello", None, "found no certificate in 5 characters"),
        (GARBAGE, None, "a PEM block that is no certificate"),
        (authority().certificate, authority("other").key, r"belongs to none of the certificates.*CN=Cilium CA"),
        (authority().certificate, "hello", "found no private key"),
        (authority().certificate, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "cannot be read"),
        (authority().certificate, key_pem(ec.generate_private_key(ec.SECP256R1()), b"secret"), "passphrase"),
        (authority().certificate, ed25519_key(), "kind Ed25519PrivateKey, expected RSA or ECDSA"),
        (signed_by(authority(), "leaf", ca=False)[0], None, "CN=leaf, which may not sign.*issuer, CN=Cilium CA"),
        (signed_by(None, "plain", ca=None)[0], None, "CN=plain, which may not sign"),
        (authority().certificate + signed_by(authority(), "leaf", ca=False)[0], None, "CN=leaf"),
    ],
)
def test_refusals_say_what_was_found(certificate: str, key: str | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        from_pem(certificate, key, where="ca")
    assert refused.value.message.startswith("ca: ")
    assert "BEGIN" not in refused.value.message.replace("-----BEGIN CERTIFICATE-----", "")


def test_a_renewed_one_signs_like_the_old() -> None:
    old = authority("lasting")
    new = renewed(old, days=2000)
    assert new.fingerprint != old.fingerprint
    assert new.signs_like(old)
    assert old.signs_like(new)
    leaf, _key = issue(old, "remote")
    assert new.has_signed(leaf)


def test_the_same_key_under_another_name_is_another() -> None:
    """A certificate names its signer, so it is looked for by that name."""
    old = authority("lasting")
    new = renewed(old, days=2000, name="else")
    assert not new.signs_like(old)
    assert not new.has_signed(issue(old, "remote")[0])


def test_has_signed() -> None:
    leaf, _key = issue(authority("one"), "remote")
    assert authority("one").has_signed(leaf)
    assert not authority("two").has_signed(leaf)
    assert not authority("one").has_signed("hello")
    assert not authority("one").has_signed(GARBAGE)


@pytest.mark.parametrize("hosts", [(), ("clustermesh-apiserver.cilium.io", "*.mesh.cilium.io", "127.0.0.1", "::1")])
@pytest.mark.parametrize("algorithm", ["RSA", "ECDSA"])
def test_what_it_issues_verifies(algorithm: str, hosts: tuple[str, ...], tmp_path: Path) -> None:
    signer = create(algorithm=algorithm)
    certificate, key = issue(signer, "remote-paris", days=30, hosts=hosts)
    (tmp_path / "ca.crt").write_text(signer.certificate, encoding="utf-8")
    (tmp_path / "leaf.crt").write_text(certificate, encoding="utf-8")
    purpose = ("-purpose", "sslclient", "-x509_strict")
    assert ": OK" in openssl("verify", *purpose, "-CAfile", str(tmp_path / "ca.crt"), str(tmp_path / "leaf.crt"))
    server = openssl("verify", "-purpose", "sslserver", "-CAfile", str(tmp_path / "ca.crt"), str(tmp_path / "leaf.crt"))
    assert (": OK" in server) == bool(hosts)
    shown = openssl("x509", "-noout", "-text", text=certificate)
    assert "CN = remote-paris" in shown or "CN=remote-paris" in shown
    assert all(name in shown for name in hosts[:3])
    assert openssl("x509", "-noout", "-pubkey", text=certificate) == openssl("pkey", "-pubout", text=key)


def test_what_it_issues_ends_with_it() -> None:
    short = authority(days=10)
    leaf, _key = issue(short, "remote", days=1000, now=NOW + timedelta(days=1))
    assert Authority(leaf).not_after == short.not_after
    assert Authority(leaf).not_before == NOW + timedelta(days=1) - timedelta(minutes=5)


def test_without_a_key_it_issues_nothing() -> None:
    with pytest.raises(InputError, match="no private key"):
        issue(Authority(authority().certificate), "remote")


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    authority()
    monkeypatch.setattr(module, "IMPORT_ERROR", "Traceback: no cryptography")
    with pytest.raises(ConfigurationError, match="-m pip install cryptography") as refused:
        create()
    assert refused.value.details["exception"] == "Traceback: no cryptography"
    with pytest.raises(ConfigurationError):
        from_pem(authority().certificate, None, where="ca")
