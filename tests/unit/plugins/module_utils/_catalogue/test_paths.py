"""The table of all charts, and what is known of values that moved."""

from __future__ import annotations

import re

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import _moved, _paths
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._moved import MOVED, Moved, also, moved
from ansible_collections.fleet.cilium.plugins.module_utils._release.values import split
from ansible_collections.fleet.cilium.plugins.module_utils._versions import parse

RELEASES = [str(release) for release in _paths.releases()]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.15.19", "1.15.19"),
        ("v1.15.19", "1.15.19"),
        ("1.13.0-rc5", "1.13.0"),
        ("1.16.14", "1.16.13"),
        ("1.18.99", "1.18.12"),
        ("1.21.0-pre.0", "1.20.0"),
        ("1.8.3", "1.9.0"),
    ],
)
def test_nearest_release(version: str, expected: str) -> None:
    assert _paths.nearest_release(version) == expected


def test_releases_are_in_order() -> None:
    assert list(_paths.releases()) == sorted(_paths.releases())
    assert (RELEASES[0], RELEASES[-1], len(RELEASES)) == ("1.9.0", "1.20.0", 199)


# The first and the last release that know a path, from the charts' history; "" for still there.
@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("tunnel", "1.9.0", "1.14.19"),
        ("routingMode", "1.14.0", ""),
        ("externalIPs.enabled", "1.9.0", "1.17.5"),
        ("bpf.lbExternalClusterIP", "1.10.3", ""),
        ("socketLB.hostNamespaceOnly", "1.12.0", ""),
        ("nodePort.range", "1.9.0", ""),
        ("socketLB.terminatePodConnections", "1.16.0", ""),
        ("enableTunnelBIGTCP", "1.19.0", "1.19.2"),
        (r"nodeSelector.kubernetes\.io/os", "1.12.0", ""),
    ],
)
def test_spans(path: str, first: str, last: str) -> None:
    runs = _paths.table()[split(path)]
    assert RELEASES[runs[0][0]] == first
    assert (RELEASES[runs[-1][1]] if runs[-1][1] < len(RELEASES) else "") == last


@pytest.mark.parametrize(
    ("version", "path", "kinds"),
    [
        ("1.15.19", "cluster.id", "i"),
        ("1.15.19", "k8sServicePort", "s"),
        ("1.16.0", "k8sServicePort", "is"),
        ("1.20.0", "kubeProxyReplacement", "bs"),
        ("1.20.0", "clustermesh.config.clusters", "ao"),
        ("1.11.20", "bandwidthManager", "b"),
        ("1.12.0", "bandwidthManager", "o"),
        ("1.15.19", "maglev.tableSize", ""),
    ],
)
def test_types(version: str, path: str, kinds: str) -> None:
    node = _paths.known(version).root
    for key in split(path):
        node = node.children[key]
    assert node.kinds == kinds


@pytest.mark.parametrize("entry", MOVED, ids=lambda entry: entry.path)
def test_moved_values_agree_with_the_table(entry: Moved) -> None:
    """A release within the span knows the path or something below it, and the ones just outside do not."""
    assert entry.first or entry.last
    assert not entry.last or entry.later
    spans = [runs for keys, runs in _paths.table().items() if keys[: len(entry.keys)] == entry.keys]
    assert spans, f"{entry.path}: the table has nothing of it"
    first = min(runs[0][0] for runs in spans)
    last = max(runs[-1][1] for runs in spans)
    if entry.first:
        assert RELEASES[first] == entry.first
        assert entry.earlier or first == 0 or entry.last
    if entry.last:
        assert RELEASES[last] == entry.last


def test_moved_values_point_to_values_that_exist() -> None:
    """A path that a remedy names is known to the release after the last, or to the one before the first."""
    for entry in MOVED:
        for remedy, release in ((entry.later, entry.last), (entry.earlier, entry.first)):
            name = re.match(r"use ([A-Za-z0-9.-]+[A-Za-z0-9])", remedy)
            if not name or not release:
                continue
            index = RELEASES.index(release) + (1 if remedy is entry.later else -1)
            known = _paths.known(RELEASES[index])
            keys = split(name.group(1))
            assert keys in set(known.paths()) or keys[0] == "extraConfig", f"{entry.path}: {remedy}"


@pytest.mark.parametrize(
    ("path", "version", "expected"),
    [
        ("tunnel", "1.14.19", None),
        ("tunnel", "1.15.0", "tunnel"),
        ("hostServices.enabled", "1.12.0", "hostServices"),
        ("routingMode", "1.14.0-rc1", None),
        ("routingMode", "1.13.18", "routingMode"),
        ("l2NeighDiscovery.refreshPeriod", "1.18.0", "l2NeighDiscovery.refreshPeriod"),
        ("l2NeighDiscovery.refreshPeriod", "1.10.4", "l2NeighDiscovery"),
    ],
)
def test_moved(path: str, version: str, expected: str | None) -> None:
    entry = moved(split(path), parse(version))
    assert (entry.path if entry else None) == expected


def test_also() -> None:
    assert also(("bandwidthManager",), parse("1.12.3")) == "b"
    assert also(("bandwidthManager",), parse("1.13.0")) == ""
    assert also(("cluster", "id"), parse("1.12.3")) == ""


def test_options_point_to_values() -> None:
    names = {".".join(keys) for keys in _paths.table()}
    assert set(_moved.OPTIONS.values()) <= names
