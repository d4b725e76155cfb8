# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module clustermesh: fetch, plan, apply, for all clusters of a mesh at once. PRIVATE to the collection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .._catalogue import _authorities as authorities
from .._catalogue.clustermesh import AUTHORITY
from .._diff import difference
from .._errors import FleetError, Forbidden, InputError, NotFound
from .._findings import ERROR, Finding, split
from .._secrets import remember
from .._versions import parse
from . import elsewhere, identity, members, node_ports, rotation, sharing
from .arguments import ABSENT, PLANNED, Options
from .authority_secret import from_secret, given, secret
from .clients import clients
from .endpoints import node_port
from .fetch import AT_ONCE, fetch
from .jobs import Job, carry_out_all, finish, job, sides
from .judge import MISTRUSTED
from .peer_files import peer_files
from .peers import keys_in
from .plan import plan
from .reachability import Limits
from .reaching import check
from .state import until_connected
from .telling import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .authority import Authority
    from .fetch import Seen
    from .jobs import Done
    from .members import Declaration
    from .plan import MeshPlan, Wanted
    from .reaching import Reachability
    from .rotation import Step
    from .sharing import Sharing


# How long clusters are waited for before a pass that builds on another; what is not connected then has another cause.
TAKE_UP_SECONDS = 120


@dataclass(frozen=True)
class Work:
    """One task: what is declared, what is there, and what is to become of it in the next pass.

    Attributes:
        declared: the mesh.
        options: of the task.
        seen: what each member's cluster holds.
        steps: the passes that are due; the first is the next.
        planned: what each member is to get in the next pass.
        shared: what is to become of the members' authorities.
        looked_at: findings on members that get another name or id, and on ports that are in use.
        tried: which ports were tried from whom to whom; None for none.
    """

    declared: Declaration
    options: Options
    seen: Sequence[Seen]
    steps: Sequence[Step]
    planned: MeshPlan
    shared: Sharing
    looked_at: tuple[Finding, ...] = ()
    tried: Reachability | None = None

    @property
    def waits(self) -> bool:
        """Whether what is done is waited for: if that is asked, and before any further pass."""
        return self.options.wait or len(self.steps) > 1

    @property
    def findings(self) -> list[Finding]:
        """What there is to say before anything is done."""
        tried = self.tried.findings if self.tried is not None else ()
        return [*self.planned.findings, *self.shared.findings, *self.looked_at, *tried]


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Make the clusters the mesh that is declared, and return the task's result.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: what cannot be; nothing is changed then.
        FleetError: of the clusters in which it failed.
    """
    work = _work(params)
    if wanted := _to_try(work):
        work = replace(work, tried=_tried(work, wanted, context))
    _refuse(work)
    if work.options.state == PLANNED:
        return {"changed": False, **told(work, {}), "waited": []}
    jobs = _jobs(work)
    result: Result = {"changed": any(one.changed for one in jobs), "steps": [step.name for step in work.steps]}
    if context.diff or result["changed"]:
        before, after = sides(jobs)
        result["diff"] = difference(before, after, title="mesh")
    if context.check_mode:
        return {**result, **told(work, {}), "waited": []}
    work, passes = _passes(params, work, context)
    waited = [row for one in passes for row in one.waited]
    done = {name: found for one in passes for name, found in one.done.items()}
    for one in work.seen:
        for text in one.client.warnings if one.client is not None else ():
            context.warn(f"{one.name}: {text}")
    return {**result, **told(work, done, passes[-1].missing), "waited": waited}


def _to_try(work: Work) -> dict[str, Wanted]:
    """Return of whom to try the ports: all if that is asked for, else those that need routes; none for nothing."""
    found = dict(work.planned.wanted) if work.options.check_reachability else work.planned.routed
    return found if work.options.check_reachability or any(one.peers for one in found.values()) else {}


def _tried(work: Work, wanted: Mapping[str, Wanted], context: Context) -> Reachability:
    """Try the ports that the mesh needs, between all members that stay."""
    staying = [one for one in work.seen if not one.member.leaving]
    clients = {one.name: one.client for one in staying if one.client is not None}
    served = all(one.service for one in staying)
    those = {one.name: wanted[one.name] for one in staying}
    return check(clients, those, Limits(namespace=work.declared.namespace), connected=served, context=context)


def _passes(params: Mapping[str, Json], work: Work, context: Context) -> tuple[Work, list[Pass]]:
    """Go through all clusters as often as it takes; return the work of the last pass, and what came of each.

    Raises:
        FleetError: as run(), or a pass left the clusters as they were.
    """
    passes: list[Pass] = []
    while True:
        if len(work.steps) > 1:
            context.progress(f"{work.steps[0].name}, {len(work.steps) - 1} passes left after it")
        if work.steps[0].drops or (work.steps[0].follows and not passes):
            _prepare(work, context)
        passes.append(_pass(work, context))
        if len(work.steps) == 1:
            return work, passes
        _refuse_to_go_on(work.steps[0], passes[-1].missing)
        due = len(work.steps)
        work = _work(params)
        if len(work.steps) >= due:
            raise FleetError(f"{work.steps[0].name}: due again right after it was done; did somebody change it back?")


def _prepare(work: Work, context: Context) -> None:
    """See that every pod has what the pass before brought, maybe in a run that was killed, as the next builds on it.

    Raises:
        FleetError: agents do not trust each other, so the next pass would cut off more.
    """
    step = work.steps[0]
    if not any(_loses_trust(one) if step.drops else one.changed for one in _jobs(work)):
        return
    context.progress(f"{step.name}: waiting until all clusters have what was done so far")
    staying = [one for one in work.seen if not one.member.leaving and one.member.is_ours]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda one: finish(one, work.options.passed, context, drops=step.drops), staying))
    seconds = min(work.options.wait_timeout, TAKE_UP_SECONDS)
    _rows, missing = _connected(replace(work, options=replace(work.options, wait_timeout=seconds)), context)
    distrust = [finding for finding in missing if finding.rule == MISTRUSTED]
    if distrust:
        raise FleetError(
            f"{step.name}: not begun, as agents do not trust each other: {distrust[0].reason}. "
            f"{distrust[0].remedy}, then run again",
            findings=[finding.as_dict() for finding in distrust],
        )


def _loses_trust(one: Job) -> bool:
    """Tell whether a cluster is to trust fewer authorities than it does; a bundle that others have set stays."""
    return one.release is not None and rotation.bundle_in(one.release.values) != rotation.bundle_of(one.seen)


def _refuse_to_go_on(step: Step, missing: Sequence[Finding]) -> None:
    """Raise FleetError where clusters are not connected: the next pass might cut what is left."""
    if missing:
        first = missing[0]
        raise FleetError(
            f"{step.name}: done, but {len(missing)} faults keep clusters apart, such as {first.reason}. The passes "
            f"that follow wait until they are connected: {first.remedy}, then run again",
            findings=[finding.as_dict() for finding in missing],
        )


@dataclass(frozen=True)
class Pass:
    """What came of one pass: what was done in each cluster, what was waited for, which pairs are not connected."""

    done: Mapping[str, Done]
    waited: tuple[JsonObject, ...] = ()
    missing: tuple[Finding, ...] = ()


def _pass(work: Work, context: Context) -> Pass:
    """Bring all clusters to what the next step says, and wait until they are connected."""
    done = carry_out_all(_jobs(work), context, at_once=AT_ONCE)
    waited: list[JsonObject] = [{**row, "cluster": name} for name, one in done.items() for row in one.waited]
    if not work.waits or work.options.state == ABSENT:
        return Pass(done, tuple(waited))
    rows, missing = _connected(work, context)
    return Pass(done, (*waited, *rows), tuple(missing))


def _work(params: Mapping[str, Json]) -> Work:
    """Return what is declared, what is there, and what is to become of it; nothing is changed."""
    declared, options = members.read(params), Options.read(params)
    if options.state == ABSENT:
        declared = replace(declared, members=tuple(replace(one, leaving=True) for one in declared.members))
    wanted = given(options.ca) if options.ca is not None else None
    seen = fetch(declared)
    staying = [one for one in seen if not one.member.leaving]
    signing = [one for one in staying if not rotation.other_signer(one)]
    found = {one.name: _authority(one, declared.namespace) for one in signing}
    shared = sharing.plan_share(found, wanted, options.ca_policy)
    due = rotation.steps(staying, shared)
    shown = clients(staying, shared)
    remember([key for one in seen for key in keys_in(one.live)])
    remember([key for one in shown.values() for key in one.keys])
    planned = plan(declared, seen, peers=options.peers, bundle=due[0].bundle, clients=shown)
    findings = tuple(
        identity.judge(one, allowed=options.allow_identity_change) for one in staying if identity.changes(one)
    )
    taken = tuple(finding for one in staying for finding in _port_in_use(one, planned, declared.namespace))
    signed = tuple(elsewhere.judge(staying, shared))
    return Work(declared, options, seen, due, planned, shared, (*findings, *taken, *signed))


def _port_in_use(one: Seen, planned: MeshPlan, namespace: str) -> list[Finding]:
    """Return the finding that the NodePort which a cluster's mesh API server is to get is another Service's."""
    endpoint = planned.wanted[one.name].endpoint
    if one.client is None or endpoint is None or endpoint.service_type != members.NODE_PORT:
        return []
    if endpoint.port == node_port(one.service):
        return []
    try:
        return node_ports.judge(one.name, endpoint.port, one.client.items("/api/v1/services"), namespace)
    except (Forbidden, NotFound):  # who may not look finds out from helm
        return []


def _authority(one: Seen, namespace: str) -> Authority | None:
    """Return the authority that signs the certificates of a cluster's mesh API server."""
    version = parse(one.version) if one.version else None
    # A chart that takes it from values only writes it to the Secret all the same.
    for name in (authorities.signed_from(version) if version else ()) or authorities.secrets_of(version):
        found = from_secret(one.secrets.get(name), where=f"{one.name}: Secret {namespace}/{name}")
        if found is not None:
            return found
    return None


