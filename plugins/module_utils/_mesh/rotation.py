# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps in which a live mesh gets another authority without being cut. PRIVATE to the collection. Pure.

First everybody trusts the old and the new authority, then certificates are signed by the new one, then the old one is
dropped. Which step is next is seen in the clusters, so a run that is killed in between is taken up by the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._catalogue import carriers_at
from .._catalogue.clustermesh import BUNDLE, BUNDLE_PATH
from .._json import from_base64, get_object, get_path, get_text
from .._versions import parse
from .certificates import CERTIFICATE, current_time, lifetimes
from .fetch import SERVER_CERTIFICATE
from .peer_secrets import to_remove
from .peers import peers_in
from .sharing import AHEAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from .._json import JsonObject
    from .fetch import Seen
    from .sharing import Sharing

# The charts' values that say where certificates come from, and those that stand for the authority in cilium-ca.
_SIGNER_PATH = ("clustermesh", "apiserver", "tls", "auto")
_SIGNERS = ("helm", "cronJob")


@dataclass(frozen=True)
class Step:
    """One pass through all clusters.

    Attributes:
        name: what it is for, in words.
        bundle: PEM of the authorities that everybody trusts; empty for the one that signs.
        signs: members whose authority is put in place, and whose certificates it signs anew.
        renews: members whose certificates are signed anew as they end soon.
        follows: whether it cuts off whoever has not yet got what the pass before it brought.
        drops: whether an authority is trusted no longer after it.
    """

    name: str
    bundle: str
    signs: frozenset[str] = frozenset()
    renews: frozenset[str] = frozenset()
    follows: bool = False
    drops: bool = False


def steps(seen: Sequence[Seen], shared: Sharing, *, now: datetime | None = None) -> list[Step]:
    """Return the passes that lead to the wanted authorities: one, or three where a live mesh changes its own.

    Args:
        seen: the members that stay.
        shared: what is to become of their authorities.
        now: the moment to judge by.
    """
    final = shared.trust if shared.several else ""
    old = [one.name for one in seen if is_stale(one, shared)]
    signs = frozenset({*old, *shared.write})
    if not old or _are_apart(old, seen):
        ending = [one.name for one in seen if _renews(one, shared, now or current_time())]
        drops = not final and any(bundle_of(one) for one in seen)
        return [Step("members", final, signs, frozenset(ending), follows=drops, drops=drops)]
    meanwhile = joined(
        [shared.trust_meanwhile, *(bundle_of(one) for one in seen), *(_of_server(one, "ca.crt") for one in seen)]
    )
    trust = Step("trust the old and the new authority", meanwhile)
    sign = Step("sign with the new authority", meanwhile, signs, follows=True)
    drop = Step("trust the new authority only", final, follows=True, drops=True)
    trusted = all(_trusts(one, meanwhile) for one in seen)
    return [sign, drop] if trusted else [trust, sign, drop]


def _are_apart(names: Sequence[str], seen: Sequence[Seen]) -> bool:
    """Tell whether clusters are nobody's peers yet, among charts of which some can trust one authority only.

    These cannot change theirs in steps, and where nobody is connected, nobody is cut off.

    Args:
        names: of the clusters that get another authority.
        seen: all members that stay.
    """
    peers = {one.name: _peers(one) for one in seen}
    known = {name for found in peers.values() for name in found}
    single = any(not carriers_at(parse(str(one.version)))[BUNDLE] for one in seen)
    return single and not any(peers[name] or name in known for name in names)


def _peers(one: Seen) -> set[str]:
    """Return the names of a cluster's peers, in values and in Secrets."""
    return {*peers_in(one.live), *(name for secret in to_remove(one) for name in get_object(secret, "data"))}


def is_stale(one: Seen, shared: Sharing) -> bool:
    """Tell whether a cluster's mesh API server has a certificate of another authority than it is to have."""
    certificate, wanted = _of_server(one, "tls.crt"), shared.wanted.get(one.name)
    return bool(certificate) and wanted is not None and not wanted.has_signed(certificate)


def _trusts(one: Seen, bundle: str) -> bool:
    """Tell whether Helm has given a cluster this bundle; a revision that it did not finish says only what it was to."""
    newest = one.stored.newest
    return newest is not None and newest.status == "deployed" and joined([bundle_of(one)]) == bundle


def _renews(one: Seen, shared: Sharing, now: datetime) -> bool:
    """Tell whether a cluster's certificates end soon, and its authority signs better ones."""
    wanted = shared.wanted.get(one.name)
    return wanted is not None and wanted.has_key and wanted.not_after - now > AHEAD and is_ending(one, now)


def is_ending(one: Seen, now: datetime) -> bool:
    """Tell whether the certificate of a cluster's mesh API server ends soon, or that of the authority beside it."""
    return end_soon(_of_server(one, "tls.crt") + _of_server(one, "ca.crt"), now)


def end_soon(text: str, now: datetime) -> bool:
    """Tell whether a certificate of a PEM text ends soon.

    Soon is within AHEAD, but not before two thirds of the time for which a certificate is made are over.
    """
    return any(end - now < min(AHEAD, (end - begin) / 3) for begin, end in lifetimes(text))


def _of_server(one: Seen, key: str) -> str:
    """Return a text of the Secret with the certificate of a cluster's mesh API server; empty where there is none."""
    return from_base64(get_text(one.secrets.get(SERVER_CERTIFICATE), "data", key))


def other_signer(one: Seen) -> str:
    """Return what signs a release's certificates in place of the authority in its Secret; empty for nothing else.

    Source: clustermesh.apiserver.tls.auto of the charts from 1.11 on; with ``enabled`` false they stand in values.
    """
    auto = get_object(one.live, *_SIGNER_PATH)
    if auto.get("enabled") is False:
        return "its Helm values"
    method = auto.get("method")
    return "" if method is None or method in _SIGNERS else str(method)


def bundle_of(one: Seen) -> str:
    """Return the authorities that a cluster trusts by its values, as PEM; empty for the one that signs."""
    return bundle_in(one.live)


def bundle_in(values: JsonObject) -> str:
    """Return the authorities that values name, as bundle_of()."""
    found = get_path(values, *BUNDLE_PATH)
    return found if isinstance(found, str) else ""


def joined(bundles: Iterable[str]) -> str:
    """Return the certificates of several PEM texts, sorted, each once."""
    found = {match.group() for text in bundles for match in CERTIFICATE.finditer(text)}
    return "".join(f"{certificate}\n" for certificate in sorted(found))
