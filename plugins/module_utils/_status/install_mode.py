# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the three ways to install Cilium an agent's state shows. PRIVATE to the collection.

cilium-kubeproxy-mode                    kube-proxy balances
cilium-kubeproxy-replacement-mode        the agent balances, packets pass the host's own stack
cilium-kubeproxy-replacement-ebpf-mode   the agent balances, and BPF carries packets past the host's stack
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import KubeProxyReplacement, Routing

KUBE_PROXY = "cilium-kubeproxy-mode"
REPLACEMENT = "cilium-kubeproxy-replacement-mode"
REPLACEMENT_EBPF = "cilium-kubeproxy-replacement-ebpf-mode"

# The agent's words, of any version. Partial and Probe are neither: some services stay with kube-proxy.
_OFF = frozenset({"Disabled", "False"})
_FULL = frozenset({"Strict", "True"})
_BY_HOST_ROUTING = {"BPF": REPLACEMENT_EBPF, "Legacy": REPLACEMENT}


def install_mode(replacement: KubeProxyReplacement | None, routing: Routing | None) -> str | None:
    """Return the name of the way; None where the state does not tell, or shows none of them."""
    mode = replacement.mode if replacement else None
    if mode in _OFF:
        return KUBE_PROXY
    if mode in _FULL and routing is not None:
        return _BY_HOST_ROUTING.get(routing.host or "")
    return None
