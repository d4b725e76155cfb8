"""Who owns which value, whatever is killed when."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.ownership import (
    EVERYTHING,
    Claim,
    Record,
    digests,
    plan_all,
    plan_values,
    read_record,
    write_record,
)
from ansible_collections.fleet.cilium.plugins.module_utils._release.values import join, leaves, same
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._release.test_values import trees

ME = "release"


def owned(values: JsonObject) -> Record:
    return {ME: Claim(owned=digests(values))}


@pytest.mark.parametrize(
    ("live", "mine", "desired", "values", "foreign", "pruned"),
    [
        pytest.param({}, {}, {"a": 1}, {"a": 1}, [], [], id="first"),
        pytest.param({"a": 1, "b": 2}, {}, {"a": 1}, {"a": 1, "b": 2}, ["b"], [], id="no record: all is foreign"),
        pytest.param({"a": 1, "b": 2}, {"a": 1}, {}, {"b": 2}, ["b"], ["a"], id="mine and no longer desired"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, {}, {"a": {"c": 2}}, ["a.c"], ["a.b"], id="one key"),
        pytest.param({"a": {"b": 1}}, {"a": {"b": 1}}, {}, {}, [], ["a.b"], id="the map goes with its last key"),
        pytest.param({"a": 9}, {"a": 1}, {"a": 1}, {"a": 1}, [], [], id="changed by hand and desired"),
        pytest.param({"a": {"b.c": 1}}, {}, {}, {"a": {"b.c": 1}}, [r"a.b\.c"], [], id="dot in a key"),
        pytest.param({"a": {"b": 1}}, {}, {"a": None}, {"a": None}, [], ["a.b"], id="null is Helm's"),
        pytest.param({"a": [1, 2]}, {"a": [1, 2]}, {"a": [2]}, {"a": [2]}, [], [], id="lists replace"),
    ],
)
def test_values_are_live_less_mine_plus_desired(
    live: JsonObject, mine: JsonObject, desired: JsonObject, values: JsonObject, foreign: list[str], pruned: list[str]
) -> None:
    found = plan_values(live, desired, manager=ME, record=owned(mine) if mine else {})
    assert (found.values, found.foreign, found.pruned) == (values, foreign, pruned)


def test_foreign_values_go_when_asked() -> None:
    record = {**owned({"a": 1}), "clustermesh": Claim(owned=digests({"cluster": {"id": 1}}))}
    live: JsonObject = {"a": 1, "b": 2, "cluster": {"id": 1, "name": "x"}}
    found = plan_values(live, {"a": 1}, manager=ME, record=record, purged=[EVERYTHING])
    assert found.values == {"a": 1, "cluster": {"id": 1}}
    assert (found.foreign, found.pruned) == ([], ["b", "cluster.name"])


def test_foreign_values_go_where_a_manager_has_all_of_a_path() -> None:
    live: JsonObject = {"a": {"b": {"x": 1, "y": 2}, "c": {"x": 3}}, "ab": 4}
    found = plan_values(live, {"a": {"b": {"x": 1}}}, manager=ME, record={}, purged=[("a",)])
    assert found.values == {"a": {"b": {"x": 1}}, "ab": 4}
    assert (found.foreign, found.pruned) == (["ab"], ["a.b.y", "a.c.x"])


@pytest.mark.parametrize(
    ("theirs", "desired", "named"),
    [
        ({"cluster": {"id": 1}}, {"cluster": {"id": 2}}, "cluster.id"),
        ({"cluster": {"id": 1}}, {"cluster": None}, "cluster.id"),
        ({"cluster": None}, {"cluster": {"id": 2}}, "cluster"),
    ],
)
def test_two_managers_cannot_dispute_a_path(theirs: JsonObject, desired: JsonObject, named: str) -> None:
    record = {"clustermesh": Claim(owned=digests(theirs))}
    with pytest.raises(InputError, match=named) as caught:
        plan_values(theirs, desired, manager=ME, record=record)
    assert caught.value.details["conflicts"] == [named]


def test_two_managers_may_agree_and_each_may_leave() -> None:
    values: JsonObject = {"cluster": {"id": 1}}
    record = {ME: Claim(owned=digests(values)), "clustermesh": Claim(owned=digests(values))}
    assert plan_values(values, values, manager=ME, record=record).values == values
    assert plan_values(values, {}, manager=ME, record=record).values == values


@given(trees, trees)
def test_adding_then_removing_leaves_what_was_there(foreign: JsonObject, desired: JsonObject) -> None:
    first = plan_values(foreign, desired, manager=ME, record={})
    claim = Claim().intend(desired).settle(desired, content=None, revision=1)
    second = plan_values(first.values, {}, manager=ME, record={ME: claim})
    left = leaves(second.values)
    displaced = {keys for keys in leaves(foreign) if keys in leaves(desired) or keys not in leaves(first.values)}
    # An empty map loses nothing by becoming a map that loses its keys again.
    assert left == {keys: value for keys, value in leaves(foreign).items() if keys not in displaced}


@given(trees, st.lists(st.tuples(trees, st.sampled_from(["before helm", "in helm", "after helm", "done"])), max_size=5))
def test_a_kill_at_any_moment_loses_nothing(foreign: JsonObject, runs: list[tuple[JsonObject, str]]) -> None:
    """Whatever runs were killed where, a last run that desires nothing leaves no value that only they have set."""
    live, record = foreign, Record()
    ever: set[tuple[str, ...]] = set()
    for desired, killed in runs:
        plan = plan_values(live, desired, manager=ME, record=record)
        claim = record.get(ME, Claim()).intend(desired)
        record = read_record(write_record("cilium", {ME: claim}, namespace="kube-system"))
        if killed == "before helm":
            continue
        live = plan.values
        ever |= set(leaves(desired))
        if killed == "done":
            record = {ME: claim.settle(desired, content=None, revision=1)}
    last = plan_values(live, {}, manager=ME, record=record).values
    assert not [join(keys) for keys in leaves(last) if keys in ever and keys not in leaves(foreign)]
    assert same(last, plan_values(last, {}, manager=ME, record=record).values)


@given(trees, trees, st.none() | st.text(max_size=4), st.none() | st.integers(1, 99))
def test_record_comes_back(one: JsonObject, other: JsonObject, content: str | None, ready: int | None) -> None:
    left = ("daemonset cilium",) if content else ()
    claim = Claim(owned=digests(one), intended=digests(other), content=content, revision=ready, ready=ready, left=left)
    record = {ME: claim, "clustermesh": Claim(owned=digests(other))}
    assert read_record(write_record("cilium", record, namespace="kube-system")) == record


def test_record_holds_no_values() -> None:
    secret = write_record("cilium", owned({"tls": {"ca": {"key": "very-secret-key"}}}), namespace="x")
    assert "very-secret-key" not in str(read_record(secret))
    assert secret["type"] == "fleet.cilium/ownership.v1"


@pytest.mark.parametrize("text", ["", "!", "e30=", "bnVsbA==", "eyJzY2hlbWEiOiAyfQ=="])
def test_a_record_that_is_none_says_so(text: str) -> None:
    with pytest.raises(InputError, match="ownership record of release"):
        read_record({"data": {ME: text}})


@pytest.mark.parametrize(
    ("live", "record", "desired", "values", "pruned"),
    [
        pytest.param({}, {}, {ME: {"a": 1}, "mesh": {"b": 2}}, {"a": 1, "b": 2}, [], id="both are new"),
        pytest.param({}, {}, {ME: {"a": 1}, "mesh": {"a": 1}}, {"a": 1}, [], id="the same of both"),
        pytest.param(
            {"a": 1, "b": 2},
            {ME: {"a": 1, "b": 2}, "mesh": {"b": 2}},
            {ME: {"a": 1}, "mesh": {}},
            {"a": 1},
            ["b"],
            id="neither asks for it any more",
        ),
        pytest.param(
            {"a": 1, "b": 2},
            {ME: {"a": 1}, "mesh": {"b": 2}},
            {ME: {"a": 1, "b": 3}, "mesh": {}},
            {"a": 1, "b": 3},
            [],
            id="what the other asked for before does not count",
        ),
        pytest.param({"b": 2}, {"mesh": {"b": 2}}, {ME: {"a": 1}}, {"a": 1, "b": 2}, [], id="who says nothing keeps"),
    ],
)
def test_two_managers_at_once(
    live: JsonObject,
    record: dict[str, JsonObject],
    desired: dict[str, JsonObject],
    values: JsonObject,
    pruned: list[str],
) -> None:
    claims = {name: Claim(owned=digests(owned_values)) for name, owned_values in record.items()}
    found = plan_all(live, desired, record=claims)
    assert (found.values, found.pruned) == (values, pruned)


def test_two_managers_that_ask_for_different_things() -> None:
    with pytest.raises(InputError, match="a is set to another value by"):
        plan_all({}, {ME: {"a": 1}, "mesh": {"a": 2}}, record={})
