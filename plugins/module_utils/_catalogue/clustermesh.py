# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh API server and the peers: what module clustermesh says for people. PRIVATE to the collection."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from .._json import get_object
from .._settings import BOOL, INT, LIST, MAP, TEXT, WORD, Setting
from .._versions import span
from ._conditions import absent, all_of, among, any_of, at, given, holds, none_of, off, on
from ._model import UNIQUE, Carrier, Feature, FleetRule, Rule
from .mesh import ID, IN_MESH

if TYPE_CHECKING:
    from .._json import Json
    from ._model import View

SERVER = "cilium_clustermesh_apiserver"
SERVICE = "cilium_clustermesh_service_type"
PORT = "cilium_clustermesh_port"
PEERS = "cilium_clustermesh_peers"
STORE = "cilium_enable_kvstoremesh"
AUTH_MODE = "cilium_clustermesh_auth_mode"
NAMES = "cilium_clustermesh_server_names"
ADDRESSES = "cilium_clustermesh_server_addresses"
BUNDLE = "cilium_ca_bundle"
AUTHORITY = "cilium_clustermesh_ca_cert"
AUTHORITY_KEY = "cilium_clustermesh_ca_key"

NODE_PORT = "NodePort"
# Peers share one user of the mesh API server.
SHARED_USER = "legacy"
# Where the charts take the peers from, as keys.
PEERS_PATH = ("clustermesh", "config", "clusters")
_PEERS = ".".join(PEERS_PATH)
_AUTHORITY = "clustermesh.apiserver.tls.ca"
BUNDLE_PATH = ("tls", "caBundle", "content")
# Charts before this want a certificate and key for each peer in the values, and one authority by which all are known.
_CERTIFICATES = span(until="1.14")
_OLDEST_PEERS = span("1.10.9", "1.11")


def _as_list(peers: Json) -> Json:
    """Return peers as charts up to 1.18 take them."""
    found = peers if isinstance(peers, dict) else {}
    return [{"name": name, **get_object(peer)} for name, peer in sorted(found.items())]


def _without_certificates(view: View) -> bool:
    peers = view.effective.get(PEERS)
    found = peers.values() if isinstance(peers, dict) else ()
    return any(not get_object(peer, "tls").get("cert") for peer in found)


def _without_way(peers: Json) -> bool:
    found = peers.values() if isinstance(peers, dict) else ()
    return any(not (get_object(peer).get("ips") or get_object(peer).get("address")) for peer in found)


def _without_any(peers: Json) -> bool:
    return not peers


def _is_any(value: Json) -> Json:
    return bool(value)


def _pem_in_base64(text: Json) -> Json:
    # A setting of text has no line's end any more, with which PEM closes.
    return base64.b64encode(f"{text}\n".encode()).decode()


