"""clustermesh_ca against small API servers on loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import Authority, create
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority_secret import given
from ansible_collections.fleet.cilium.plugins.module_utils._mesh_ca.arguments import ARGUMENTS
from ansible_collections.fleet.cilium.plugins.module_utils._mesh_ca.run import run
from ansible_collections.fleet.cilium.plugins.module_utils._secrets import secrets_of

from tests.unit.plugins.module_utils._mesh.authorities import authority, renewed, without_key
from tests.unit.plugins.module_utils._mesh_ca.secrets_api import Cluster, cluster, leaf

A, B = create(algorithm="ECDSA", common_name="a"), create(algorithm="ECDSA", common_name="b")
PAIR_A = {"certificate": A.certificate, "key": A.key}
MESH_CA = "clustermesh-apiserver-ca-cert"


def played(*, check: bool = False, **options: Any) -> dict[str, Any]:
    """What the module's work gives, after the options went through their spec; no key is in it."""
    checked = ArgumentSpecValidator(ARGUMENTS).validate(options)
    assert not checked.error_messages
    quiet = Context(
        check_mode=check, diff=True, warn=lambda _text: None, progress=lambda _text: None, door="action", holder="x"
    )
    result: dict[str, Any] = run(checked.validated_parameters, quiet)
    return result


def rules(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["rule"], one["severity"]) for one in result["findings"]]


@pytest.fixture
def three() -> Iterator[list[Cluster]]:
    with ExitStack() as stack:
        yield [stack.enter_context(cluster()) for _place in range(3)]


def members(clusters: list[Cluster]) -> list[dict[str, Any]]:
    names = ("paris", "berlin", "madrid")
    return [{"name": name, "kubeconfig": one.kubeconfig} for name, one in zip(names, clusters, strict=False)]


def test_made_where_there_is_none_and_then_left() -> None:
    with cluster() as one:
        checked = played(kubeconfig=one.kubeconfig, algorithm="ECDSA", check=True)
        assert (checked["changed"], checked["written"], one.secrets) == (True, {"alpha": ["cilium-ca"]}, {})
        assert checked["authorities"]["alpha"]["fingerprint"] is None
        done = played(kubeconfig=one.kubeconfig, algorithm="ECDSA", days=40, common_name="Fleet")
        held = one.holds()
        assert held is not None
        assert held.has_key
        assert done["authorities"] == {"alpha": held.as_result()}
        assert (held.subject, held.algorithm) == ("CN=Fleet", "ECDSA P-256")
        assert done["diff"]["before"] == {"alpha": {}}
        assert done["diff"]["after"]["alpha"]["cilium-ca"]["fingerprint"] == held.fingerprint
        again = played(kubeconfig=one.kubeconfig)
        assert (again["changed"], again["written"], again["findings"]) == (False, {}, [])
        assert again["diff"]["before"] == again["diff"]["after"]
        assert one.changes == [("create", "cilium-ca")]


@pytest.mark.parametrize(
    ("found", "ca", "shown"),
    [
        pytest.param(None, None, None, id="would be made"),
        pytest.param(None, PAIR_A, A, id="given"),
        pytest.param(A, None, A, id="another member's"),
    ],
)
def test_the_diff_of_check_mode_shows_only_what_will_be(
    found: Authority | None, ca: dict[str, Any] | None, shown: Authority | None, three: list[Cluster]
) -> None:
    if found is not None:
        three[1].put("cilium-ca", bare_secret(found))
    checked, again = (played(members=members(three), ca=ca, algorithm="ECDSA", check=True) for _time in range(2))
    assert checked == again
    ends = shown.as_result() if shown is not None else {"fingerprint": None, "not_after": None}
    assert [list(one) for one in checked["diff"]["after"].values()] == [["cilium-ca"]] * 3
    for one in (*checked["authorities"].values(), *(one["cilium-ca"] for one in checked["diff"]["after"].values())):
        assert {name: one[name] for name in ("fingerprint", "not_after")} == {
            name: ends[name] for name in ("fingerprint", "not_after")
        }
        assert one["has_key"] is True


