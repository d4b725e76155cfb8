"""What the demo makes of an agent's own words."""

from __future__ import annotations

import pytest

from testbed.demo import mesh


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("1/1 remote clusters ready, 0 global-services", True),
        ("1/1 clusters ready, 1 global-services", True),
        ("0/1 remote clusters ready, 0 global-services", False),
        ("0/0 remote clusters ready, 0 global-services", False),
        ("11/11 remote clusters ready", False),
    ],
)
def test_whether_a_mesh_is_whole(said: str, whole: bool) -> None:
    assert mesh.is_whole(said, 1) is whole