MESH_SERVER = Feature(
    name="clustermesh",
    doc=(
        "Each cluster of a mesh runs a mesh API server, from which the agents of its peers read its nodes, services "
        "and identities. Module clustermesh works these settings out from the list of members, so people set them "
        "only where they write values themselves. Charts before 1.14 want a certificate and key for each peer in "
        "their values; those before 1.12 want the private key of the authority there too."
    ),
    settings=(
        Setting(SERVER, BOOL, "Run the mesh API server, from which other clusters read."),
        Setting(
            SERVICE,
            WORD,
            "How other clusters reach the mesh API server.",
            choices=(NODE_PORT, "LoadBalancer", "ClusterIP"),
            defaults=(("", NODE_PORT),),
        ),
        Setting(
            PORT,
            INT,
            "NodePort of the mesh API server. It differs between clusters: an agent that replaces kube-proxy takes a "
            "peer's NodePort for its own if both have the same.",
            defaults=(("", 32379),),
            low=1,
            high=65535,
        ),
        Setting(
            PEERS,
            MAP,
            "The other clusters by name, each with its `ips` (a list) or `address`, and its `port`; before 1.14 also "
            "with `tls`, which has `cert` and `key` in base64 of PEM.",
        ),
        Setting(
            STORE,
            BOOL,
            "Keep a copy of what the peers tell in the cluster, so that agents ask only there (KVStoreMesh).",
            defaults=(("1.14", False), ("1.16", True)),
        ),
        Setting(
            AUTH_MODE,
            WORD,
            "Whether peers share a user of the mesh API server, or have one each.",
            choices=(SHARED_USER, "migration", "cluster"),
            defaults=(("1.14", SHARED_USER), ("1.19", "migration")),
        ),
        Setting(NAMES, LIST, "Further DNS names in the certificate of the mesh API server.", empty=([],)),
        Setting(ADDRESSES, LIST, "Further addresses in the certificate of the mesh API server.", empty=([],)),
        Setting(BUNDLE, TEXT, "Certificates of all authorities that agents trust, as PEM, where there are several."),
        Setting(
            AUTHORITY,
            TEXT,
            "Certificate of the authority by which agents know their peers, as PEM, where charts want it in values.",
        ),
        Setting(
            AUTHORITY_KEY,
            TEXT,
            "Private key of that authority, as PEM, where charts take an authority from values only.",
        ),
    ),
    values=(
        Carrier("clustermesh.useAPIServer", SERVER),
        Carrier("clustermesh.apiserver.service.type", SERVICE),
        Carrier("clustermesh.apiserver.service.nodePort", PORT, when=among(SERVICE, NODE_PORT)),
        Carrier("clustermesh.config.enabled", PEERS, at=_OLDEST_PEERS, convert=_is_any),
        Carrier("clustermesh.config.enabled", PEERS, at=span("1.11.3"), convert=_is_any),
        Carrier(_PEERS, PEERS, at=_OLDEST_PEERS, convert=_as_list),
        Carrier(_PEERS, PEERS, at=span("1.11.3", "1.19"), convert=_as_list),
        Carrier(_PEERS, PEERS, at=span("1.19")),
        Carrier("clustermesh.apiserver.kvstoremesh.enabled", STORE, at=span("1.14")),
        Carrier("clustermesh.apiserver.tls.authMode", AUTH_MODE, at=span("1.14")),
        Carrier("clustermesh.apiserver.tls.server.extraDnsNames", NAMES, at=span("1.11", "1.20")),
        Carrier("clustermesh.apiserver.tls.auto.server.extraDnsNames", NAMES, at=span("1.20")),
        Carrier("clustermesh.apiserver.tls.server.extraIpAddresses", ADDRESSES, at=span("1.11", "1.20")),
        Carrier("clustermesh.apiserver.tls.auto.server.extraIpAddresses", ADDRESSES, at=span("1.20")),
        Carrier(f"{_AUTHORITY}.cert", AUTHORITY, at=span("1.11.3", "1.14"), convert=_pem_in_base64),
        Carrier(f"{_AUTHORITY}.key", AUTHORITY_KEY, at=span("1.11.3", "1.12"), convert=_pem_in_base64),
        Carrier("tls.caBundle.enabled", BUNDLE, at=span("1.14"), convert=_is_any),
        Carrier(".".join(BUNDLE_PATH), BUNDLE, at=span("1.14")),
    ),
    rules=(
        Rule(
            "clustermesh_needs_id",
            when=all_of(on(SERVER), none_of(IN_MESH)),
            about=(SERVER, ID),
            reason="a cluster without an id cannot be a member of a mesh",
            remedy=f"set {ID} to a number that no other member has, from 1",
        ),
        Rule(
            "clustermesh_peers_without_server",
            when=all_of(given(PEERS), off(SERVER), at(until="1.15")),
            about=(PEERS, SERVER),
            reason="charts before 1.15 leave the peers out where there is no mesh API server",
            remedy=f"set {SERVER} to true",
        ),
        Rule(
            "clustermesh_peer_without_address",
            when=all_of(given(PEERS), holds(PEERS, _without_way)),
            about=(PEERS,),
            reason="a peer has neither addresses nor a name at which it is reached",
            remedy="give each its ips or its address",
        ),
        Rule(
            "clustermesh_peer_without_certificate",
            at=_CERTIFICATES,
            when=all_of(given(PEERS), _without_certificates),
            about=(PEERS,),
            reason="charts before 1.14 fail without a certificate and key for each peer",
            remedy="let module clustermesh make them, which needs the key of the authority and a release that it may "
            "change; or write them as tls of each peer; or upgrade to 1.14",
        ),
        Rule(
            "clustermesh_signs_anew",
            at=span(until="1.11"),
            when=all_of(given(PEERS), on(SERVER)),
            about=(PEERS, SERVER),
            reason="charts before 1.11 make a new authority at each upgrade, whatever values say, so no peer knows "
            "what the last upgrade has signed",
            remedy="upgrade to 1.11.3 or newer",
        ),
        Rule(
            "clustermesh_peers_without_authority",
            at=span("1.11", "1.14"),
            when=all_of(given(PEERS), none_of(holds(PEERS, _without_any)), absent(AUTHORITY)),
            about=(AUTHORITY,),
            reason="charts before 1.14 write nothing beside each peer's certificate by which agents would know the "
            "peer, so none trusts any",
            remedy=f"set {AUTHORITY} to the certificate of the authority that all members share",
        ),
        Rule(
            "clustermesh_authority_without_key",
            at=span(until="1.12"),
            when=all_of(given(AUTHORITY), absent(AUTHORITY_KEY)),
            about=(AUTHORITY,),
            reason="charts before 1.12 sign with the authority in their values, and fail without its key",
            remedy=f"set {AUTHORITY_KEY}, from a vault",
        ),
        Rule(
            "clustermesh_store_needs_server",
            when=all_of(given(STORE), on(STORE), off(SERVER)),
            about=(STORE, SERVER),
            reason="the copy is kept beside the mesh API server, which is off",
            remedy=f"set {SERVER} to true",
        ),
        Rule(
            "clustermesh_refuses_kvstore",
            at=span("1.15"),
            when=all_of(
                on(SERVER), among("cilium_identity_allocation_mode", "kvstore"), any_of(at(until="1.18"), on(STORE))
            ),
            about=(SERVER, "cilium_identity_allocation_mode", STORE),
            reason="charts refuse the mesh API server where identities are kept in etcd, from 1.18 only with a copy "
            "of what the peers tell",
            remedy=f"set cilium_identity_allocation_mode to crd; from 1.18 {STORE} to false does too",
        ),
        Rule(
            "clustermesh_names_need_server",
            when=all_of(none_of(absent(NAMES, ADDRESSES)), off(SERVER)),
            about=(NAMES, ADDRESSES, SERVER),
            reason="names and addresses stand in the certificate of the mesh API server, which is off",
            remedy=f"set {SERVER} to true",
        ),
    ),
    fleet=(
        FleetRule(
            "mesh_port_taken",
            PORT,
            UNIQUE,
            when=all_of(on(SERVER), among(SERVICE, NODE_PORT)),
            reason="two clusters have their mesh API servers at the same NodePort, so agents that replace kube-proxy "
            "reach their own in place of the peer's",
            remedy=f"give each cluster its own {PORT}, such as 32000 and its id",
        ),
    ),
    active=on(SERVER),
    instead="use a version of Cilium whose chart has it: peers in values need 1.11.3, KVStoreMesh and bundles 1.14",
)

FEATURES = (MESH_SERVER,)
