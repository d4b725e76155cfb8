"""What happens to a cluster's Services."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._global_services.plan import OWNED, plan, read
from hypothesis import given
from hypothesis import strategies as st

CART = ("shop", "cart")
GLOBAL, SHARED, AFFINITY = (f"service.cilium.io/{word}" for word in ("global", "shared", "affinity"))
TRUE = {GLOBAL: "true"}
Annotations = dict[str, str]


def applied(there: Annotations, patch: object) -> Annotations:
    """Annotations after a merge patch."""
    assert isinstance(patch, dict)
    changes = patch["metadata"]["annotations"]
    return {name: value for name, value in {**there, **changes}.items() if value is not None}


# What is there, what is declared, what is there afterwards.
CHANGES: list[tuple[Annotations, Annotations, Annotations]] = [
    ({}, TRUE, {GLOBAL: "true", OWNED: GLOBAL}),
    ({"a": "b"}, TRUE, {"a": "b", GLOBAL: "true", OWNED: GLOBAL}),
    (TRUE, TRUE, {GLOBAL: "true", OWNED: GLOBAL}),
    ({GLOBAL: "false"}, TRUE, {GLOBAL: "true", OWNED: GLOBAL}),
    ({GLOBAL: "false", OWNED: GLOBAL}, TRUE, {GLOBAL: "true", OWNED: GLOBAL}),
    (
        {GLOBAL: "true", AFFINITY: "local", OWNED: f"{AFFINITY},{GLOBAL}"},
        {GLOBAL: "true", SHARED: "false"},
        {GLOBAL: "true", SHARED: "false", OWNED: f"{GLOBAL},{SHARED}"},
    ),
    ({AFFINITY: "local", GLOBAL: "true", OWNED: GLOBAL}, TRUE, {AFFINITY: "local", GLOBAL: "true", OWNED: GLOBAL}),
    ({GLOBAL: "true", OWNED: ""}, TRUE, {GLOBAL: "true", OWNED: GLOBAL}),
]


@pytest.mark.parametrize(("there", "asked", "after"), CHANGES)
def test_a_declared_service(there: Annotations, asked: Annotations, after: Annotations) -> None:
    (change,) = plan({CART: asked}, {CART: there}, "paris").declared
    assert applied(there, change.patch) == after
    assert change.needed == (there != after)
    assert plan({CART: asked}, {CART: after}, "paris").changes == []


def test_what_is_no_longer_declared_loses_what_was_set() -> None:
    there = {GLOBAL: "true", AFFINITY: "local", "a": "b", OWNED: GLOBAL}
    planned = plan({}, {CART: there}, "paris")
    assert applied(there, planned.changes[0].patch) == {AFFINITY: "local", "a": "b"}
    assert planned.names() == {"updated": [], "released": ["shop/cart"], "unchanged": [], "missing": []}
    assert planned.diff()["before"] == {"shop/cart": {GLOBAL: "true", OWNED: GLOBAL}}
    assert planned.diff()["after"] == {"shop/cart": {}}


def test_services_of_others_stay() -> None:
    assert plan({}, {CART: TRUE}, "paris").changes == []


def test_a_missing_service_is_a_finding() -> None:
    planned = plan({CART: TRUE}, {}, "paris")
    (finding,) = planned.findings
    assert (finding.rule, finding.severity) == ("mesh_service_missing", "warning")
    assert finding.subject == {"cluster": "paris", "namespace": "shop", "service": "cart"}
    assert (planned.changes, planned.names()["missing"]) == ([], ["shop/cart"])


def test_annotations_of_others_that_are_declared_otherwise_are_a_finding() -> None:
    assert plan({CART: TRUE}, {CART: TRUE}, "paris").findings == ()
    (finding,) = plan({CART: TRUE}, {CART: {GLOBAL: "false"}}, "paris").findings
    assert (finding.rule, finding.asked, finding.found) == (
        "mesh_service_annotation_adopted",
        TRUE,
        {GLOBAL: "false"},
    )


def test_read_by_namespace_and_name() -> None:
    assert read([{"namespace": "shop", "name": "cart", "global": True, "shared": None}], ["1.15.19"]) == {CART: TRUE}


@pytest.mark.parametrize(
    ("services", "words"),
    [
        ([{"namespace": "shop", "name": "cart"}] * 2, "shop/cart stands there twice"),
        ([{"namespace": "", "name": "cart"}], "expected a namespace and a name"),
        ([{"namespace": "shop", "name": "cart", "affinity": "near"}], "shop/cart: affinity"),
    ],
)
def test_what_cannot_be_declared(services: list[dict[str, str]], words: str) -> None:
    with pytest.raises(InputError) as error:
        read([{**service} for service in services], ["1.15.19"])
    assert words in error.value.message


NAMES = st.dictionaries(st.sampled_from([GLOBAL, SHARED, AFFINITY, "a"]), st.sampled_from(["true", "false"]))
OURS = st.dictionaries(st.sampled_from([GLOBAL, SHARED, AFFINITY]), st.sampled_from(["true", "false"]), min_size=1)


@given(there=NAMES, first=OURS, second=OURS)
def test_whatever_was_declared_before_leaves_no_trace(
    there: Annotations, first: Annotations, second: Annotations
) -> None:
    """Declared twice in a row, then no more: only what neither has touched is left, as it was."""
    live = there
    for asked in (first, second):
        (change,) = plan({CART: asked}, {CART: live}, "paris").declared
        live = applied(live, change.patch)
        assert {name: live[name] for name in asked} == asked
        assert plan({CART: asked}, {CART: live}, "paris").changes == []
    (dropped,) = plan({}, {CART: live}, "paris").dropped
    left = applied(live, dropped.patch)
    assert left == {name: value for name, value in there.items() if name not in {*first, *second}}
