# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debugging, metrics, the operator, and further keys of the ConfigMap. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._settings import BOOL, INT, MAP, TEXT, WORD, Reading, Setting
from .._versions import span
from ._model import Carrier, Feature

if TYPE_CHECKING:
    from .._json import Json

DEBUG = "cilium_debug"
VERBOSE = "cilium_debug_verbose"
AGGREGATION = "cilium_monitor_aggregation"
PROMETHEUS = "cilium_enable_prometheus"
REPLICAS = "cilium_operator_replicas"
EXTRA = "cilium_config_extra_vars"


def _texts(value: Json) -> Json:
    """Return keys with text as values: the chart copies them as they are, and a ConfigMap takes nothing else."""
    if not isinstance(value, dict):
        return value
    return {key: str(item).lower() if isinstance(item, bool) else str(item) for key, item in value.items()}


EXTRA_CONFIG = Feature(
    name="extra_config",
    doc=(
        "Keys of the agents' ConfigMap that no setting stands for. They win over what the chart writes, so a key that "
        "a setting stands for belongs into that setting."
    ),
    settings=(Setting(EXTRA, MAP, "Further keys of cilium-config, each with its text.", empty=({},)),),
    values=(Carrier("extraConfig", EXTRA, at=span("1.9.1"), convert=_texts),),
    keys=(Carrier("*", EXTRA, at=span("1.9.1"), convert=_texts),),
)

DEBUGGING = Feature(
    name="debug",
    doc=(
        "Agents log in detail, of chosen groups in even more detail, and report every packet to `cilium monitor` "
        "instead of a summary. It costs CPU on busy nodes."
    ),
    settings=(
        Setting(DEBUG, BOOL, "Log in detail."),
        Setting(VERBOSE, TEXT, "Groups to log in more detail: flow, kvstore, envoy, datapath, policy."),
        Setting(
            AGGREGATION,
            WORD,
            "How packets of a connection are summed up in what agents report.",
            choices=("none", "low", "medium", "maximum"),
            defaults=(("", "medium"),),
            readings={"max": Reading("maximum")},
        ),
    ),
    values=(
        Carrier("debug.enabled", DEBUG),
        Carrier("debug.verbose", VERBOSE),
        Carrier("bpf.monitorAggregation", AGGREGATION),
    ),
    keys=(
        Carrier("debug", DEBUG),
        Carrier("debug-verbose", VERBOSE),
        Carrier("monitor-aggregation", AGGREGATION),
    ),
)

METRICS = Feature(
    name="prometheus",
    doc="Agents serve metrics for Prometheus.",
    settings=(Setting(PROMETHEUS, BOOL, "Serve agents' metrics."),),
    values=(Carrier("prometheus.enabled", PROMETHEUS),),
    keys=(
        Carrier("prometheus-serve-addr", PROMETHEUS, at=span(until="1.12"), words={True: ":9090"}),
        Carrier("prometheus-serve-addr", PROMETHEUS, at=span("1.12"), words={True: ":9962"}),
    ),
)

OPERATOR = Feature(
    name="operator",
    doc="How many operators run; two do not fit on a cluster of one node.",
    settings=(Setting(REPLICAS, INT, "Number of operators, 2 by default.", low=1),),
    values=(Carrier("operator.replicas", REPLICAS),),
)

FEATURES = (EXTRA_CONFIG, DEBUGGING, METRICS, OPERATOR)