def test_imported_and_refused_beside_another() -> None:
    with cluster() as one:
        assert played(kubeconfig=one.kubeconfig, ca=PAIR_A)["changed"]
        assert one.holds() == A
        assert not played(kubeconfig=one.kubeconfig, ca=PAIR_A)["changed"]
        with pytest.raises(InputError, match=f"alpha has CN=a {A.fingerprint}, declared is CN=b"):
            played(kubeconfig=one.kubeconfig, ca={"certificate": B.certificate, "key": B.key})
        assert one.holds() == A


def test_replaced_only_where_nothing_is_cut_off() -> None:
    new = {"certificate": B.certificate, "key": B.key}
    with cluster(cilium_ca=A, hubble_server_certs=leaf(A), other=leaf(authority("stranger"))) as one:
        with pytest.raises(InputError, match=r"mesh_ca_in_use.*certificates in hubble-server-certs\..*module clusterm"):
            played(kubeconfig=one.kubeconfig, ca=new, ca_policy="replace")
        assert one.changes == []
        forced = played(kubeconfig=one.kubeconfig, ca=new, ca_policy="replace", force=True)
        assert rules(forced) == [("mesh_ca_in_use", "warning")]
        assert one.holds() == B
    with cluster(cilium_ca=A, other=leaf(authority("stranger"))) as one:
        assert rules(played(kubeconfig=one.kubeconfig, ca=new, ca_policy="replace")) == []
        assert one.holds() == B


def test_an_authority_is_no_certificate_of_its_own() -> None:
    """cert-manager keeps one in a Secret of type TLS, and it has signed itself."""
    made = {key.replace("ca.", "tls."): text for key, text in bare_secret(A)["data"].items()}
    with cluster(cilium_ca={"type": "kubernetes.io/tls", "metadata": {}, "data": made}) as one:
        done = played(kubeconfig=one.kubeconfig, ca={"certificate": B.certificate, "key": B.key}, ca_policy="replace")
        assert (rules(done), one.holds()) == ([], B)


def test_a_renewed_certificate_takes_the_old_ones_place() -> None:
    fresh = renewed(A, days=2000)
    with cluster(cilium_ca=A, hubble_server_certs=leaf(A)) as one:
        done = played(kubeconfig=one.kubeconfig, ca={"certificate": fresh.certificate, "key": fresh.key})
        assert (done["changed"], rules(done), one.holds()) == (True, [], fresh)


def bare_secret(signer: Authority) -> dict[str, Any]:
    """A copy made by hand, with a word of somebody else's."""
    texts = {"ca.crt": signer.certificate, "ca.key": signer.key or "", "note": "x"}
    data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items() if text}
    return {"kind": "Secret", "metadata": {"labels": {"team": "net"}}, "data": data}


def test_a_copy_made_by_hand_is_given_to_helm() -> None:
    with cluster(cilium_ca=bare_secret(A)) as one:
        done = played(kubeconfig=one.kubeconfig)
        assert (done["changed"], done["diff"]["before"]["alpha"]["cilium-ca"]["helm_release"]) == (True, False)
        held = one.secrets["cilium-ca"]
        assert held["metadata"]["labels"] == {"team": "net", "app.kubernetes.io/managed-by": "Helm"}
        assert held["metadata"]["annotations"]["meta.helm.sh/release-name"] == "cilium"
        assert held["data"] == bare_secret(A)["data"]
        assert not played(kubeconfig=one.kubeconfig)["changed"]


@pytest.mark.parametrize(
    "metadata", [{"ownerReferences": [{"kind": "X"}]}, {"annotations": {"cert-manager.io/certificate-name": "ca"}}]
)
def test_what_something_else_makes_is_left_to_it(metadata: dict[str, Any]) -> None:
    with cluster(cilium_ca={**bare_secret(A), "metadata": metadata}) as one:
        assert not played(kubeconfig=one.kubeconfig)["changed"]


