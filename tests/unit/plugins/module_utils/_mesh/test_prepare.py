"""Before a pass that would cut off whoever has not got what came before, everybody is waited for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, holder
from ansible_collections.fleet.cilium.plugins.module_utils._errors import FleetError
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR, Finding
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh import run
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.arguments import ARGUMENTS, PLANNED, Options
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.fetch import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.jobs import Job
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.judge import MISTRUSTED
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.plan import MeshPlan
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.rotation import Step
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.run import TAKE_UP_SECONDS, Work
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.sharing import plan_share
from ansible_collections.fleet.cilium.plugins.module_utils._release.plan import NONE, UPGRADE, Plan

from tests.unit.plugins.module_utils._mesh.authorities import authority
from tests.unit.plugins.module_utils._mesh.made import declared, seen

PEM = authority().certificate.strip()
TRUSTING: JsonObject = {"tls": {"caBundle": {"content": PEM}}}
SIGN = Step("sign", PEM, follows=True)
DROP = Step("drop", "", follows=True, drops=True)


@dataclass
class Clusters:
    """Clusters that are waited for; `missing` is what keeps them apart then."""

    jobs: list[Job]
    missing: tuple[Finding, ...] = ()
    waited_for: list[str] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)

    def finish(self, one: Seen, _passed: object, _context: Context, *, drops: bool) -> None:
        self.waited_for.append(f"{one.name} drops={drops}")

    def connected(self, work: Work, _context: Context) -> tuple[list[JsonObject], list[Finding]]:
        self.seconds.append(work.options.wait_timeout)
        return [], list(self.missing)


def prepare(clusters: Clusters, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_jobs", lambda _work: clusters.jobs)
    monkeypatch.setattr(run, "finish", clusters.finish)
    monkeypatch.setattr(run, "_connected", clusters.connected)
    members = [one.seen for one in clusters.jobs]
    options = Options.read({**dict.fromkeys(ARGUMENTS), "state": PLANNED, "wait_timeout": 600})
    work = Work(declared(*members), options, members, [step], MeshPlan(), plan_share({}, None, "refuse"))
    context = Context(
        check_mode=False,
        diff=False,
        warn=lambda _text: None,
        progress=lambda _telling: None,
        door="action",
        holder=holder(),
    )
    run._prepare(work, context)


def job(name: str, number: int, *, becomes: JsonObject, action: str = UPGRADE) -> Job:
    """A cluster that trusts several authorities now, and what its values become."""
    return Job(seen(name, number, values=TRUSTING), release=Plan(action, values=becomes))


@pytest.mark.parametrize(
    ("step", "jobs", "waits"),
    [
        (DROP, [job("paris", 1, becomes={}), job("rome", 2, becomes=TRUSTING)], True),
        (DROP, [job("paris", 1, becomes=TRUSTING), job("rome", 2, becomes=TRUSTING)], False),
        (SIGN, [job("paris", 1, becomes=TRUSTING), job("rome", 2, becomes=TRUSTING, action=NONE)], True),
        (SIGN, [job("paris", 1, becomes=TRUSTING, action=NONE)], False),
    ],
)
def test_it_waits_where_a_pass_builds_on_another(
    step: Step, jobs: list[Job], waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clusters = Clusters(jobs)
    prepare(clusters, step, monkeypatch)
    assert sorted(clusters.waited_for) == ([f"{one.seen.name} drops={step.drops}" for one in jobs] if waits else [])
    assert clusters.seconds == ([TAKE_UP_SECONDS] if waits else [])


def test_releases_of_others_and_members_that_leave_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    paris, rome, oslo = (job(name, number, becomes={}) for number, name in enumerate(("paris", "rome", "oslo"), 1))
    rome = replace(rome, seen=replace(rome.seen, member=replace(rome.seen.member, is_ours=False)))
    oslo = replace(oslo, seen=replace(oslo.seen, member=replace(oslo.seen.member, leaving=True)))
    clusters = Clusters([paris, rome, oslo])
    prepare(clusters, DROP, monkeypatch)
    assert clusters.waited_for == ["paris drops=True"]


@pytest.mark.parametrize(("rule", "refused"), [(MISTRUSTED, True), ("mesh_tcp_refused", False)])
def test_nothing_is_dropped_while_agents_do_not_trust_each_other(
    rule: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What keeps them apart for another reason is not made worse."""
    fault = Finding(rule, ERROR, {"cluster": "paris"}, "paris does not reach rome", "look")
    clusters = Clusters([job("paris", 1, becomes={})], (fault,))
    if not refused:
        prepare(clusters, DROP, monkeypatch)
        return
    with pytest.raises(FleetError, match="drop: not begun, as agents do not trust each other: paris does not"):
        prepare(clusters, DROP, monkeypatch)
