"""Plans: declared policies against what a cluster has."""

from __future__ import annotations

from ansible_collections.fleet.cilium.plugins.module_utils._egress.plan import Plan, plan, plan_difference
from ansible_collections.fleet.cilium.plugins.module_utils._egress.policies import Policy
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._owner import MANAGED_BY
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._egress.declared import OLD_SCHEMA, SCHEMA, kind, old_kind, policy

OURS: JsonObject = {MANAGED_BY: "fleet.cilium"}
EMPTY: dict[str, list[str]] = {"created": [], "updated": [], "deleted": [], "unchanged": []}


def live(declared: Policy, labels: JsonObject | None = None, *, number: int = 0, **spec: Json) -> JsonObject:
    """A policy as the API server holds it."""
    here = (kind(), old_kind())[number]
    return {
        "apiVersion": f"cilium.io/{here.version}",
        "kind": here.form.kind,
        "metadata": {"name": declared.name, "labels": OURS if labels is None else labels, "resourceVersion": "7"},
        "spec": {**declared.spec(here.form), **spec},
    }


def rules(planned: Plan) -> list[str]:
    return [finding.rule for finding in planned.findings]


def test_nothing_there() -> None:
    planned = plan([policy("a"), policy("b")], [kind()], "paris")
    assert planned.names() == {**EMPTY, "created": ["a", "b"]}
    path, item = planned.create[0]
    assert path == "/apis/cilium.io/v2/ciliumegressgatewaypolicies"
    assert item == {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumEgressGatewayPolicy",
        "metadata": {"name": "a", "labels": OURS},
        "spec": policy("a").spec(kind().form),
    }


def test_there_already() -> None:
    planned = plan([policy()], [kind(live(policy()))], "paris")
    assert (planned.changed, planned.names()) == (False, {**EMPTY, "unchanged": ["bank"]})
    assert plan_difference(planned, [kind(live(policy()))])["before"] == {}


def test_different() -> None:
    before = live(policy(), {**OURS, "team": "pay"}, destinationCIDRs=["10.0.0.0/8"])
    planned = plan([policy()], [kind(before)], "paris")
    assert planned.names() == {**EMPTY, "updated": ["bank"]}
    path, item = planned.update[0]
    assert path == "/apis/cilium.io/v2/ciliumegressgatewaypolicies/bank"
    assert item["metadata"] == before["metadata"]
    shown = plan_difference(planned, [kind(before)])
    assert isinstance(shown["before"], dict)
    assert isinstance(shown["after"], dict)
    name = "CiliumEgressGatewayPolicy/bank"
    assert shown["before"][name]["destinationCIDRs"] == ["10.0.0.0/8"]  # type: ignore[index,call-overload] # -- JSON
    assert shown["after"][name]["destinationCIDRs"] == ["203.0.113.0/24"]  # type: ignore[index,call-overload] # -- JSON


def test_ours_that_nobody_declares_go_and_others_stay() -> None:
    here = kind(live(policy("old")), live(policy("theirs"), {}), live(policy("argo"), {MANAGED_BY: "argo"}))
    planned = plan([], [here], "paris")
    assert planned.names() == {**EMPTY, "deleted": ["old"]}
    assert planned.delete[0][0] == "/apis/cilium.io/v2/ciliumegressgatewaypolicies/old"


def test_one_that_nobody_owns_becomes_ours() -> None:
    planned = plan([policy()], [kind(live(policy(), {"team": "pay"}))], "paris")
    assert planned.names() == {**EMPTY, "updated": ["bank"]}
    metadata = planned.update[0][1]["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["labels"] == {"team": "pay", **OURS}
    assert rules(planned) == ["egress_policy_adopted"]


def test_one_that_another_owns_is_an_error() -> None:
    planned = plan([policy()], [kind(live(policy(), {MANAGED_BY: "argo"}))], "paris")
    assert [(finding.rule, finding.severity) for finding in planned.findings] == [("egress_policy_of_another", "error")]


def test_fields_that_the_version_does_not_know_are_errors() -> None:
    known = SCHEMA["properties"]
    assert isinstance(known, dict)
    older: JsonObject = {"properties": {key: value for key, value in known.items() if key != "excludedCIDRs"}}
    planned = plan([policy(excludedCIDRs=["10.0.0.0/8"])], [kind(schema=older)], "paris")
    assert [(finding.rule, finding.asked) for finding in planned.findings] == [
        ("egress_policy_field_unknown", ["excludedCIDRs"])
    ]


def test_old_kind_needs_an_address() -> None:
    assert OLD_SCHEMA["required"]
    planned = plan([policy(egressGateway={"nodeSelector": {}})], [old_kind()], "paris")
    assert rules(planned) == ["egress_policy_field_missing"]
    assert rules(plan([policy()], [old_kind()], "paris")) == []


def test_upgrade_moves_policies_to_the_new_kind() -> None:
    planned = plan([policy()], [kind(), old_kind(live(policy(), number=1))], "paris")
    assert (planned.names()["created"], planned.names()["deleted"]) == (["bank"], ["bank"])
    assert planned.delete[0][0] == "/apis/cilium.io/v2alpha1/ciliumegressnatpolicies/bank"


NAMES = st.lists(st.sampled_from("abcdef"), unique=True)


@given(declared=NAMES, ours=NAMES, theirs=NAMES)
def test_a_plan_that_is_carried_out_leaves_nothing_to_do(
    declared: list[str], ours: list[str], theirs: list[str]
) -> None:
    there = {name: live(policy(name), OURS if name in ours else {}) for name in {*ours, *theirs}}
    policies = [policy(name) for name in sorted(declared)]
    planned = plan(policies, [kind(*there.values())], "paris")
    after = dict(there)
    for _path, item in (*planned.create, *planned.update):
        metadata = item["metadata"]
        assert isinstance(metadata, dict)
        after[str(metadata["name"])] = item
    for path, _item in planned.delete:
        del after[path.rpartition("/")[2]]
    assert not plan(policies, [kind(*after.values())], "paris").changed
    assert set(after) == set(declared) | (set(theirs) - set(ours))
