"""Which Secrets count for which version, as the charts' templates say."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._authorities import (
    kept_leaves,
    secrets_of,
    signed_from,
)
from ansible_collections.fleet.cilium.plugins.module_utils._versions import parse

MESH, OURS, HUBBLE = "clustermesh-apiserver-ca-cert", "cilium-ca", "hubble-ca-secret"


@pytest.mark.parametrize(
    ("version", "mesh", "everything"),
    [
        ("1.9.0", (), (MESH,)),
        ("1.11.20", (), (MESH,)),
        ("1.12.0", (MESH, OURS), (OURS, MESH, HUBBLE)),
        ("1.13.18", (MESH, OURS), (OURS, MESH, HUBBLE)),
        ("1.14.0", (MESH, OURS), (OURS, MESH)),
        ("1.14.19", (MESH, OURS), (OURS, MESH)),
        ("1.15.0", (OURS,), (OURS,)),
        ("1.20.0", (OURS,), (OURS,)),
    ],
)
def test_secrets(version: str, mesh: tuple[str, ...], everything: tuple[str, ...]) -> None:
    assert signed_from(parse(version)) == mesh
    assert secrets_of(parse(version)) == everything


def test_an_unknown_version_is_taken_as_a_current_one() -> None:
    assert secrets_of(None) == secrets_of(parse("1.20.0"))


@pytest.mark.parametrize(("version", "count"), [("1.17.18", 0), ("1.18.0", 2), ("1.20.0", 2)])
def test_leaves_that_charts_keep(version: str, count: int) -> None:
    assert len(kept_leaves(parse(version))) == count
