# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry of the catalogue is made of. PRIVATE to the collection.

A feature says everything about itself: its settings, what carries them in which version of Cilium, what it needs and
what it conflicts with, and what the agent's status shows when it works. The rest of the collection works on features
without knowing one by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

from .._findings import ERROR
from .._versions import Span

if TYPE_CHECKING:
    from .._json import Json
    from .._settings import Setting, Settings
    from .._versions import Version

ANY = Span()
Scalar = Union[bool, int, str]


@dataclass(frozen=True)
class View:
    """A cluster as the rules see it.

    Attributes:
        version: of Cilium.
        given: the settings that are set, typed and with what follows from them.
        effective: the same, with the chart's defaults for what is not set.
        facts: what is known of the cluster beside its settings (see docs/variables.md), possibly nothing.
    """

    version: Version
    given: Settings
    effective: Settings
    facts: Mapping[str, Json] = field(default_factory=dict)


Condition = Callable[[View], bool]


@dataclass(frozen=True)
class Carrier:
    """What carries a setting into the chart (a path of Helm values) or to the agent (a key of its ConfigMap).

    Attributes:
        target: dotted path of the value, or the key.
        setting: whose value it carries.
        at: the versions of Cilium in which it does.
        words: what stands for each value of the setting; a value that is not named is not carried. None carries as is.
        convert: another form of the value; None carries as is.
        when: it is written only if this holds.
    """

    target: str
    setting: str
    at: Span = ANY
    words: Mapping[Scalar, Json] | None = None
    convert: Callable[[Json], Json] | None = None
    when: Condition | None = None


@dataclass(frozen=True)
class Rule:
    """Something that cannot work, or that a person should know before a change.

    `when` tells whether it applies; `about` names the settings that the finding shows; in `reason` and `remedy`,
    "{version}" and "{cilium_…}" stand for the version and the effective value of a setting. `shows` names a fact that
    the finding shows as what was found.
    """

    name: str
    when: Condition
    reason: str
    remedy: str
    about: tuple[str, ...] = ()
    severity: str = ERROR
    at: Span = ANY
    shows: str = ""


UNIQUE = "unique"
EQUAL = "equal"
TCP, UDP, ESP = "tcp", "udp", "esp"


@dataclass(frozen=True)
class FleetRule:
    """Something in which the clusters of a mesh have to differ, each from each (UNIQUE), or agree (EQUAL).

    Clusters for which `when` does not hold are left out. With `beyond_mesh`, clusters outside a mesh are compared too,
    and get a warning.
    """

    name: str
    setting: str
    demand: str
    reason: str
    remedy: str
    when: Condition | None = None
    beyond_mesh: bool = False


@dataclass(frozen=True)
class Derived:
    """A setting that follows from others; `of` gets what applies so far, and returns None for nothing.

    With `strict`, a different value that is set is an error; else what is set wins.
    """

    setting: str
    of: Callable[[Settings], Json]
    because: str
    strict: bool = False


@dataclass(frozen=True)
class Otherwise:
    """Another default of a setting, in the versions and where the condition holds; `why` ends the sentence of docs."""

    setting: str
    value: Json
    when: Condition
    why: str
    at: Span = ANY


@dataclass(frozen=True)
class Expectation:
    """What an agent's status shows when the feature works.

    Attributes:
        path: into the model of an agent's state, such as "kube_proxy_replacement.mode".
        setting: whose effective value decides.
        shows: for each of its values what is shown, any of a tuple; None shows the value itself.
        at: the versions of Cilium to which it applies.
        when: it applies only if this holds.
    """

    path: str
    setting: str
    shows: Mapping[Scalar, tuple[Json, ...]] | None = None
    at: Span = ANY
    when: Condition | None = None


@dataclass(frozen=True)
class Kernel:
    """The oldest Linux kernel on which a feature works; distributions port features back, so it is a warning.

    Attributes:
        oldest: version of Linux.
        at: the versions of Cilium that need it.
        backports: the oldest kernel of a distribution that has what is needed, by what its kernels' names have in them.
    """

    oldest: str
    at: Span = ANY
    backports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Drivers:
    """The network drivers with which a feature works, each with the oldest kernel in which it does.

    Attributes:
        oldest: by the driver's name as ethtool prints it, or what its name begins with.
        severity: of the finding about a device with another driver or on an older kernel.
    """

    oldest: Mapping[str, str]
    reason: str
    remedy: str
    severity: str = ERROR


@dataclass(frozen=True)
class Port:
    """A port that each node of a cluster has to reach at the nodes of the other clusters of its mesh.

    Attributes:
        name: stable snake_case name.
        protocol: TCP, UDP or ESP, which has no ports.
        why: what for, as the end of a sentence.
        number: of the port.
        setting: whose value is the number instead.
        when: it is needed only if this holds.
        pods: it is reached at the address of a pod of the node, not of the node itself.
        severity: of the finding that it is not reached.
    """

    name: str
    protocol: str
    why: str
    number: int | None = None
    setting: str = ""
    when: Condition | None = None
    pods: bool = False
    severity: str = ERROR


@dataclass(frozen=True)
class Feature:
    """One entry of the catalogue.

    Attributes:
        name: stable snake_case name.
        doc: a paragraph for people.
        settings: the settings that belong to it; a setting belongs to one feature.
        values, keys: what carries them.
        rules: what cannot work, and cautions.
        fleet: what the clusters of a mesh have to differ or agree in.
        active: whether a cluster asks for it; None where that is no question.
        moot: while this holds, the settings say nothing, so no version has to carry them.
        kernel: what it needs of the nodes' kernels while it is active.
        drivers: what it needs of the nodes' network drivers while it is active.
        expectations: what agents show.
        derived: settings that follow from others.
        otherwise: defaults of its settings that hold in some clusters only.
        instead: what to do where no version carries what is asked.
        ports: what nodes have to reach at the nodes of the other clusters of a mesh.
    """

    name: str
    doc: str
    settings: tuple[Setting, ...] = ()
    values: tuple[Carrier, ...] = ()
    keys: tuple[Carrier, ...] = ()
    rules: tuple[Rule, ...] = ()
    fleet: tuple[FleetRule, ...] = ()
    active: Condition | None = None
    moot: Condition | None = None
    kernel: tuple[Kernel, ...] = ()
    drivers: Drivers | None = None
    expectations: tuple[Expectation, ...] = ()
    derived: tuple[Derived, ...] = ()
    otherwise: tuple[Otherwise, ...] = ()
    instead: str = ""
    ports: tuple[Port, ...] = ()
