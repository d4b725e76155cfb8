# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is to get. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .._catalogue.kube_proxy_replacement import HOST, PORT
from .._catalogue.load_balancing import SEED
from .._catalogue.rollout import ROLLOUT
from .._dialects.carry import unresolved
from .._dialects.configmap import configmap
from .._dialects.helm import helm_values
from .._errors import InputError
from .._findings import ERROR, WARNING, Finding, split
from .._intent import VERSION, Intent, read
from .._json import get_object
from .._secrets import mask
from .._validation.cluster import in_order, problems
from .._validation.networks import claims, overlaps
from . import AUTO, endpoint, seed
from .doubts import doubts
from .facts import facts_of
from .overlay import RAW, overlay
from .raw import laid_over, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._json import Json, JsonObject


@dataclass(frozen=True)
class Asked:
    """What is asked of a cluster.

    Attributes:
        settings: by variable, as they are written; the endpoint and the seed may be "auto".
        version: of Cilium; None where nobody says it.
        raw: Helm values that a person wrote, above those that settings make.
        endpoint: Kubespray's global endpoint, if the inventory has one.
        seed: the seed of the mesh's first member, if that is known.
        ignored: names of rules whose errors do not count, as somebody knows better.
        lint: how bad raw values are that the version's chart does not know: "error" or "warn"; "off" to leave that to
            whoever has the chart.
        mesh: settings by which it is a member of a mesh. Rules look at them; their values are another manager's.
    """

    settings: JsonObject
    version: str | None
    raw: JsonObject
    endpoint: str = ""
    seed: str | None = None
    ignored: tuple[str, ...] = ()
    lint: str = "error"
    mesh: JsonObject = field(default_factory=dict)

    @property
    def is_raw_alone(self) -> bool:
        """Whether nothing but raw values is asked, for a version that nobody says; rollout is the same in each."""
        return not self.version and not set(self.settings) - {ROLLOUT}


@dataclass(frozen=True)
class Desired:
    """What a cluster is to get: settings with nothing left to look up, values, and what there is to say.

    Attributes:
        version: of Cilium; None where nobody says it.
        settings: with nothing left to look up.
        values: for Helm.
        findings: none of them an error, but for those that are ignored.
        notes: in words, what was looked up, and where it was found.
        differences: where the agents' configuration is not yet what is asked; empty where there is none.
    """

    version: str | None
    settings: JsonObject
    values: JsonObject
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    differences: tuple[Finding, ...] = ()


def version_of(settings: Mapping[str, Json], chart: str | None, live: str | None) -> str | None:
    """Return the version that is meant: the variable's, else the chart's own, else the one that runs."""
    given = settings.get(VERSION)
    return str(given) if given else chart or live


def intent_of(asked: Asked, facts: JsonObject) -> Intent:
    """Return what rules look at: settings, what raw values say above them, and facts.

    Raises:
        InputError: nobody says which version of Cilium is meant.
    """
    if not asked.version:
        raise InputError(
            f"{VERSION}: found none, and the chart is no folder or .tgz file that says it; settings become values for "
            f"one version, so set {VERSION}, such as 1.15.19"
        )
    settings = laid_over(asked.settings, settings_in(asked.raw, asked.version))
    intent = read(endpoint.with_endpoint(settings), asked.version, facts)
    return replace(intent, findings=(*intent.findings, *doubts(asked.raw, asked.version, asked.lint)))


def problems_of(intent: Intent) -> list[Finding]:
    """Return every finding about one cluster, errors first."""
    return in_order([*problems(intent), *overlaps(claims("", intent.view))])


def desired(asked: Asked, cluster: JsonObject) -> Desired:
    """Return what a cluster is to get.

    Args:
        asked: of the cluster.
        cluster: what cluster_info returned.

    Raises:
        InputError: it cannot work; the message lists every reason.
    """
    if asked.is_raw_alone:
        return Desired(None, {}, asked.raw, (), ())
    settings, notes = _looked_up(asked, cluster)
    whole = {**settings, **asked.mesh}
    intent = intent_of(replace(asked, settings=whole), facts_of(cluster))
    found = problems_of(intent)
    version = str(intent.view.version)
    own = read(settings, version).view
    # What follows from the settings alone, but not beside the raw values, is not asked.
    carried = replace(own, given={name: value for name, value in own.given.items() if name in intent.view.given})
    faults, _others = split(found, asked.ignored)
    _refuse([*faults, *unresolved(carried)], version)
    values, overridden = overlay(helm_values(carried), asked.raw, version)
    pending = differences(configmap(carried), get_object(cluster, "configuration"))
    return Desired(version, whole, values, (*overridden, *found), tuple(notes), tuple(pending))


def differences(wanted: Mapping[str, str], live: Mapping[str, Json]) -> list[Finding]:
    """Return a finding for each key in which the agents' configuration is not what is asked; [] where there is none."""
    return [
        _differs(key, mask(asked, path=(key,)), mask(live.get(key), path=(key,)))
        for key, asked in sorted(wanted.items())
        if live and live.get(key) != asked
    ]


def _differs(key: str, asked: Json, found: Json) -> Finding:
    return Finding(
        rule="configuration_differs",
        severity=WARNING,
        subject={"key": key},
        asked=asked,
        found=found,
        reason=f"agents are given {key}: {found!r}, but {asked!r} is asked",
        remedy="let whoever manages Cilium here apply the values",
    )


def _looked_up(asked: Asked, cluster: JsonObject) -> tuple[JsonObject, list[str]]:
    """Return the settings with what "auto" stands for, and in words what that is and where it was found."""
    raw = settings_in(asked.raw, asked.version) if asked.version else {}
    settings = {name: value for name, value in asked.settings.items() if name not in raw or value != AUTO}
    notes = []
    if endpoint.wanted({**settings, **raw}):
        found = endpoint.find(cluster)
        port = settings.get(PORT) or raw.get(PORT) or found.port
        settings.update({HOST: found.host, PORT: port})
        notes.append(f"{HOST}: auto is {found.host}, port {port} ({found.source})")
    elif asked.endpoint and str(settings.get(HOST)) in asked.endpoint:
        notes.append(f"{HOST}: {settings[HOST]} (kube_apiserver_global_endpoint, {asked.endpoint})")
    if seed.wanted(settings):
        settings[SEED], source = _seed(asked, cluster)
        notes.append(f"{SEED}: auto is {source}")
    return settings, notes


def _seed(asked: Asked, cluster: JsonObject) -> tuple[str, str]:
    if asked.seed:
        return asked.seed, "the seed of the mesh's first member"
    there = seed.live(cluster)
    return (there, "the seed that the agents have now") if there else (seed.new(), "a new one: 12 random bytes")


def _refuse(findings: Iterable[Finding], version: str) -> None:
    """Raise InputError if a finding is an error."""
    faults = [finding for finding in findings if finding.severity == ERROR]
    if faults:
        lines = [f"- {fault.rule}: {fault.reason} -> {fault.remedy}" for fault in faults]
        these = "this setting" if len(faults) == 1 else f"{len(faults)} things in these settings (and {RAW})"
        raise InputError("\n".join([f"Cilium {version} cannot work with {these}:", *lines]))
