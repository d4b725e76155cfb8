"""5,000 services in nftables mode: kube_proxy_rules beside kube-proxy --cleanup (see leftovers.py)."""

from __future__ import annotations

from tests.benchmarks import leftovers


def run() -> bool:
    """Measure, print the line, and tell whether the target is met."""
    return leftovers.measure("rules_nftables_5000", "nftables")
