# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a global service, as annotations. PRIVATE to the collection. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue._global_services import AFFINITIES, AFFINITY, ENDPOINT_SYNC, GLOBAL, SHARED, since, spellings
from .._errors import InputError
from .._versions import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._json import Json

_SWITCHES = (GLOBAL, SHARED, ENDPOINT_SYNC)
_WORDS = (GLOBAL, SHARED, AFFINITY, ENDPOINT_SYNC)
# What none of the versions has to know, as it is what they do anyway.
_AS_EVER: dict[str, Json] = {AFFINITY: "none", ENDPOINT_SYNC: False}


def annotations_for(
    said: Mapping[str, Json], versions: Sequence[str], *, where: str = "global service"
) -> dict[str, str]:
    """Return the annotations that say to every member of a mesh what is said of a Service.

    Args:
        said: global (true by default), shared, affinity and endpoint_sync; None leaves alone.
        versions: of Cilium, of the mesh's members. Where they spell an annotation differently, all spellings are there.
        where: what is said of, for messages.

    Raises:
        InputError: a word or a value that is none, something of a service that is not global, something that no
            member's version knows, or no version.
    """
    known = tuple(parse(str(version)) for version in versions)
    if not known:
        raise InputError(f"{where}: found no version of Cilium, expected those of the mesh's members, such as 1.15.19")
    values = _values(said, where)
    found: dict[str, str] = {}
    for word, value in values.items():
        names = spellings(word, known)
        if not names and value != _AS_EVER.get(word):
            raise InputError(
                f"{where}: {word} is {value!r}, but no member's version of Cilium knows it; found "
                f"{', '.join(map(str, known))}, expected {since(word)}. Leave it out, or upgrade."
            )
        found.update(dict.fromkeys(names, str(value) if word == AFFINITY else str(value).lower()))
    return found


def _values(said: Mapping[str, Json], where: str) -> dict[str, Json]:
    """Return what is said, checked, in the order of the words; what is left alone is left out."""
    unknown = sorted(set(said) - set(_WORDS))
    if unknown:
        raise InputError(f"{where}: found {', '.join(unknown)}, expected {', '.join(_WORDS)}")
    given = {GLOBAL: True, **{word: value for word, value in said.items() if value is not None}}
    for word in _SWITCHES:
        if not isinstance(given.get(word, True), bool):
            raise InputError(f"{where}: {word}: found {given[word]!r}, expected true or false")
    if given.get(AFFINITY, AFFINITIES[0]) not in AFFINITIES:
        raise InputError(f"{where}: affinity: found {given[AFFINITY]!r}, expected {', '.join(AFFINITIES)}")
    if not given[GLOBAL] and len(given) > 1:
        others = ", ".join(word for word in _WORDS if word in given and word != GLOBAL)
        raise InputError(f"{where}: {others} says nothing of a service that is not global; leave it out")
    return {word: given[word] for word in _WORDS if word in given}