def test_a_certificate_alone_is_left_and_said() -> None:
    with cluster(cilium_ca=bare_secret(without_key(A))) as one:
        done = played(kubeconfig=one.kubeconfig)
        assert (done["changed"], rules(done)) == (False, [("mesh_ca_without_key", "warning")])
        assert played(kubeconfig=one.kubeconfig, ca=PAIR_A)["changed"]
        assert one.holds() == A


def test_a_secret_of_another_release_is_refused() -> None:
    with cluster(cilium_ca=A) as one, pytest.raises(InputError, match=r"release kube-system/cilium.*kube-system/net"):
        played(kubeconfig=one.kubeconfig, release_name="net")


def test_the_meshs_own_secret_wins_in_old_charts() -> None:
    with cluster(cilium_ca=B, clustermesh_apiserver_ca_cert=A) as one:
        assert played(kubeconfig=one.kubeconfig)["authorities"]["alpha"]["fingerprint"] == B.fingerprint
        done = played(kubeconfig=one.kubeconfig, cilium_version="1.14.19")
        assert done["authorities"]["alpha"]["fingerprint"] == A.fingerprint
        assert (one.holds(), one.holds(MESH_CA), one.changes) == (A, A, [("patch", "cilium-ca")])
        assert not played(kubeconfig=one.kubeconfig, cilium_version="1.14.19")["changed"]
        new = {"certificate": B.certificate, "key": B.key}
        both = played(kubeconfig=one.kubeconfig, cilium_version="1.13", ca=new, ca_policy="replace")
        assert both["written"] == {"alpha": ["cilium-ca", MESH_CA]}
        assert (one.holds(), one.holds(MESH_CA), one.holds("hubble-ca-secret")) == (B, B, None)


def test_charts_that_look_nothing_up_are_said() -> None:
    with cluster() as one:
        done = played(kubeconfig=one.kubeconfig, cilium_version="1.11.20", ca=PAIR_A)
        assert rules(done) == [("mesh_ca_not_looked_up", "warning")]


def test_shared_by_all(three: list[Cluster]) -> None:
    three[1].put("cilium-ca", bare_secret(B))
    done = played(members=members(three))
    assert done["written"] == {"paris": ["cilium-ca"], "berlin": ["cilium-ca"], "madrid": ["cilium-ca"]}
    assert {one.holds() for one in three} == {B}
    assert not played(members=members(three))["changed"]


def test_members_that_differ(three: list[Cluster]) -> None:
    three[0].put("cilium-ca", bare_secret(A))
    three[2].put("cilium-ca", bare_secret(B))
    with pytest.raises(InputError, match=f"paris has CN=a {A.fingerprint}; madrid has CN=b {B.fingerprint}"):
        played(members=members(three))
    assert all(one.changes == [] for one in three)
    kept = played(members=members(three), ca_policy="bundle")
    assert kept["trust_bundle"] == "".join(sorted([A.certificate, B.certificate]))
    assert [one.holds() for one in three] == [A, A, B]
    assert rules(kept) == [("mesh_ca_differs", "warning")]
    adopted = played(members=members(three), ca_policy="adopt_first")
    assert (adopted["written"], adopted["trust_bundle"]) == ({"madrid": ["cilium-ca"]}, None)
    assert {one.holds() for one in three} == {A}


def test_one_that_cannot_be_read_stops_all(three: list[Cluster]) -> None:
    three[2].put("cilium-ca", {"data": {"ca.crt": "eA=="}})
    with pytest.raises(InputError, match="madrid: Secret kube-system/cilium-ca: found no certificate in 1 char"):
        played(members=members(three))
    assert three[0].changes == []


def test_a_member_that_leaves_is_not_asked(three: list[Cluster]) -> None:
    listed = [*members(three[:2]), {"name": "gone", "state": "absent", "kubeconfig": "/nowhere"}]
    assert list(played(members=listed)["authorities"]) == ["paris", "berlin"]


