# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps in which a live mesh gets another authority without being cut. PRIVATE to the collection. Pure.

First everybody trusts the old and the new authority, then certificates are signed by the new one, then the old one is
dropped. Which step is next is seen in the clusters, so a run that is killed in between is taken up by the next.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._catalogue.clustermesh import BUNDLE_PATH
from .._json import get_path, get_text
from .fetch import SERVER_CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .fetch import Seen
    from .sharing import Sharing

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One pass through all clusters.

    Attributes:
        name: what it is for, in words.
        bundle: PEM of the authorities that everybody trusts; empty for the one that signs.
        signs: members whose authority is put in place, and whose certificates it signs anew.
    """

    name: str
    bundle: str
    signs: frozenset[str] = frozenset()


def steps(seen: Sequence[Seen], shared: Sharing) -> list[Step]:
    """Return the passes that lead to the wanted authorities: one, or three where a live mesh changes its own.

    Args:
        seen: the members that stay.
        shared: what is to become of their authorities.
    """
    final = shared.trust if shared.several else ""
    old = [one.name for one in seen if is_stale(one, shared)]
    signs = frozenset({*old, *shared.write})
    if not old:
        return [Step("members", final, signs)]
    meanwhile = joined([shared.trust_meanwhile, *(bundle_of(one) for one in seen)])
    trust = Step("trust the old and the new authority", meanwhile)
    sign = Step("sign with the new authority", meanwhile, signs)
    drop = Step("trust the new authority only", final)
    trusted = all(joined([bundle_of(one)]) == meanwhile for one in seen)
    return [sign, drop] if trusted else [trust, sign, drop]


def is_stale(one: Seen, shared: Sharing) -> bool:
    """Tell whether a cluster's mesh API server has a certificate of another authority than it is to have."""
    data = get_text(one.secrets.get(SERVER_CERTIFICATE), "data", "tls.crt")
    wanted = shared.wanted.get(one.name)
    if not data or wanted is None:
        return False
    return not wanted.has_signed(base64.b64decode(data).decode("utf-8", "replace"))


def bundle_of(one: Seen) -> str:
    """Return the authorities that a cluster trusts by its values, as PEM; empty for the one that signs."""
    found = get_path(one.live, *BUNDLE_PATH)
    return found if isinstance(found, str) else ""


def joined(bundles: Iterable[str]) -> str:
    """Return the certificates of several PEM texts, sorted, each once."""
    found = {match.group() for text in bundles for match in _CERTIFICATE.finditer(text)}
    return "".join(f"{certificate}\n" for certificate in sorted(found))
