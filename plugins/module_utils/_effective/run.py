# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of verify_info: read once, then judge. PRIVATE to the collection."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from .. import _kubernetes
from .._cluster.run import basics
from .._desired.facts import facts_of
from .._desired.raw import settings_in
from .._drift.plan import Places, drift
from .._errors import InputError
from .._findings import ERROR, Finding
from .._intent import read as read_settings
from .._json import get_list, get_object, get_objects, get_text, plain_object
from .._query import query_of
from .._status.gather import HEALTH
from .expectations import Person
from .expectations import read as read_expectations
from .fetch import fetch, with_facts
from .naming import subject
from .verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._catalogue._model import View
    from .._context import Context, Result
    from .._drift.fetch import Installed
    from .._intent import Intent
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .seen import Seen


_PAUSE_SECONDS = 2.0
_PASSING = frozenset(
    {
        "agent_no_answer",
        "agent_not_ready",
        "agent_timeout",
        "endpoint_unreachable",
        "node_isolated",
        "node_unreachable",
        "nodes_unreachable",
    }
)
_STARTING = "Warning"
_NO_HEALTH = ("agent_no_answer", HEALTH)


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Return what verify() does about a cluster, and that nothing was changed.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: an option that means nothing; found before anything is read.
        FleetError: the list of agents cannot be had.
    """
    query = query_of(params)
    expectations = read_expectations(get_list(dict(params), "expectations"), where="Option expectations")
    person = Person(tuple(expectations), frozenset(map(str, get_list(dict(params), "ignore"))))
    values = None if params.get("values") is None else plain_object(params["values"], where="values")
    for name in ("timeout", "parallel"):
        if int(str(params[name])) < 1:
            raise InputError(f"Option {name}: found {params[name]}, expected a whole number of at least 1.")
    client = _kubernetes.connect(params)
    deadline = time.monotonic() + int(str(params.get("settle") or 0))
    while True:
        result = _looked_at(client, params, context, values=values, person=person)
        waits = settling(get_objects(result, "findings"))
        if not waits or time.monotonic() + _PAUSE_SECONDS > deadline:
            break
        context.progress(f"looking again, as this passes after a start: {waits}")
        time.sleep(_PAUSE_SECONDS)
        params = {**params, "probe": True}  # health daemons ask each other once a minute or less often by themselves
    for text in client.warnings:
        context.warn(text)
    shown: Result = {"changed": False, **result}
    return query.reduced(shown) if query else shown


def _looked_at(
    client: Client, params: Mapping[str, Json], context: Context, *, values: JsonObject | None, person: Person
) -> JsonObject:
    """Read the cluster, and return what is to be said of it. Errors as run()."""
    read = fetch(client, params, context)
    facts = with_facts(facts_of(basics(client)), get_object(dict(params), "facts"))
    asked = get_text(dict(params), "version")
    intent = intent_of(get_object(dict(params), "settings"), values, read.seen, version=asked, facts=facts)
    view = None if intent is None else intent.view
    differing = drift(places(view, values, read.seen, read.installed)) if params["drift"] else []
    further = [*read.findings, *faults(intent), *other_versions(asked, read.seen)]
    return verify(view, read.seen, further=further, drift=differing, person=person)


def settling(findings: list[JsonObject]) -> str:
    """Return the rule of a finding that passes by itself soon after agents have started; empty for none. Pure.

    Agents are ready before their health daemons answer and have asked each other, and before all of their parts are;
    those say "Warning" until they are.
    """
    for found in findings:
        starting = _STARTING in get_object(found, "found").values()
        passing = found.get("severity") == ERROR and (found.get("rule") in _PASSING or starting)
        if passing or (found.get("rule"), found.get("asked")) == _NO_HEALTH:
            return str(found.get("rule"))
    return ""


def running_version(seen: Seen) -> str | None:
    """Return the version that most agents run; None where none tells. Pure."""
    versions = Counter(filter(None, (get_text(state, "version") for state in seen.nodes.values())))
    return max(versions, key=lambda version: (versions[version], version)) if versions else None


def intent_of(
    settings: JsonObject, values: JsonObject | None, seen: Seen, *, version: str | None, facts: JsonObject
) -> Intent | None:
    """Return what is asked, at the version that agents run; None where neither they nor anybody says one. Pure.

    What Helm values say of settings counts where no setting says it.
    """
    at = running_version(seen) or version
    if at is None:
        return None
    return read_settings({**settings_in(values or {}, at), **settings}, at, facts)


def faults(intent: Intent | None) -> list[Finding]:
    """Return what is wrong with the settings themselves: what cannot be read cannot be compared. Pure."""
    return [found for found in intent.findings if found.severity == ERROR] if intent is not None else []


def other_versions(asked: str | None, seen: Seen) -> Iterator[Finding]:
    """Yield a finding for each version of agents that is not the one that is asked for. Pure."""
    wanted = (asked or "").lstrip("v")
    nodes: dict[str, list[str]] = {}
    for node, state in seen.nodes.items():
        version = get_text(state, "version")
        if wanted and version and version != wanted:
            nodes.setdefault(version, []).append(node)
    for version, where in sorted(nodes.items()):
        yield Finding(
            rule="version_differs",
            severity=ERROR,
            subject=subject(seen.cluster, where, len(seen.nodes)),
            asked=wanted,
            found=version,
            reason=f"agents run Cilium {version}, and {wanted} is asked for",
            remedy="run the cluster's play (converge.yml), or wait until the roll-out is done",
        )


def places(view: View | None, values: JsonObject | None, seen: Seen, there: Installed) -> Places:
    """Return the four places of a configuration. Pure.

    Settings are compared only with a ConfigMap of the version that they are read at.
    """
    revision = there.revision
    version = revision.app_version if revision is not None else running_version(seen)
    comparable = view is not None and view.given and str(view.version) == (version or "").lstrip("v")
    return Places(
        view=view if comparable else None,
        values=values,
        release_values=None if revision is None else revision.values,
        release_config=there.config,
        config=seen.config or None,
        agents=seen.configuration,
        edited=there.edited,
    )
