"""The seed of Maglev's hash, when nobody says it."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._desired import seed
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

LIVE = base64.b64encode(b"twelve bytes").decode()
FRESH = base64.b64encode(b"other twelve").decode()


def test_new_seeds_are_twelve_bytes_and_differ() -> None:
    found = {seed.new() for _number in range(50)}
    assert len(found) == 50
    assert {len(base64.b64decode(text)) for text in found} == {12}


@pytest.mark.parametrize(
    ("configuration", "found"),
    [({"bpf-lb-maglev-hash-seed": LIVE}, LIVE), ({"bpf-lb-maglev-hash-seed": "short"}, None), ({}, None)],
)
def test_live_seed(configuration: JsonObject, found: str | None) -> None:
    assert seed.live({"configuration": configuration}) == found


def test_first_member_is_the_first_with_an_id() -> None:
    assert seed.first_member({"rome": 0, "oslo": None, "paris": "2", "berlin": 1}) == "paris"
    assert seed.first_member({"rome": 0}) is None


@pytest.mark.parametrize(
    ("given", "live", "present", "found"),
    [
        (LIVE, None, False, LIVE),
        ("auto", LIVE, False, LIVE),
        (None, LIVE, True, LIVE),
        ("auto", None, True, FRESH),
        (None, None, True, FRESH),
    ],
)
def test_seed_of_a_mesh(given: str | None, live: str | None, found: str, *, present: bool) -> None:
    cluster: JsonObject | None = {"configuration": {"bpf-lb-maglev-hash-seed": live}} if live else None
    assert seed.of_mesh(seed.Member("paris", given, cluster, present), FRESH) == found


def test_first_member_without_a_seed_outside_the_run() -> None:
    with pytest.raises(InputError, match=r"paris.*run without --limit once, or set cilium_maglev_hash_seed"):
        seed.of_mesh(seed.Member("paris", "auto", None, present=False), FRESH)
