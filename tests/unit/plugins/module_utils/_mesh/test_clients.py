"""What agents show their peers where charts want it in the values: made once, kept while it is good, not shown."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import (
    JsonObject,
    as_json,
    from_base64,
    get_object,
    get_objects,
    get_text,
)
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.arguments import ARGUMENTS, PLANNED, Options
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import Authority, issue
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.certificates import common_name
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.clients import Client, clients
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.fetch import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.peers import peers_in
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.plan import MeshPlan, plan
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.rotation import steps
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.run import Work
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.sharing import REPLACE, plan_share
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.telling import told
from ansible_collections.fleet.cilium.plugins.module_utils._validation.cluster import problems
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_pem_x509_certificate

from tests.unit.plugins.module_utils._mesh.authorities import NOW, authority, without_key
from tests.unit.plugins.module_utils._mesh.made import declared, seen

OURS, OTHER = authority(), authority("other")
KEYED = ("cilium_clustermesh_ca_cert", "cilium_clustermesh_ca_key")
BERLIN = ["192.0.2.11", "192.0.2.12"]


def shown(*clusters: Seen, signer: Authority = OURS, now: datetime = NOW) -> dict[str, Client]:
    return clients(clusters, plan_share({one.name: None for one in clusters}, signer, REPLACE), now=now)


def planned(*clusters: Seen) -> MeshPlan:
    return plan(declared(*clusters), clusters, clients=shown(*clusters))


def old(name: str, number: int, version: str = "1.13.18", values: JsonObject | None = None) -> Seen:
    """A cluster whose chart wants a certificate for each peer; it has a release."""
    return seen(name, number, version=version, values=values or {})


def holding(certificate: str, key: str = "key") -> Seen:
    """Paris, in whose values the peer Berlin has a certificate."""
    tls: JsonObject = {"cert": coded(certificate), "key": coded(key) if key else ""}
    peer: JsonObject = {"name": "berlin", "ips": ["192.0.2.11"], "port": 32002, "tls": tls}
    return old("paris", 1, values={"clustermesh": {"config": {"clusters": [peer]}}})


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_each_cluster_has_one_that_all_its_peers_take() -> None:
    found = shown(old("paris", 1), old("berlin", 2, "1.12.19"), seen("rome", 3, version="1.14.0", values={}))
    assert list(found) == ["paris", "berlin"]
    certificate, key = (from_base64(get_text(found["paris"].tls, name)) for name in ("cert", "key"))
    assert (common_name(certificate), OURS.has_signed(certificate)) == ("remote", True)
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    private = serialization.load_pem_private_key(key.encode(), password=None)
    public = load_pem_x509_certificate(certificate.encode()).public_key()
    assert private.public_key().public_bytes(*form) == public.public_bytes(*form)
    assert found["paris"].tls != found["berlin"].tls
    assert key[30:60] not in repr(found)


@pytest.mark.parametrize(
    ("cluster", "signer", "days", "stays"),
    [
        (holding(issue(OURS, "remote", now=NOW)[0]), OURS, 0, True),
        (holding(issue(OURS, "remote", now=NOW)[0]), OURS, 1064, True),
        (holding(issue(OURS, "remote", now=NOW)[0]), OURS, 1066, False),
        (holding(issue(OURS, "remote", now=NOW)[0]), OTHER, 0, False),
        (holding(issue(OURS, "admin", now=NOW)[0]), OURS, 0, False),
        (holding(issue(OURS, "remote", now=NOW)[0], key=""), OURS, 0, False),
        (holding("no certificate"), OURS, 0, False),
    ],
)
def test_what_is_good_stays(cluster: Seen, signer: Authority, days: int, stays: bool) -> None:
    (peer,) = get_objects(cluster.live, "clustermesh", "config", "clusters")
    found = shown(cluster, signer=signer, now=NOW + timedelta(days=days))
    assert (found["paris"].tls == peer["tls"]) == stays


def test_where_nothing_signs_one_there_is_none() -> None:
    paris, berlin = old("paris", 1), old("berlin", 2)
    elsewhere = replace(paris, member=replace(paris.member, is_ours=False))
    assert shown(paris, signer=without_key(OURS)) == {}
    assert shown(elsewhere) == {}
    assert clients([paris], plan_share({}, OURS, REPLACE), now=NOW) == {}
    rules = {finding.rule for finding in planned(elsewhere, berlin).findings if finding.severity == ERROR}
    assert rules == {"clustermesh_peer_without_certificate", "clustermesh_peers_without_authority"}


def test_what_others_have_put_into_their_values_stays() -> None:
    """Whoever has signed it: the release is theirs. All that is asked of them is that it is there."""
    good = holding(issue(OTHER, "somebody", now=NOW)[0])
    theirs = replace(good, member=replace(good.member, is_ours=False))
    trusted: JsonObject = {"apiserver": {"tls": {"ca": {"cert": coded(OTHER.certificate)}}}}
    values: JsonObject = {"clustermesh": {**get_object(theirs.live, "clustermesh"), **trusted}}
    theirs = replace(theirs, stored=old("paris", 1, values=values).stored)
    found = planned(theirs, old("berlin", 2))
    assert found.findings == ()
    assert peers_in(found.wanted["paris"].values) == {"berlin": {**peers_in(theirs.live)["berlin"], "ips": BERLIN}}


@pytest.mark.parametrize(
    ("version", "path"), [("1.13.18", {"cert"}), ("1.12.19", {"cert"}), ("1.11.20", {"cert", "key"})]
)
def test_values_of_each_version(version: str, path: set[str]) -> None:
    found = planned(old("paris", 1, version), old("berlin", 2, version))
    assert found.findings == ()
    wanted = found.wanted["paris"]
    mesh = wanted.values["clustermesh"]
    (peer,) = get_objects(mesh, "config", "clusters")
    assert peer == {"name": "berlin", "ips": BERLIN, "port": 32002, "tls": peer["tls"]}
    assert isinstance(mesh, dict)
    texts = {"cert": coded(OURS.certificate), "key": coded(OURS.key or "")}
    assert mesh["apiserver"] == {
        "service": {"type": "NodePort", "nodePort": 32001},
        "tls": {"ca": {name: texts[name] for name in path}},
    }
    assert wanted.secret == {"cilium_clustermesh_peers", *(KEYED if "key" in path else [])}


@pytest.mark.parametrize(
    ("version", "rule"),
    [
        ("1.9.18", "not_in_this_version"),
        ("1.10.8", "not_in_this_version"),
        ("1.10.20", "clustermesh_signs_anew"),
        ("1.11.2", "not_in_this_version"),
    ],
)
def test_charts_by_whose_values_no_mesh_can_be_declared(version: str, rule: str) -> None:
    found = planned(old("paris", 1, version), old("berlin", 2, version)).findings
    assert rule in {finding.rule for finding in found if finding.severity == ERROR}


def test_peers_come_after_it_is_installed_as_no_key_is_handed_out() -> None:
    found = planned(seen("paris", 1, version="1.13.18"), old("berlin", 2))
    assert [(finding.rule, finding.severity) for finding in found.findings] == [("mesh_peers_follow", "info")]
    assert (found.wanted["paris"].peers, found.wanted["paris"].secret) == ((), frozenset())
    assert found.wanted["berlin"].peers == ("paris",)


@pytest.mark.parametrize(("version", "has_values"), [("1.13.18", False), ("1.11.20", False), ("1.14.0", True)])
def test_no_result_has_a_key(version: str, has_values: bool) -> None:
    clusters = [old("paris", 1, version), old("berlin", 2, version)]
    shared = plan_share({one.name: None for one in clusters}, OURS, REPLACE)
    given = clients(clusters, shared, now=NOW)
    options = Options.read({**dict.fromkeys(ARGUMENTS), "state": PLANNED, "wait_timeout": 1})
    asked = plan(declared(*clusters), clusters, clients=given)
    work = Work(declared(*clusters), options, clusters, steps(clusters, shared), asked, shared)
    found = get_object(as_json(told(work, {})), "members", "paris")
    assert found["has_keys"] is not has_values
    # Role cilium looks at the settings with the rules.
    judged = problems(read({**get_object(found, "settings"), "cilium_pool_cidr": ["10.1.0.0/16"]}, version))
    assert [finding.rule for finding in judged if finding.severity == ERROR] == []
    assert ("cilium_clustermesh_ca_cert" in get_object(found, "settings")) == (version == "1.13.18")
    assert not [key for client in given.values() for key in client.keys if key and str(key) in str(found)]
    assert ("values" in found, "cilium_clustermesh_peers" in get_object(found, "settings")) == (has_values, has_values)


def test_a_finding_shows_no_key() -> None:
    """Rules show the settings that they are about; one peer lacks its certificate here."""
    good = holding(issue(OURS, "remote", now=NOW)[0], key="a key that nobody may see")
    theirs = replace(good, member=replace(good.member, is_ours=False))
    found = planned(theirs, old("berlin", 2), seen("rome", 3, version="1.13.18", values={}))
    shown_in = [finding for finding in found.findings if finding.rule == "clustermesh_peer_without_certificate"]
    assert shown_in
    assert coded("a key that nobody may see") not in str([finding.as_dict() for finding in found.findings])
