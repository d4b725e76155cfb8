"""What holds for any JSON, and not only for that of our tables."""

from __future__ import annotations

import json

from ansible_collections.fleet.cilium.plugins.module_utils._diff import difference
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, plain
from ansible_collections.fleet.cilium.plugins.module_utils._secrets import censor, mask, secrets_in
from ansible_collections.fleet.cilium.plugins.module_utils._status.json import parse
from hypothesis import given, settings
from hypothesis import strategies as st

KEYS = st.sampled_from(
    """kube-proxy-replacement features nodePort enabled mode masquerading enabledProtocols ipam cilium msg status
    allocations cluster-mesh clusters name controllers password tls key token bpf-maps maps size encryption wireguard
    interfaces peer-count routing""".split()
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)
OBJECTS: st.SearchStrategy[JsonObject] = st.dictionaries(KEYS, VALUES, max_size=6)

small = settings(max_examples=300, deadline=None, derandomize=True)


@small
@given(OBJECTS)
def test_any_status_parses_to_json(status: JsonObject) -> None:
    result = parse(status).as_dict()
    assert json.loads(json.dumps(result)) == result


@small
@given(VALUES)
def test_plain_data_stays_as_it_is(value: Json) -> None:
    assert plain(value) == value


@small
@given(VALUES)
def test_masked_values_hold_no_secret(value: Json) -> None:
    masked = mask(value)
    assert secrets_in(masked) <= {"********"}
    assert mask(masked) == masked


@small
@given(OBJECTS, OBJECTS)
def test_differences_hold_no_secret(before: JsonObject, after: JsonObject) -> None:
    diff = difference(before, after, title="values")
    assert secrets_in([diff["before"], diff["after"]]) <= {"********", "******** (before)", "******** (after)"}
    if before == after:
        assert diff["before"] == diff["after"]


@small
@given(VALUES, st.sets(st.text(min_size=6, max_size=10), max_size=3))
def test_censored_values_hold_no_secret(value: Json, secrets: set[str]) -> None:
    text = json.dumps(censor([value, sorted(secrets)], secrets), ensure_ascii=False)
    for secret in secrets:
        assert json.dumps(secret, ensure_ascii=False)[1:-1] not in text
