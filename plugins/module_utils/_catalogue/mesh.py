# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mesh membership: the cluster's name and id. PRIVATE to the collection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._findings import WARNING
from .._settings import INT, TEXT, Setting
from .._versions import span
from ._conditions import all_of, among, any_of, at, given, holds, none_of
from ._model import EQUAL, UNIQUE, Carrier, Feature, FleetRule, Rule
from .debug import EXTRA

if TYPE_CHECKING:
    from .._json import Json
    from ._model import View

NAME = "cilium_cluster_name"
ID = "cilium_cluster_id"
MAXIMUM = "cilium_max_connected_clusters"

# Keys of the agents' ConfigMap.
NAME_KEY, ID_KEY = "cluster-name", "cluster-id"

MARKS_ALLOWED = "allow-unsafe-policy-skb-usage"
MAX_NAME = 32
_NAME = re.compile(r"([a-z0-9][-a-z0-9]*)?[a-z0-9]")
# Texts that YAML reads as something else: numbers in any notation, booleans, null, dates.
_SCALAR = re.compile(
    r"[-+]?(\d[\d_]*(\.\d*)?|\.\d+)(e[-+]?\d+)?|0x[0-9a-f]+|0o?[0-7]+|0b[01]+|y|n|yes|no|on|off|true|false|null|~"
    r"|\d{4}-\d{1,2}-\d{1,2}|[-+]?\d[\d_]*(:\d+)+|\.inf|\.nan",
    re.IGNORECASE,
)
IN_MESH = holds(ID, lambda number: number != 0)


def _long(name: Json) -> bool:
    return isinstance(name, str) and len(name) > MAX_NAME


def _malformed(name: Json) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is None


def _scalar(name: Json) -> bool:
    return isinstance(name, str) and _SCALAR.fullmatch(name) is not None


def _marks_allowed(keys: Json) -> bool:
    """Tell whether further keys of cilium-config say that the bit may be used all the same; charts read the text."""
    return isinstance(keys, dict) and keys.get(MARKS_ALLOWED) in (True, "true")


def _above_maximum(view: View) -> bool:
    number, maximum = view.effective.get(ID), view.effective.get(MAXIMUM)
    return isinstance(number, int) and number > (maximum if isinstance(maximum, int) else 255)