def _refuse(work: Work) -> None:
    """Raise InputError for what cannot work, with everything that was found."""
    faults, _others = split(work.findings, work.options.ignore)
    if work.options.state != PLANNED:
        faults = [*faults, *(_not_installed(one) for one in work.seen if _is_missing(one))]
    if not faults:
        return
    lines = [f"- {fault.rule}: {_about(fault)}{fault.reason} -> {fault.remedy}" for fault in faults]
    raise InputError(
        "\n".join(["These clusters cannot become the mesh that is declared; nothing was changed:", *lines]),
        findings=[finding.as_dict() for finding in work.findings],
    )


def _about(fault: Finding) -> str:
    cluster = fault.subject.get("cluster")
    return f"{cluster}: " if cluster else ""


def _is_missing(one: Seen) -> bool:
    return not one.member.leaving and one.member.is_ours and not one.is_installed


def _not_installed(one: Seen) -> Finding:
    return Finding(
        "mesh_member_not_installed",
        ERROR,
        {"cluster": one.name},
        "Cilium is not installed there by Helm, so nothing can make it a member",
        "install it with the values that state planned returns (role cilium does), or leave it out until then",
    )


def _jobs(work: Work) -> list[Job]:
    """Return what is to be done in each cluster that can be reached."""
    jobs = []
    for one in work.seen:
        if one.client is None:
            continue
        ours = one.is_installed and one.member.is_ours
        anew = _anew(work, one) if ours else ""
        passed = {**work.options.passed, "wait": work.waits}
        todo = job(one, work.planned.wanted[one.name].values, passed, anew=anew) if ours else Job(one)
        kept = authorities.kept_leaves(parse(str(one.version))) if anew else ()
        dropped: list[JsonObject] = [
            {"metadata": {"namespace": work.declared.namespace, "name": name}} for name in kept
        ]
        files = peer_files(work.declared, one, work.planned, peers=work.options.peers)
        jobs.append(
            replace(
                todo,
                secrets=(*_secrets(work, one), *files.written),
                removed=files.removed,
                dropped=tuple(dropped),
            )
        )
    return jobs


