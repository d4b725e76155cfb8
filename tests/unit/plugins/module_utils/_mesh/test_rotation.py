"""The passes in which a live mesh gets another authority, and that a killed run is taken up where it ended."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import Authority, create, issue
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.certificates import current_time
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.fetch import SERVER_CERTIFICATE, Seen
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.rotation import Step, joined, other_signer, steps
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.sharing import REPLACE, plan_share

from tests.unit.plugins.module_utils._mesh.made import seen

OLD, NEW = create(algorithm="ECDSA"), create(algorithm="ECDSA")
TRUST, SIGN, DROP = "trust the old and the new authority", "sign with the new authority", "trust the new authority only"


def cluster(number: int, leaf: Authority | None, bundle: str = "", beside: str = "") -> Seen:
    """A cluster whose mesh API server has a certificate of an authority, and that trusts a bundle.

    Beside its certificate stands that of an authority, as the chart has put it there.
    """
    # A setting of text has no blank at its ends.
    values: JsonObject = {"tls": {"caBundle": {"content": bundle.strip()}}} if bundle else {}
    found = seen(f"c{number}", number, values=values)
    if leaf is None:
        return found
    certificate, _key = issue(leaf, "server")
    texts = {"tls.crt": certificate, "ca.crt": beside}
    data: JsonObject = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items() if text}
    return replace(found, secrets={SERVER_CERTIFICATE: {"data": data}})


def due(clusters: list[Seen], authorities: list[Authority | None], given: Authority | None = NEW) -> list[Step]:
    found = {one.name: authority for one, authority in zip(clusters, authorities, strict=True)}
    return steps(clusters, plan_share(found, given, REPLACE if given else "refuse"))


BOTH = joined([OLD.certificate, NEW.certificate])


@pytest.mark.parametrize(
    ("clusters", "authorities", "names"),
    [
        ([cluster(1, OLD), cluster(2, OLD)], [OLD, OLD], [TRUST, SIGN, DROP]),
        ([cluster(1, OLD, BOTH), cluster(2, OLD)], [OLD, OLD], [TRUST, SIGN, DROP]),
        ([cluster(1, OLD, BOTH), cluster(2, OLD, BOTH)], [OLD, OLD], [SIGN, DROP]),
        ([cluster(1, NEW, BOTH), cluster(2, OLD, BOTH)], [NEW, OLD], [SIGN, DROP]),
        ([cluster(1, NEW, BOTH), cluster(2, OLD, BOTH)], [NEW, NEW], [SIGN, DROP]),
        ([cluster(1, NEW, BOTH), cluster(2, NEW, BOTH)], [NEW, NEW], ["members"]),
        ([cluster(1, None), cluster(2, None)], [OLD, None], ["members"]),
    ],
)
def test_what_is_due(clusters: list[Seen], authorities: list[Authority | None], names: list[str]) -> None:
    assert [step.name for step in due(clusters, authorities)] == names


def test_both_are_trusted_until_everything_is_signed_anew() -> None:
    """Also when every Secret of the authority is new already, and one cluster's certificates are not."""
    found = due([cluster(1, NEW, BOTH), cluster(2, OLD, BOTH)], [NEW, NEW])
    assert found[0] == Step(SIGN, BOTH, frozenset({"c2"}), follows=True)
    assert found[-1].bundle == ""


def naming(*peers: str) -> JsonObject:
    """Values that name peers."""
    found: list[Json] = [{"name": name, "ips": ["192.0.2.1"], "port": 1} for name in peers]
    return {"clustermesh": {"config": {"clusters": found}}}


@pytest.mark.parametrize(
    ("version", "values", "names"),
    [
        pytest.param("1.13.18", [{}, {}, {}], ["members"], id="nobody is connected"),
        pytest.param("1.13.18", [{}, naming("c3"), naming("c2")], ["members"], id="another joins those that are"),
        pytest.param("1.13.18", [naming("c2"), {}, {}], [TRUST, SIGN, DROP], id="it has a peer"),
        pytest.param("1.13.18", [{}, naming("c1"), {}], [TRUST, SIGN, DROP], id="it is one"),
        pytest.param("1.14.19", [{}, {}, {}], [TRUST, SIGN, DROP], id="charts that trust several"),
    ],
)
def test_where_a_chart_trusts_one_authority_only(version: str, values: list[JsonObject], names: list[str]) -> None:
    """Nobody is cut off by a change in a cluster that nobody is connected with; else it is refused, as values say."""
    made = [seen(f"c{number}", number, version=version, values=one) for number, one in enumerate(values, 1)]
    leaves = [cluster(1, OLD).secrets, cluster(2, NEW).secrets, cluster(3, NEW).secrets]
    clusters = [replace(one, secrets=secrets) for one, secrets in zip(made, leaves, strict=True)]
    found = due(clusters, [OLD, NEW, NEW])
    assert [step.name for step in found] == names
    assert len(found) == 3 or found[0].signs == {"c1"}


