# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hubble: what flows where. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._settings import BOOL, LIST, MAP, WORD, Setting
from .._versions import span
from ._conditions import absent, all_of, among, given, holds, off, on
from ._model import Carrier, Derived, Expectation, Feature, Rule

if TYPE_CHECKING:
    from .._json import Json

ENABLED = "cilium_enable_hubble"
RELAY = "cilium_enable_hubble_relay"
UI = "cilium_enable_hubble_ui"
METRICS = "cilium_hubble_metrics"
CERTIFICATES = "cilium_hubble_tls_method"
ISSUER = "cilium_hubble_tls_issuer"


def _lines(value: Json) -> Json:
    """Return metrics as they stand in the ConfigMap: the chart folds them into one line."""
    return " ".join(str(item) for item in value) if isinstance(value, list) else value


def _relay(settings: Mapping[str, Json]) -> Json:
    return True if settings.get(UI) is True and settings.get(ENABLED) is not False else None


OBSERVABILITY = Feature(
    name="hubble",
    doc=(
        "Agents record flows; the relay collects them from all nodes for the command line and the user interface. "
        "Metrics are chosen by name. The server's certificate carries the cluster's name, so a change of name makes "
        "new certificates necessary."
    ),
    settings=(
        Setting(ENABLED, BOOL, "Record flows on each node.", defaults=(("", True),)),
        Setting(RELAY, BOOL, "Run the relay, which collects flows from all nodes; follows from the user interface."),
        Setting(UI, BOOL, "Run the user interface in the browser."),
        Setting(METRICS, LIST, "Metrics of flows, such as `[dns, drop, tcp, flow]`.", empty=([],)),
        Setting(
            CERTIFICATES,
            WORD,
            "Who makes Hubble's certificates: `helm`, a `cronJob` in the cluster, or `certmanager`.",
            choices=("helm", "cronJob", "certmanager"),
            defaults=(("", "helm"),),
        ),
        Setting(
            ISSUER,
            MAP,
            "Which issuer of cert-manager makes them: its `name`, `kind` and `group`.",
            empty=({},),
        ),
    ),
    values=(
        Carrier("hubble.enabled", ENABLED),
        Carrier("hubble.relay.enabled", RELAY),
        Carrier("hubble.ui.enabled", UI),
        Carrier("hubble.metrics.enabled", METRICS),
        Carrier("hubble.tls.auto.method", CERTIFICATES, words={"helm": "helm", "cronJob": "cronJob"}),
        Carrier("hubble.tls.auto.method", CERTIFICATES, at=span("1.11"), words={"certmanager": "certmanager"}),
        Carrier("hubble.tls.auto.certManagerIssuerRef", ISSUER, at=span("1.11")),
    ),
    keys=(
        Carrier("enable-hubble", ENABLED, at=span(until="1.17.2"), words={True: "true"}),
        Carrier("enable-hubble", ENABLED, at=span("1.17.2")),
        Carrier("hubble-metrics", METRICS, when=on(ENABLED), convert=_lines),
    ),
    derived=(Derived(RELAY, _relay, because=f"{UI} needs it"),),
    rules=(
        Rule(
            "hubble_certmanager_needs_issuer",
            when=all_of(among(CERTIFICATES, "certmanager"), absent(ISSUER)),
            about=(CERTIFICATES, ISSUER),
            reason="the chart refuses to leave certificates to cert-manager without an issuer",
            remedy=f"set {ISSUER}, such as {{group: cert-manager.io, kind: ClusterIssuer, name: ca}}",
        ),
        Rule(
            "hubble_relay_needs_hubble",
            when=all_of(on(RELAY), off(ENABLED)),
            about=(RELAY, ENABLED),
            reason="the chart refuses the relay without Hubble",
            remedy=f"set {ENABLED} to true, or {RELAY} to false",
        ),
        Rule(
            "hubble_ui_needs_relay",
            when=all_of(on(UI), off(RELAY)),
            about=(UI, RELAY),
            reason="the chart refuses the user interface without the relay",
            remedy=f"set {RELAY} to true, or {UI} to false",
        ),
        Rule(
            "hubble_metrics_need_hubble",
            when=all_of(given(METRICS), off(ENABLED), holds(METRICS, bool)),
            about=(METRICS, ENABLED),
            reason="metrics of flows are counted by Hubble, which is off",
            remedy=f"set {ENABLED} to true, or remove {METRICS}",
        ),
    ),
    expectations=(Expectation("hubble.state", ENABLED, {True: ("Ok",), False: ("Disabled",)}),),
)

FEATURES = (OBSERVABILITY,)
