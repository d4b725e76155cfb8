# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an agent is not connected with another cluster: words for it, and texts that show it.

PRIVATE to the collection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NO_CONFIG = "no_config"
NAME_NOT_RESOLVED = "name_not_resolved"
TCP_REFUSED = "tcp_refused"
TCP_TIMEOUT = "tcp_timeout"
TLS_CA = "tls_ca"
TLS_NAME = "tls_name"
TLS_EXPIRED = "tls_expired"
STORE_DENIED = "store_denied"
OWN_CLUSTER = "own_cluster"
OTHER_CLUSTER = "other_cluster"
ID_CLASH = "id_clash"
REMOTE_NOT_READY = "remote_not_ready"
AGENT_UNREACHABLE = "agent_unreachable"
CLUSTER_UNREACHABLE = "cluster_unreachable"
UNKNOWN = "unknown"

# What to do, by reason. In the order in which the way to a store goes, so that the last that was reached is known.
REMEDIES: dict[str, str] = {
    CLUSTER_UNREACHABLE: "Check the kubeconfig of this member, and the way to its API server.",
    AGENT_UNREACHABLE: "Look at the agent's pod and its node.",
    NO_CONFIG: "Connect the two clusters, with fleet.cilium.clustermesh for example.",
    NAME_NOT_RESOLVED: "Declare addresses of the peer, which come with host aliases, or a name that DNS knows.",
    TCP_TIMEOUT: "Look for a firewall between the nodes and for an address that is no more; the port is that of the "
    "peer's mesh API server.",
    TCP_REFUSED: "Check the address and the port against the Service of the peer's mesh API server, and for a firewall "
    "that rejects.",
    TLS_NAME: "Use the name <cluster>.mesh.cilium.io with addresses, or put the address into the server's certificate.",
    TLS_EXPIRED: "Renew the certificates of the mesh API server and its clients; compare the clocks.",
    TLS_CA: "Share one certificate authority over all clusters (ca_policy of fleet.cilium.clustermesh), and have the "
    "certificates made anew.",
    STORE_DENIED: "Create the peer's users: the ConfigMap clustermesh-remote-users has to name this cluster, or the "
    "authentication mode has to be legacy.",
    OWN_CLUSTER: "Give the mesh API server of each cluster another NodePort: an agent that replaces kube-proxy takes "
    "the same port on any node for its own.",
    OTHER_CLUSTER: "Correct the address that is declared for the peer.",
    ID_CLASH: "Give each cluster an id of its own; the change on a live cluster needs a restart of its workloads.",
    REMOTE_NOT_READY: "Look at the pods of the peer's mesh API server and their logs.",
    UNKNOWN: "Look at the agent's log, and run cilium-dbg troubleshoot clustermesh in it.",
}
REASONS = tuple(REMEDIES)

_TLS = r"x509: |tls: |TLS"
# Which texts of Go's libraries, etcd's client and the agent mean which reason; the first that is found counts.
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"no such host|server misbehaving|name resolution|Cannot resolve hostname|lookup \S{1,253}[: ]"),
        NAME_NOT_RESOLVED,
    ),
    (re.compile(r"certificate has expired|not yet valid|expired certificate"), TLS_EXPIRED),
    (
        re.compile(
            r"certificate is valid for|cannot validate certificate for|contain any IP SANs|not valid for any names"
            r"|certificate is not valid for"
        ),
        TLS_NAME,
    ),
    (
        re.compile(
            r"unknown authority|unknown certificate authority|unknown_ca|bad certificate|certificate required"
            r"|not signed by any acceptable CA|certificate signed by unknown|TLS client authentication failed"
        ),
        TLS_CA,
    ),
    (
        re.compile(r"permission denied|user name (?:is empty|not found)|authentication failed|invalid auth"),
        STORE_DENIED,
    ),
    (
        re.compile(r"(?i:cluster ?ID) \d{1,9} is (?:already used|reserved)|(?i:cluster ?ID) .{0,60}(?:conflict|clash)"),
        ID_CLASH,
    ),
    (
        re.compile(r"connection refused|connection reset|no route to host|network is unreachable|host is unreachable"),
        TCP_REFUSED,
    ),
    (re.compile(r"dial tcp[^\n]{0,200}?(?:timeout|deadline exceeded)|connection timed out|i/o timeout"), TCP_TIMEOUT),
    (
        re.compile(
            r"cluster configuration (?:expected|required)|cluster configuration not found"
            r"|retrieve cluster configuration|missing cluster configuration"
        ),
        REMOTE_NOT_READY,
    ),
)


@dataclass(frozen=True)
class Fault:
    """Why there is no connection: one of REASONS, and the text from which that is known."""

    reason: str
    text: str


def of_text(text: str | None) -> str | None:
    """Return the reason that a text of an agent shows; None for a text that shows none."""
    if not text:
        return None
    return next((reason for pattern, reason in _TEXTS if pattern.search(text)), None)