def test_nothing_is_signed_before_both_are_trusted() -> None:
    assert due([cluster(1, OLD), cluster(2, OLD)], [OLD, OLD])[0].signs == frozenset()


def test_first_members_get_the_authority_at_once() -> None:
    (step,) = due([cluster(1, None), cluster(2, None)], [OLD, None], given=None)
    assert step == Step("members", "", frozenset({"c2"}))


def test_a_revision_that_helm_did_not_finish_has_told_nobody_whom_to_trust() -> None:
    one, other = cluster(1, OLD, BOTH), cluster(2, OLD, BOTH)
    assert other.stored.newest is not None
    pending = replace(
        other, stored=replace(other.stored, newest=replace(other.stored.newest, status="pending-upgrade"))
    )
    assert [step.name for step in due([one, pending], [OLD, OLD])] == [TRUST, SIGN, DROP]


def test_what_the_certificates_in_use_are_signed_by_is_trusted_meanwhile() -> None:
    """Somebody has put the new authority where the chart takes it from, but signed nothing with it yet."""
    found = due([cluster(1, OLD, beside=OLD.certificate), cluster(2, OLD, beside=OLD.certificate)], [NEW, NEW], None)
    assert [step.name for step in found] == [TRUST, SIGN, DROP]
    assert found[0].bundle == BOTH


@pytest.mark.parametrize(
    ("clusters", "follows"),
    [
        ([cluster(1, OLD), cluster(2, OLD)], [False, True, True]),
        ([cluster(1, OLD, BOTH), cluster(2, OLD, BOTH)], [True, True]),
        ([cluster(1, NEW, BOTH), cluster(2, NEW, BOTH)], [True]),
        ([cluster(1, NEW), cluster(2, NEW)], [False]),
    ],
)
def test_passes_that_need_the_one_before_them_say_so(clusters: list[Seen], follows: list[bool]) -> None:
    assert [step.follows for step in due(clusters, [OLD, OLD])] == follows


@pytest.mark.parametrize(
    ("days", "renewed"),
    [
        pytest.param(0, set(), id="new"),
        pytest.param(1095 - 31, set(), id="a day too early"),
        pytest.param(1095 - 29, {"c1"}, id="soon"),
        pytest.param(1095 + 1, {"c1"}, id="over"),
    ],
)
def test_certificates_that_end_are_made_anew(days: int, renewed: set[str]) -> None:
    long = create(algorithm="ECDSA", days=3650)
    clusters = [cluster(1, long), cluster(2, None)]
    shared = plan_share({"c1": long, "c2": long}, None, "refuse")
    (step,) = steps(clusters, shared, now=current_time() + timedelta(days=days))
    assert step.renews == renewed


def test_an_authority_that_ends_itself_renews_nothing() -> None:
    shared = plan_share({"c1": OLD}, None, "refuse")
    (step,) = steps([cluster(1, OLD)], shared, now=current_time() + timedelta(days=1090))
    assert step.renews == set()


def test_a_renewed_authority_is_handed_on() -> None:
    """The same key signs, and the agents know the certificate that ends."""
    long, short = create(algorithm="ECDSA", days=3650), create(algorithm="ECDSA", days=31)
    shared = plan_share({"c1": long}, None, "refuse")
    (step,) = steps([cluster(1, long, beside=short.certificate)], shared, now=current_time() + timedelta(days=21))
    assert step.renews == {"c1"}


@pytest.mark.parametrize(
    ("auto", "signer"),
    [
        ({}, ""),
        ({"enabled": True, "method": "helm"}, ""),
        ({"method": "cronJob"}, ""),
        ({"method": "certmanager"}, "certmanager"),
        ({"enabled": False}, "its Helm values"),
    ],
)
def test_who_signs(auto: JsonObject, signer: str) -> None:
    live: JsonObject = {"clustermesh": {"apiserver": {"tls": {"auto": auto}}}}
    assert other_signer(seen("paris", 1, values=live)) == signer
