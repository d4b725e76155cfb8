"""Leaf paths and trees of values."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.values import (
    join,
    leaves,
    merge,
    overlaps,
    same,
    split,
    without,
)
from hypothesis import given
from hypothesis import strategies as st

keys = st.lists(st.text(max_size=5), min_size=1, max_size=4).map(tuple)
scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "1"])
trees: st.SearchStrategy[JsonObject] = st.dictionaries(
    st.sampled_from(["a", "b", "c.d"]),
    st.recursive(
        scalars | st.lists(scalars, max_size=2),
        lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c.d"]), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)


@pytest.mark.parametrize(
    ("found", "path"),
    [
        (("a",), "a"),
        (("bpf", "masquerade"), "bpf.masquerade"),
        (("extraConfig", "a.b"), r"extraConfig.a\.b"),
        (("a\\", "b"), r"a\\.b"),
        (("", ""), "."),
    ],
)
def test_path_is_written_with_dots_escaped(found: tuple[str, ...], path: str) -> None:
    assert join(found) == path
    assert split(path) == found


@given(keys)
def test_every_path_comes_back(found: tuple[str, ...]) -> None:
    assert split(join(found)) == found


@given(st.lists(keys, min_size=2, max_size=2, unique=True))
def test_no_two_leaves_share_a_path(found: list[tuple[str, ...]]) -> None:
    assert join(found[0]) != join(found[1])


def test_leaves_are_scalars_lists_null_and_empty_maps() -> None:
    tree: JsonObject = {"a": {"b": 1, "c": {}}, "d": [{"e": 1}], "f": None}
    assert leaves(tree) == {("a", "b"): 1, ("a", "c"): {}, ("d",): [{"e": 1}], ("f",): None}


@pytest.mark.parametrize(
    ("base", "above", "expected"),
    [
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
    ],
)
def test_maps_merge_and_everything_else_replaces(base: JsonObject, above: JsonObject, expected: JsonObject) -> None:
    assert merge(base, above) == expected


@given(trees, trees)
def test_merge_changes_neither_side(base: JsonObject, above: JsonObject) -> None:
    before = str((base, above))
    without(merge(base, above), leaves(above))
    assert str((base, above)) == before


@given(trees)
def test_a_tree_without_its_leaves_is_empty(tree: JsonObject) -> None:
    assert without(tree, leaves(tree)) == {}


@pytest.mark.parametrize(
    ("tree", "path", "expected"),
    [
        ({"a": {"b": 1}}, ("a", "b"), {}),
        ({"a": {"b": 1, "c": {}}}, ("a", "b"), {"a": {"c": {}}}),
        ({"a": {"b": 1}}, ("a",), {"a": {"b": 1}}),
        ({"a": 1}, ("a", "b"), {"a": 1}),
        ({"a": {}}, ("a",), {}),
    ],
)
def test_only_that_leaf_goes(tree: JsonObject, path: tuple[str, ...], expected: JsonObject) -> None:
    assert without(tree, [path]) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(1, 1.0, True), (True, 1, False), ("1", 1, False), ([1.0], [1], True), ({"a": None}, {}, False)],
)
def test_sameness_is_helms(one: Json, other: Json, expected: bool) -> None:
    assert same(one, other) is expected


def test_paths_overlap_when_one_lies_above_the_other() -> None:
    assert overlaps(("a",), ("a", "b"))
    assert not overlaps(("a", "c"), ("a", "b"))
