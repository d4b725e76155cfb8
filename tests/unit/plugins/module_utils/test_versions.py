"""Versions and ranges, as Masterminds/semver reads them."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._versions import is_exact, parse, satisfies


@pytest.mark.parametrize(
    ("version", "constraint", "expected"),
    [
        ("v1.36.3", ">= 1.16.0-0", True),
        ("v1.15.9", ">= 1.16.0-0", False),
        ("v1.29.1-eks-508b6b3", ">= 1.16.0-0", True),
        ("v1.29.1-eks-508b6b3", ">= 1.16.0", False),
        ("v1.31.4+k3s1", ">=1.21.0", True),
        ("1.21.0", ">1.20.0 <1.22.0", True),
        ("1.22.0", ">1.20.0, <1.22.0", False),
        ("1.22.0", "<1.21.0 || >=1.22.0", True),
        ("1.2.9", "~1.2.3", True),
        ("1.3.0", "~1.2.3", False),
        ("1.9.9", "~1", True),
        ("1.9.9", "^1.2.3", True),
        ("2.0.0", "^1.2.3", False),
        ("0.2.9", "^0.2.3", True),
        ("0.3.0", "^0.2.3", False),
        ("1.2.7", "1.2.x", True),
        ("1.3.0", "1.2.*", False),
        ("9.9.9", "*", True),
        ("1.4.0", "1.2 - 1.4.5", True),
        ("1.4.6", "1.2 - 1.4.5", False),
        ("1.2.4", "!=1.2.4", False),
        ("1.2.5", "!=1.2.4", True),
        ("1.2.5", ">1.2", False),
        ("1.3.0", ">1.2", True),
        ("1.2.5", "<=1.2", True),
        ("1.2.5", "=1.2", True),
    ],
)
def test_ranges(version: str, constraint: str, expected: bool) -> None:
    assert satisfies(parse(version), constraint) is expected


@pytest.mark.parametrize("constraint", ["", "latest", ">= ", ">= 1.2 and more"])
def test_a_range_that_is_none_says_so(constraint: str) -> None:
    with pytest.raises(InputError, match="version range"):
        satisfies(parse("1.2.3"), constraint)


def test_order_is_that_of_semver_org() -> None:
    ordered = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1".split()
    assert [str(version) for version in sorted(parse(text) for text in reversed(ordered))] == ordered


def test_what_is_no_version_says_so() -> None:
    with pytest.raises(InputError, match="version 'latest'"):
        parse("latest")


@pytest.mark.parametrize(
    ("text", "expected"), [("1.15.19", True), ("v1.15.19-rc.1", True), ("1.15", False), ("^1.15.0", False)]
)
def test_exact(text: str, expected: bool) -> None:
    assert is_exact(text) is expected