def test_members_without_names_are_told_apart(three: list[Cluster]) -> None:
    listed = [{"kubeconfig": one.kubeconfig, "context": "alpha"} for one in three[:2]]
    with pytest.raises(InputError, match=r"alpha stands there twice.*its name"):
        played(members=listed)


def test_exported_to_a_file_and_imported_again(tmp_path: Path) -> None:
    path = tmp_path / "ca.yml"
    with cluster(cilium_ca=A) as one:
        options: dict[str, Any] = {"kubeconfig": one.kubeconfig, "state": "exported", "path": str(path)}
        assert (played(**options, check=True)["changed"], path.exists()) == (True, False)
        done = played(**options)
        assert (done["changed"], done["path"], oct(path.stat().st_mode)[-3:]) == (True, str(path), "600")
        assert "ca" not in done
        assert given(path.read_text(encoding="utf-8")) == A
        assert not played(**options)["changed"]
        path.chmod(0o644)
        assert played(**options)["changed"]
        assert oct(path.stat().st_mode)[-3:] == "600"
        assert list(tmp_path.iterdir()) == [path]
        one.put("cilium-ca", bare_secret(B))
        assert played(**options)["changed"]
        assert given(path.read_text(encoding="utf-8")) == B
    with cluster() as other:
        assert played(kubeconfig=other.kubeconfig, ca=path.read_text(encoding="utf-8"))["changed"]
        assert other.holds() == B


def test_exported_as_a_result_only_when_asked() -> None:
    with cluster(cilium_ca=A) as one:
        done = played(kubeconfig=one.kubeconfig, state="exported", return_ca=True)
        assert (done["changed"], done["ca"]) == (False, PAIR_A)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"state": "exported"}, "neither path nor return_ca"),
        ({"state": "exported", "return_ca": True, "members": [{"name": "a"}]}, "members: found clusters"),
        ({"state": "exported", "return_ca": True, "ca": PAIR_A}, "ca: found an authority"),
        ({"path": "ca.yml"}, "only with state exported"),
        ({"return_ca": True}, "only with state exported"),
        ({"ca": {"certificate": A.certificate}}, "without its private key"),
        ({"ca_policy": "replace"}, "give one in ca"),
        ({"days": 0}, "days: found 0"),
        ({"cilium_version": "newest"}, "version 'newest'"),
        ({"state": "exported", "return_ca": True}, "alpha: found no certificate authority in cilium-ca"),
    ],
)
def test_what_means_nothing_is_refused(options: dict[str, Any], words: str) -> None:
    with cluster() as one:
        with pytest.raises(InputError, match=words):
            played(**{"kubeconfig": one.kubeconfig, **options})
        assert one.changes == []


@pytest.mark.parametrize(("name", "words"), [("no/ca.yml", "no folder"), ("", "no file")])
def test_places_that_take_no_file(name: str, words: str, tmp_path: Path) -> None:
    with cluster(cilium_ca=A) as one, pytest.raises(InputError, match=words):
        played(kubeconfig=one.kubeconfig, state="exported", path=str(tmp_path / name))


def test_no_key_in_any_result(three: list[Cluster]) -> None:
    """Whatever the task does; and the doors know the key of the option ca, but not its certificate, as a secret."""
    three[0].put("cilium-ca", bare_secret(A))
    told = [played(members=members(three), ca=PAIR_A), played(members=members(three), ca=PAIR_A, check=True)]
    lines = (A.key or "").splitlines()[1:-1]
    assert not any(line in json.dumps(told) for line in lines)
    hidden = secrets_of({"ca": PAIR_A}, ARGUMENTS)
    assert set(lines[:1]) <= hidden
    assert not any(line in form for line in A.certificate.splitlines()[1:-1] for form in hidden)
    assert not {"a", "Secret", "cilium-ca", "kube-system"} & secrets_of({"ca": bare_secret(A)}, ARGUMENTS)
    assert set(lines[:1]) <= secrets_of({"ca": bare_secret(A)}, ARGUMENTS)
