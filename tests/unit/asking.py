"""What tests of settings share: short names, and the way from settings to values and findings."""

from __future__ import annotations

from ansible_collections.fleet.cilium.plugins.module_utils._dialects.configmap import configmap
from ansible_collections.fleet.cilium.plugins.module_utils._dialects.helm import helm_values
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._validation.cluster import problems

Settings = dict[str, Json]

# Where one version after the other changes something; the newest patch of each minor otherwise.
RELEASES = (
    *("1.9.18", "1.10.0", "1.10.20", "1.11.20", "1.12.19", "1.13.18", "1.14.19", "1.15.0", "1.15.19"),
    *("1.16.19", "1.17.5", "1.17.18", "1.18.2", "1.18.12", "1.19.6", "1.20.0"),
)


def long(settings: Settings) -> Settings:
    """Settings with the prefix that their names share."""
    return {f"cilium_{name}": value for name, value in settings.items()}


def values(version: str, **settings: Json) -> JsonObject:
    return helm_values(read(long(settings), version).view)


def keys(version: str, **settings: Json) -> dict[str, str]:
    return configmap(read(long(settings), version).view)


def findings(version: str, facts: JsonObject | None = None, /, **settings: Json) -> dict[str, str]:
    """Severity by rule."""
    return {found.rule: found.severity for found in problems(read(long(settings), version, facts))}


def errors(version: str, facts: JsonObject | None = None, /, **settings: Json) -> set[str]:
    return {rule for rule, severity in findings(version, facts, **settings).items() if severity == ERROR}