IDENTITY = Feature(
    name="cluster_identity",
    doc=(
        "The cluster's name and id. In a mesh both are unique, and the id is part of every pod's identity, so changing "
        "either on a live cluster means restarting all workloads. An id of 0 is no mesh."
    ),
    settings=(
        Setting(
            NAME,
            TEXT,
            "Name of the cluster: lower-case letters, digits and hyphens, at most 32; in a mesh not `default`.",
            defaults=(("", "default"),),
        ),
        Setting(
            ID,
            INT,
            "Id of the cluster, 1 to 255 (to 511 where the maximum says so); 0 is no mesh.",
            defaults=(("", 0),),
            low=0,
            high=511,
        ),
        Setting(
            MAXIMUM,
            INT,
            "Most clusters that a mesh can have: 255 or 511, equal in all of them; never changed on a live cluster.",
            defaults=(("", 255),),
        ),
    ),
    values=(
        Carrier("cluster.name", NAME),
        Carrier("cluster.id", ID),
        Carrier("clustermesh.maxConnectedClusters", MAXIMUM, at=span("1.15")),
    ),
    keys=(
        Carrier(NAME_KEY, NAME),
        Carrier(ID_KEY, ID),
        Carrier("max-connected-clusters", MAXIMUM, at=span("1.15")),
    ),
    rules=(
        Rule(
            "cluster_name_malformed",
            when=all_of(given(NAME), any_of(at("1.16"), IN_MESH), holds(NAME, _malformed)),
            about=(NAME,),
            reason="a cluster's name has lower-case letters, digits and hyphens, and begins and ends without a hyphen; "
            "it becomes part of domain names",
            remedy=f"choose another {NAME}",
        ),
        Rule(
            "cluster_name_long",
            when=all_of(any_of(at("1.16"), IN_MESH), holds(NAME, _long)),
            about=(NAME,),
            reason=f"a cluster's name has at most {MAX_NAME} characters",
            remedy=f"choose a shorter {NAME}",
        ),
        Rule(
            "cluster_name_refused_later",
            at=span(until="1.16"),
            severity=WARNING,
            when=all_of(none_of(IN_MESH), any_of(holds(NAME, _long), holds(NAME, _malformed))),
            about=(NAME,),
            reason=f"charts from 1.16 on refuse this name: at most {MAX_NAME} lower-case letters, digits and hyphens",
            remedy=f"choose another {NAME} while the cluster is new: a change means restarting all workloads",
        ),
        Rule(
            "cluster_name_not_text",
            at=span(until="1.18"),
            when=holds(NAME, _scalar),
            about=(NAME,),
            reason="YAML reads this name as a number or another value that is no text, and the charts up to 1.17 write "
            "it without quotes, so the API server refuses the ConfigMap",
            remedy=f"choose a {NAME} that begins with a letter and is a word",
        ),
        Rule(
            "cluster_name_like_a_number",
            at=span("1.18"),
            severity=WARNING,
            when=holds(NAME, _scalar),
            about=(NAME,),
            reason="YAML reads this name as a number or another value that is no text; charts from 1.18 quote it, but "
            "whatever else holds the name has to as well, and a downgrade ends at the API server",
            remedy=f"choose a {NAME} that begins with a letter and is a word, while the cluster is new",
        ),
        Rule(
            "cluster_name_default_in_mesh",
            when=all_of(IN_MESH, among(NAME, "default")),
            about=(NAME, ID),
            reason="agents refuse to start with an id and the name default",
            remedy=f"set {NAME}",
        ),
        Rule(
            "max_connected_clusters_unknown",
            when=holds(MAXIMUM, lambda number: number not in (255, 511)),
            about=(MAXIMUM,),
            reason="a mesh can have 255 or 511 clusters at most, nothing else",
            remedy=f"set {MAXIMUM} to 255 or 511",
        ),
        Rule(
            "cluster_id_above_maximum",
            when=_above_maximum,
            about=(ID, MAXIMUM),
            reason="the id is above the most clusters that the mesh can have; charts do not look, and agents refuse it",
            remedy=f"choose a smaller {ID}, or set {MAXIMUM} to 511 in every cluster of the mesh (from 1.15)",
        ),
        Rule(
            "cluster_id_in_cloud_marks",
            at=span("1.16.4"),
            when=all_of(
                any_of(among("cilium_ipam_mode", "eni", "alibabacloud"), among("cilium_cni_chaining_mode", "aws-cni")),
                holds(ID, lambda number: isinstance(number, int) and bool(number & 128)),
                none_of(holds(EXTRA, _marks_allowed)),
            ),
            about=(ID, "cilium_ipam_mode", "cilium_cni_chaining_mode"),
            reason="on AWS and Alibaba the bit of 128 in a packet's mark is used by others, so charts refuse ids 128 "
            "to 255 and 384 to 511 there",
            remedy=f"choose an {ID} from 1 to 127; if nothing else uses that bit, {EXTRA} "
            f'{{{MARKS_ALLOWED}: "true"}} allows it',
        ),
    ),
    fleet=(
        FleetRule(
            "mesh_name_taken",
            NAME,
            UNIQUE,
            when=none_of(among(NAME, "default")),
            beyond_mesh=True,
            reason="two clusters have the same name, and a mesh tells them apart by it",
            remedy=f"give each cluster its own {NAME}",
        ),
        FleetRule(
            "mesh_id_taken",
            ID,
            UNIQUE,
            reason="two clusters have the same id, so pods of one would get identities of the other",
            remedy=f"give each cluster its own {ID}",
        ),
        FleetRule(
            "mesh_maximum_differs",
            MAXIMUM,
            EQUAL,
            reason="every cluster of a mesh has to have the same maximum of clusters: identities are laid out by it",
            remedy=f"set {MAXIMUM} to the same number everywhere, before the clusters have workloads",
        ),
    ),
    active=IN_MESH,
    instead="leave it at 255: more clusters need Cilium 1.15",
)

FEATURES = (IDENTITY,)
