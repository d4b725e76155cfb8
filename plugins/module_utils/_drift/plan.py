# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the four places in which a cluster's configuration stands. PRIVATE to the collection. Pure.

A change travels one way: what is desired becomes values of the release, helm makes the ConfigMap of them, and agents
read that at their start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._catalogue import keys_at, values_at
from .._catalogue._agent_fields import told
from .._dialects.configmap import as_text, configmap
from .._json import Json, JsonObject
from .._release.values import join, leaves, same
from .._secrets import MASK, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._catalogue._model import View
    from .._release.values import Keys

DESIRED, RELEASE, CONFIGMAP, AGENTS = "desired", "release", "configmap", "agents"


@dataclass(frozen=True)
class Places:
    """The four places, None or empty for what is not known.

    Attributes:
        view: the settings that are desired, at the version that is installed.
        values: the Helm values that are desired.
        release_values: the release's own values.
        release_config: the ConfigMap that helm made of them.
        config: the live ConfigMap.
        agents: what agents run with, by node.
        edited: paths of values that are not what this collection wrote last.
    """

    view: View | None = None
    values: JsonObject | None = None
    release_values: JsonObject | None = None
    release_config: Mapping[str, Json] | None = None
    config: Mapping[str, Json] | None = None
    agents: Mapping[str, JsonObject] = field(default_factory=dict)
    edited: frozenset[Keys] = frozenset()


@dataclass(frozen=True)
class Drift:
    """One thing that is not the same everywhere.

    Attributes:
        key: of the ConfigMap; a value's path where no key is known for it.
        value: path of the Helm value behind it; "" where none is known.
        desired, release, configmap: what stands there; None where it does not, or where that is not known.
        agents: what agents run with: one text, a mapping by node where they differ, None where they do not tell.
        odd: which of the four does not fit the others.
    """

    key: str
    value: str
    desired: Json
    release: Json
    configmap: Json
    agents: Json
    odd: str

    def as_dict(self) -> JsonObject:
        """Return the form that stands in a result."""
        return {
            "key": self.key,
            "value": self.value or None,
            DESIRED: self.desired,
            RELEASE: self.release,
            CONFIGMAP: self.configmap,
            AGENTS: self.agents,
            "odd": self.odd,
        }


def drift(places: Places) -> list[Drift]:
    """Return what differs, by key."""
    paths = _paths(places.view)
    keys = [*_of_keys(places, paths)]
    covered = {join(path) for one in keys for path in paths.get(one.key, ())}
    return sorted([*keys, *_of_values(places, covered)], key=lambda one: one.key)


def _of_keys(places: Places, paths: Mapping[str, tuple[Keys, ...]]) -> Iterator[Drift]:
    wanted: Mapping[str, Json] = {} if places.view is None else dict(configmap(places.view))
    for key in sorted({*wanted, *(places.release_config or {}), *(places.config or {})}):
        here: dict[str, Json] = {}
        if key in wanted:
            here[DESIRED] = wanted[key]
        if places.release_config is not None:
            here[RELEASE] = places.release_config.get(key)
        if places.config is not None:
            here[CONFIGMAP] = places.config.get(key)
        agents = _agents(key, places) if here.get(CONFIGMAP) is not None or here.get(RELEASE) is not None else {}
        behind = paths.get(key, ())
        odd = _odd(here, agents, edited=any(path in places.edited for path in behind))
        if odd:
            yield _shown(key, here, agents, odd=odd, path=behind[0] if behind else ())


def _paths(view: View | None) -> dict[str, tuple[Keys, ...]]:
    """Return the paths of the Helm values behind each key, by the setting that both carry."""
    if view is None:
        return {}
    carried: dict[str, tuple[Keys, ...]] = {}
    for carrier in values_at(view.version):
        carried[carrier.setting] = (*carried.get(carrier.setting, ()), tuple(carrier.target.split(".")))
    return {carrier.target: carried.get(carrier.setting, ()) for carrier in keys_at(view.version)}


def _agents(key: str, places: Places) -> dict[str, str]:
    found = {node: told(configuration, key) for node, configuration in places.agents.items()}
    return {node: as_text(value) for node, value in found.items() if value is not None}


def _same(one: Json, other: Json) -> bool:
    if one is None or other is None:
        return one is other
    return as_text(one).casefold() == as_text(other).casefold()


def _odd(here: Mapping[str, Json], agents: Mapping[str, str], *, edited: bool) -> str:
    """Return which place does not fit the others; "" if all are the same.

    What is made of another place follows it, so the count alone does not tell who changed: a ConfigMap that is not
    the release's was edited; a value that is not what this collection wrote was edited in the release. Only then the
    majority counts.
    """
    running = set(agents.values())
    if RELEASE in here and CONFIGMAP in here and not _same(here[RELEASE], here[CONFIGMAP]):
        return CONFIGMAP
    if len({text.casefold() for text in running}) > 1:
        return AGENTS
    installed = here.get(CONFIGMAP, here.get(RELEASE))
    follows = not running or _same(next(iter(running)), installed)
    agrees = DESIRED not in here or not (RELEASE in here or CONFIGMAP in here) or _same(here[DESIRED], installed)
    if follows and agrees:
        return ""
    if agrees:
        return AGENTS
    if edited:
        return RELEASE
    if follows:
        return DESIRED
    if not _same(here[DESIRED], next(iter(running))):
        return DESIRED
    return RELEASE if RELEASE in here else CONFIGMAP


def _shown(key: str, here: Mapping[str, Json], agents: Mapping[str, str], *, odd: str, path: Keys) -> Drift:
    texts = set(agents.values())
    running: Json = None if not texts else next(iter(texts)) if len(texts) == 1 else dict(sorted(agents.items()))
    hidden = any(is_secret((key,), value) for value in here.values())
    if hidden:
        here, running = {place: MASK for place, value in here.items() if value is not None}, None
    return Drift(key, join(path), here.get(DESIRED), here.get(RELEASE), here.get(CONFIGMAP), running, odd)


def _of_values(places: Places, covered: set[str]) -> Iterator[Drift]:
    """Yield what differs between desired and live values and does not show in the ConfigMap."""
    if places.release_values is None:
        return
    live = leaves(places.release_values)
    wanted = leaves(places.values or {})
    for keys in sorted({*wanted, *places.edited}):
        asked, found = wanted.get(keys), live.get(keys)
        path = join(keys)
        if path in covered or same(asked, found):
            continue
        if is_secret(keys, asked) or is_secret(keys, found):
            asked, found = asked and MASK, found and f"{MASK} (another)"
        yield Drift(path, path, asked, found, None, None, RELEASE if keys in places.edited else DESIRED)
