"""From desired and existing to a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.arguments import ARGUMENTS, Options
from ansible_collections.fleet.cilium.plugins.module_utils._release.chart import Chart
from ansible_collections.fleet.cilium.plugins.module_utils._release.ownership import Claim, digests, write_record
from ansible_collections.fleet.cilium.plugins.module_utils._release.plan import (
    ADOPT,
    FORGET,
    INSTALL,
    NONE,
    UNINSTALL,
    UPGRADE,
    plan_absent,
    plan_present,
    refuse_cluster,
    refuse_step,
)
from ansible_collections.fleet.cilium.plugins.module_utils._release.store import Revision, Stored

VALUES: JsonObject = {"debug": {"enabled": True}}
DEFAULTS: JsonObject = {"debug": {"enabled": False}}
METADATA: JsonObject = {"name": "cilium", "version": "1.15.19", "appVersion": "1.15.19", "kubeVersion": ">= 1.16.0-0"}
CHART = Chart(METADATA, content="abc", path="/c", load_defaults=lambda: DEFAULTS, load_templates=dict)


def options(**given: object) -> Options:
    defaults = {name: spec.get("default") for name, spec in ARGUMENTS.items()}
    return Options.read(cast(JsonObject, {**defaults, "chart": "/c", "values": VALUES, **given}))


def revision(number: int = 3, status: str = "deployed", version: str = "1.15.19", **config: Json) -> Revision:
    body: JsonObject = {
        "config": config or dict(VALUES),
        "chart": {"metadata": {**METADATA, "version": version, "appVersion": version}, "values": dict(DEFAULTS)},
    }
    return Revision(number, status, body, {})


def stored(newest: Revision | None, *, claim: Claim | None = None) -> Stored:
    record = None if claim is None else write_record("cilium", {"release": claim}, namespace="kube-system")
    return Stored(newest, record)


SETTLED = Claim(owned=digests(VALUES), content="abc", revision=3)


@pytest.mark.parametrize(
    ("existing", "action", "reason"),
    [
        pytest.param(Stored(), INSTALL, "not installed", id="nothing"),
        pytest.param(stored(revision(), claim=SETTLED), NONE, "", id="unchanged"),
        pytest.param(stored(revision(status="failed"), claim=SETTLED), UPGRADE, "is failed", id="failed"),
        pytest.param(stored(revision(status="pending-upgrade"), claim=SETTLED), UPGRADE, "pending", id="pending"),
        pytest.param(stored(revision(status="uninstalled"), claim=SETTLED), INSTALL, "not installed", id="history"),
        pytest.param(stored(revision(version="1.15.18"), claim=SETTLED), UPGRADE, "becomes 1.15.19", id="version"),
        pytest.param(stored(revision(debug={"enabled": False}), claim=SETTLED), UPGRADE, "values differ", id="values"),
        pytest.param(
            stored(revision(), claim=replace(SETTLED, content="x")), UPGRADE, "content of the chart", id="content"
        ),
        pytest.param(stored(revision(4), claim=replace(SETTLED, content="x")), NONE, "", id="stale digest"),
        pytest.param(stored(revision()), ADOPT, "ours changes", id="no record"),
        pytest.param(stored(revision(), claim=SETTLED.intend(VALUES)), NONE, "", id="killed after helm"),
    ],
)
def test_present(existing: Stored, action: str, reason: str) -> None:
    plan = plan_present(options(), CHART, existing)
    assert plan.action == action
    assert reason in "; ".join(plan.reasons)
    assert plan.changed is (action != NONE)
    assert (plan.unfinished is not None) is (plan.reasons == ["revision 3 is pending-upgrade"])
    # What differs is shown, and nothing is shown where nothing differs.
    assert (plan.before == plan.after) is (action == NONE)


def test_record_of_a_release_that_is_gone_counts_for_nothing() -> None:
    claims = {"clustermesh": Claim(owned=digests({"debug": {"enabled": False}}))}
    record = write_record("cilium", claims, namespace="kube-system")
    plan = plan_present(options(), CHART, Stored(None, record))
    assert (plan.action, plan.record) == (INSTALL, {})


@pytest.mark.parametrize(
    ("existing", "action"),
    [
        (Stored(), NONE),
        (stored(revision()), UNINSTALL),
        (stored(revision(status="uninstalled")), UNINSTALL),
        (stored(None, claim=SETTLED), FORGET),
    ],
)
def test_absent(existing: Stored, action: str) -> None:
    plan = plan_absent(existing)
    assert (plan.action, plan.changed, plan.after) == (action, action != NONE, {})


def test_lint_refuses_warns_or_is_off() -> None:
    wrong: JsonObject = {"debugg": True}
    with pytest.raises(InputError, match="did you mean debug") as caught:
        plan_present(options(values=wrong), CHART, Stored())
    assert isinstance(caught.value.details["findings"], list)
    warned = plan_present(options(values=wrong, lint="warn"), CHART, Stored()).findings
    assert [(finding.rule, finding.severity) for finding in warned] == [("unknown_value", "warning")]
    assert plan_present(options(values=wrong, lint="off"), CHART, Stored()).findings == []


@pytest.mark.parametrize(
    ("theirs", "rule", "severity"),
    [
        ({"debugg": 1}, "unknown_value", "warning"),
        ({"tunnel": "disabled"}, "removed_value", "warning"),
        ({"debug": {"enabled": True}, "extra": {"a": None}}, "unknown_value", "warning"),
        ({"debug": {"enabled": "yes"}}, "value_type", "warning"),
    ],
)
def test_lint_warns_of_values_of_others(theirs: JsonObject, rule: str, severity: str) -> None:
    """Values that are live and not ours reach helm too; what the chart ignores of them is no reason to stop."""
    body: JsonObject = {**revision(2).body, "config": theirs}
    plan = plan_present(options(values={}), CHART, stored(Revision(2, "deployed", body, {})))
    assert [(finding.rule, finding.severity) for finding in plan.findings] == [(rule, severity)]


def test_lint_refuses_values_of_others_that_make_helm_fail() -> None:
    with pytest.raises(InputError, match="debug is a map"):
        plan_present(options(values={}), CHART, stored(revision(2, debug="yes")))
    assert plan_present(options(values={}, purge_foreign=True), CHART, stored(revision(2, debug="yes"))).findings == []


@pytest.mark.parametrize(
    ("live", "wanted", "skip", "message"),
    [
        ("1.15.19", "1.15.19", (), None),
        ("1.15.6", "1.15.19", (), None),
        ("1.14.9", "1.15.19", (), None),
        ("1.13.9", "1.15.19", (), "go by 1.14 first"),
        ("1.13.9", "1.15.19", ("minor_skip",), None),
        ("1.13.9", "1.15.19", ("downgrade",), "minor_skip"),
        ("1.16.0", "1.15.19", (), "downgrade"),
        ("1.16.0", "1.15.19", ("downgrade",), None),
        ("1.16.0", "1.16.0-rc.1", (), "downgrade"),
        ("1.15.19", "2.0.0", (), "minor_skip"),
    ],
)
def test_steps_between_versions(live: str, wanted: str, skip: tuple[str, ...], message: str | None) -> None:
    if message is None:
        refuse_step(live, wanted, skip=skip)
        return
    with pytest.raises(InputError, match=message):
        refuse_step(live, wanted, skip=skip)


def test_cluster_outside_the_range() -> None:
    refuse_cluster(CHART, "v1.36.3")
    with pytest.raises(InputError, match=r"supports Kubernetes >= 1.16.0-0, the cluster is v1.15.0"):
        refuse_cluster(CHART, "v1.15.0")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"values": "a=b"}, "values: found a text"),
        ({"values": [1]}, "values: found a list"),
        ({"values": None}, "values: found a null"),
        ({"chart": None}, "chart: missing"),
        ({"wait_timeout": 0}, "wait_timeout: found 0"),
        ({"history_max": -1}, "history_max: found -1"),
    ],
)
def test_options_that_mean_nothing(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        options(**given)
