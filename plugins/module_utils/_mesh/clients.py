# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What agents show their peers, for charts that want it in the values beside each peer. PRIVATE to the collection.

Charts before 1.14 write a certificate and key for each peer into the Secret of the agents, and beside them the
authority in ``clustermesh.apiserver.tls.ca.cert``. Source: templates clustermesh-secret.yaml and
clustermesh-apiserver/tls-helm of the charts 1.11.20, 1.12.19 and 1.13.18; that of 1.10.20 signs with what it makes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._catalogue import carriers_at
from .._catalogue._peer_files import can_share
from .._catalogue.clustermesh import AUTHORITY, AUTHORITY_KEY
from .._json import from_base64, get_object, get_text
from .._versions import parse
from .authority import issue
from .certificates import common_name, current_time
from .peers import peers_in
from .rotation import end_soon

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .._json import Json, JsonObject
    from .authority import Authority
    from .fetch import Seen
    from .sharing import Sharing

# The user that mesh API servers of every version let read, unless each cluster has one of its own (1.14, authMode).
USER = "remote"


@dataclass(frozen=True)
class Client:
    """What one cluster's agents show all their peers, and what they know these by; it holds private keys.

    Attributes:
        tls: ``cert`` and ``key``, base64 of PEM, as charts take them of each peer.
        settings: of the mesh, by variable, that stand once for all peers.
    """

    tls: JsonObject = field(repr=False)
    settings: JsonObject = field(repr=False)

    @property
    def keys(self) -> list[Json]:
        """The private keys in it."""
        return [self.tls["key"], self.settings.get(AUTHORITY_KEY)]


def needs_client(one: Seen) -> bool:
    """Tell whether a cluster's chart wants a certificate for each peer in the values."""
    return one.version is not None and not can_share(parse(one.version))


def clients(staying: Sequence[Seen], shared: Sharing, *, now: datetime | None = None) -> dict[str, Client]:
    """Return what the agents of each cluster show whose chart wants it in the values; none where nothing signs it.

    What a cluster has stays while it is good. One that is not installed yet gets none: its values are handed out
    before it is, and no key ever is. Nor does one whose release is somebody else's.

    Args:
        staying: the members that stay.
        shared: what is to become of their authorities.
        now: the moment to judge by.
    """
    found = {}
    for one in staying:
        authority = shared.wanted.get(one.name)
        if authority is None or not one.is_installed or not one.member.is_ours or not needs_client(one):
            continue
        tls = _kept(one, authority, now or current_time())
        if tls is None and authority.has_key:
            tls = _made(authority)
        if tls is not None:
            found[one.name] = Client(tls, _settings(authority, str(one.version)))
    return found


def _kept(one: Seen, authority: Authority, now: datetime) -> JsonObject | None:
    """Return what a cluster's values have, if its peers will take it for long enough."""
    for peer in peers_in(one.live).values():
        tls = get_object(peer, "tls")
        certificate = from_base64(get_text(tls, "cert"))
        is_ours = common_name(certificate) == USER and authority.has_signed(certificate)
        if is_ours and get_text(tls, "key") and not end_soon(certificate, now):
            return {"cert": tls["cert"], "key": tls["key"]}
    return None


def _made(authority: Authority) -> JsonObject:
    certificate, key = issue(authority, USER)
    return {name: base64.b64encode(text.encode()).decode() for name, text in (("cert", certificate), ("key", key))}


def _settings(authority: Authority, version: str) -> JsonObject:
    """Return the settings by which agents know their peers, and from which the oldest charts sign."""
    carried = carriers_at(parse(version))
    texts = {AUTHORITY: authority.certificate, AUTHORITY_KEY: authority.key}
    return {name: text for name, text in texts.items() if carried[name]}
