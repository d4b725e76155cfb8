"""An authority as a Secret, and whatever the option ca may hold."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import Authority, issue
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority_secret import from_secret, given, secret

from tests.mutation import Mutator

from .authorities import NOW, authority, signed_by, without_key

CA = authority()


def coded(text: str | None) -> str:
    return base64.b64encode((text or "").encode()).decode()


def exported() -> JsonObject:
    """As kubectl shows a Secret that was made some time ago, by somebody else, elsewhere."""
    return {
        "apiVersion": "v1",
        "data": {"ca.crt": coded(CA.certificate), "ca.key": coded(CA.key)},
        "kind": "Secret",
        "metadata": {
            "annotations": {"meta.helm.sh/release-name": "other", "kubectl.kubernetes.io/last-applied": "{}"},
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
            "name": "cilium-ca",
            "namespace": "elsewhere",
            "ownerReferences": [{"kind": "Certificate", "name": "x", "uid": "1"}],
            "resourceVersion": "4711",
            "uid": "1b671a64",
        },
        "type": "Opaque",
    }


def test_a_secret_belongs_to_the_release() -> None:
    made = secret(CA, namespace="cilium-system", release="net")
    assert made["metadata"] == {
        "name": "cilium-ca",
        "namespace": "cilium-system",
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": "net", "meta.helm.sh/release-namespace": "cilium-system"},
    }
    assert made["data"] == {"ca.crt": coded(CA.certificate), "ca.key": coded(CA.key)}
    assert from_secret(made, where="x") == CA


def test_a_secret_without_a_key() -> None:
    made = secret(without_key(CA), namespace="kube-system", release="cilium")
    assert made["data"] == {"ca.crt": coded(CA.certificate)}
    assert from_secret(made, where="x") == without_key(CA)


@pytest.mark.parametrize("body", [None, {}, {"data": None}, {"data": {"tls.key": coded(CA.key)}}, {"data": {"x": "y"}}])
def test_no_authority_in_it(body: JsonObject | None) -> None:
    assert from_secret(body, where="x") is None


def test_one_of_cert_manager() -> None:
    """There ca.crt is the issuer's, and the pair is in tls.crt and tls.key."""
    certificate, key = signed_by(authority("issuer"), "Cilium CA", ca=True)
    body: JsonObject = {
        "type": "kubernetes.io/tls",
        "data": {
            "ca.crt": coded(authority("issuer").certificate),
            "tls.crt": coded(certificate),
            "tls.key": coded(key),
        },
    }
    found = from_secret(body, where="x")
    assert found is not None
    assert (found.certificate, found.has_key) == (certificate, True)


@pytest.mark.parametrize(
    "value",
    [
        exported(),
        yaml.safe_dump(exported()),
        json.dumps(exported()),
        {"data": exported()["data"]},
        {"kind": "Secret", "stringData": {"ca.crt": CA.certificate, "ca.key": CA.key}},
        {"certificate": CA.certificate, "key": CA.key},
        yaml.safe_dump({"certificate": CA.certificate, "key": CA.key}),
        CA.certificate + (CA.key or ""),
        (CA.key or "") + CA.certificate,
    ],
)
def test_every_form_gives_the_same(value: Json) -> None:
    assert given(value, now=NOW) == CA


LEAF, LEAF_KEY = signed_by(CA, "leaf", ca=False)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (7, "found a int, expected {certificate, key}"),
        ({}, "found a mapping of nothing"),
        ({"certificate": CA.certificate, "private": CA.key}, "a mapping of certificate, private"),
        ({"key": CA.key}, "a mapping of key"),
        ({CA.key or "": "", "a": ""}, "a mapping of a, something,"),
        ({"certificate": CA.certificate}, "CN=Cilium CA without its private key"),
        (without_key(CA).certificate, "no private key"),
        ({"kind": "ConfigMap", "data": {"ca.crt": CA.certificate}}, "kind ConfigMap"),
        ({"kind": "List", "items": [exported()]}, "kind List"),
        ({"kind": "Secret", "data": {"password": "eA=="}}, "keys password, expected ca.crt and ca.key"),
        ({"kind": "Secret", "data": {"ca.crt": CA.certificate, "ca.key": CA.key}}, "no base64.*stringData"),
        ({"kind": "Secret", "data": {"ca.crt": "wyg="}}, "no base64 of a text"),
        ({"certificate": LEAF, "key": LEAF_KEY}, "may not sign others"),
        ("text: [that ends: early", "found text of 23 characters"),
        ("hello", "found text of 5 characters"),
    ],
)
def test_refusals(value: Json, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        given(value, now=NOW)
    assert (CA.key or "").splitlines()[1] not in refused.value.message


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (authority("old", days=5, begin=NOW - timedelta(days=6)), "ended on 2026-11-20"),
        (authority("just", days=6, begin=NOW - timedelta(days=6)), "ended on 2026-11-21"),
        (authority("new", begin=NOW + timedelta(days=1)), "begins on 2026-11-22 11:55"),
    ],
)
def test_only_what_is_valid_now(one: Authority, words: str) -> None:
    value: JsonObject = {"certificate": one.certificate, "key": one.key}
    with pytest.raises(InputError, match=words):
        given(value, now=NOW)
    assert from_secret(secret(one, namespace="a", release="b"), where="x") == one


def test_whatever_is_pasted_is_taken_or_refused() -> None:
    """A text that was damaged on its way is an authority still, or an error of ours that shows none of the key."""
    sound = [yaml.safe_dump(exported()), CA.certificate + (CA.key or ""), json.dumps(exported())]
    mutator = Mutator(7, [text.encode() for text in sound])
    taken, refusals = [], []
    for _number, text in (mutator.next() for _time in range(1500)):
        try:
            taken.append(given(text.decode("utf-8", "replace"), now=NOW))
        except InputError as refused:
            refusals.append(refused.message)
    assert taken
    assert all(one.has_signed(issue(one, "leaf", now=NOW)[0]) for one in taken)
    assert not [message for message in refusals if (CA.key or "").splitlines()[1] in message]