def _secrets(work: Work, one: Seen) -> list[JsonObject]:
    """Return the Secrets of the authority that are to be written in a cluster."""
    wanted = work.shared.wanted.get(one.name)
    if wanted is None:
        return []
    version = parse(one.version) if one.version else None
    names = authorities.secrets_of(version)
    if one.name not in work.shared.write or one.name not in work.steps[0].signs:
        # Where values name the authority, method cronJob of charts before 1.14 signs from the first of these only.
        named = AUTHORITY in work.planned.wanted[one.name].settings and wanted.has_key
        first = authorities.signed_from(version)[:1] if version and named else ()
        names = tuple(name for name in first if name not in one.secrets)
    where = {"namespace": work.declared.namespace, "release": work.declared.release}
    return [secret(wanted, name=name, **where) for name in names]


def _anew(work: Work, one: Seen) -> str:
    """Return why a cluster's certificates are to be made anew; empty where they are good."""
    stale = rotation.is_stale(one, work.shared) or one.name in work.shared.rotate
    if stale and one.name in work.steps[0].signs:
        return "another authority signs its certificates"
    return "its certificates end soon" if one.name in work.steps[0].renews else ""


def _connected(work: Work, context: Context) -> tuple[list[JsonObject], list[Finding]]:
    """Wait until the agents of every member are connected; return what was waited for, and what is not."""
    clients = {
        one.name: one.client.for_thread()
        for one in work.seen
        if one.client is not None and not one.member.leaving and one.is_installed
    }
    expected = {name: peers for name, peers in work.planned.expected.items() if name in clients}
    waited, missing = until_connected(
        clients,
        expected,
        namespace=work.declared.namespace,
        timeout=work.options.wait_timeout,
        context=context,
    )
    return [one.as_dict() for one in waited], missing
