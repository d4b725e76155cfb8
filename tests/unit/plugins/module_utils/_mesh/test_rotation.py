"""The passes in which a live mesh gets another authority, and that a killed run is taken up where it ended."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import Authority, create, issue
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.fetch import SERVER_CERTIFICATE, Seen
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.rotation import Step, joined, steps
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.sharing import REPLACE, plan_share

from tests.unit.plugins.module_utils._mesh.made import seen

OLD, NEW = create(algorithm="ECDSA"), create(algorithm="ECDSA")
TRUST, SIGN, DROP = "trust the old and the new authority", "sign with the new authority", "trust the new authority only"


def cluster(number: int, leaf: Authority | None, bundle: str = "") -> Seen:
    """A cluster whose mesh API server has a certificate of an authority, and that trusts a bundle."""
    # A setting of text has no blank at its ends.
    values: JsonObject = {"tls": {"caBundle": {"content": bundle.strip()}}} if bundle else {}
    found = seen(f"c{number}", number, values=values)
    if leaf is None:
        return found
    certificate, _key = issue(leaf, "server")
    data: JsonObject = {"tls.crt": base64.b64encode(certificate.encode()).decode()}
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
    assert found[0] == Step(SIGN, BOTH, frozenset({"c2"}))
    assert found[-1].bundle == ""


def test_nothing_is_signed_before_both_are_trusted() -> None:
    assert due([cluster(1, OLD), cluster(2, OLD)], [OLD, OLD])[0].signs == frozenset()


def test_first_members_get_the_authority_at_once() -> None:
    (step,) = due([cluster(1, None), cluster(2, None)], [OLD, None], given=None)
    assert step == Step("members", "", frozenset({"c2"}))
