"""Who gets which authority: a table, and what holds for any mesh."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import Authority
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.sharing import (
    ADOPT_FIRST,
    BUNDLE,
    POLICIES,
    REFUSE,
    REPLACE,
    Sharing,
    plan_share,
)
from hypothesis import given as drawn
from hypothesis import strategies as st

from .authorities import NOW, authority, renewed, without_key

A, B, C, NEW = authority("a"), authority("b"), authority("c"), authority("new")
A2 = renewed(A, days=1500)
ENDING, ENDED = authority("e", days=20), authority("f", days=5, begin=NOW - timedelta(days=6))
Found = dict[str, "Authority | None"]


def shared(found: Found, given: Authority | None, policy: str) -> Sharing:
    return plan_share(found, given, policy, now=NOW, make=lambda: NEW)


def mesh(*authorities: Authority | None) -> Found:
    return dict(zip(("paris", "berlin", "madrid"), authorities, strict=False))


@pytest.mark.parametrize(
    ("found", "given", "policy", "wanted", "write", "rotate"),
    [
        # Nobody has one.
        (mesh(None, None), None, REFUSE, (NEW, NEW), "paris berlin", ""),
        (mesh(None, None), A, REFUSE, (A, A), "paris berlin", ""),
        (mesh(None, None), A, ADOPT_FIRST, (A, A), "paris berlin", ""),
        (mesh(None, None), A, BUNDLE, (A, A), "paris berlin", ""),
        (mesh(None, None), A, REPLACE, (A, A), "paris berlin", ""),
        # All have the same.
        (mesh(A, A), None, REFUSE, (A, A), "", ""),
        (mesh(A, A), A, REPLACE, (A, A), "", ""),
        # One has none yet.
        (mesh(A, None), None, REFUSE, (A, A), "berlin", ""),
        (mesh(None, B), None, REFUSE, (B, B), "paris", ""),
        (mesh(A, B, None), None, BUNDLE, (A, B, A), "madrid", ""),
        # They differ.
        (mesh(A, B, A), None, ADOPT_FIRST, (A, A, A), "berlin", "berlin"),
        (mesh(None, B, C), None, ADOPT_FIRST, (B, B, B), "paris madrid", "madrid"),
        (mesh(A, B), A, ADOPT_FIRST, (A, A), "berlin", "berlin"),
        (mesh(A, B), None, BUNDLE, (A, B), "", ""),
        (mesh(A, B, None), C, BUNDLE, (A, B, C), "madrid", ""),
        (mesh(A, B), C, REPLACE, (C, C), "paris berlin", "paris berlin"),
        (mesh(A, B), A, REPLACE, (A, A), "berlin", "berlin"),
        # A certificate that was renewed with the same key.
        (mesh(A, A2), None, REFUSE, (A, A2), "", ""),
        (mesh(A, A), A2, REFUSE, (A2, A2), "paris berlin", ""),
        (mesh(A, A2), None, ADOPT_FIRST, (A, A), "berlin", ""),
        (mesh(A, B), A2, ADOPT_FIRST, (A, A), "berlin", "berlin"),
        # Without the key.
        (mesh(without_key(A), A), None, REFUSE, (without_key(A), A), "", ""),
        (mesh(without_key(A), A, None), None, REFUSE, (without_key(A), A, A), "madrid", ""),
        (mesh(without_key(A), B), None, ADOPT_FIRST, (without_key(A), without_key(A)), "berlin", "berlin"),
        (mesh(without_key(A), B), A, ADOPT_FIRST, (A, A), "paris berlin", "berlin"),
        (mesh(without_key(A)), A, REFUSE, (A,), "paris", ""),
        ({}, None, REFUSE, (), "", ""),
    ],
)
def test_who_gets_what(  # the columns of the table
    found: Found, given: Authority | None, policy: str, wanted: tuple[Authority, ...], write: str, rotate: str
) -> None:
    plan = shared(found, given, policy)
    assert tuple(plan.wanted.values()) == wanted
    assert " ".join(plan.write) == write
    assert " ".join(plan.rotate) == rotate
    assert plan.created == (NEW in wanted)


@pytest.mark.parametrize(
    ("found", "given", "policy", "words"),
    [
        (mesh(A, B), None, REFUSE, f"paris has CN=a {A.fingerprint}; berlin has CN=b {B.fingerprint}.*adopt_first"),
        (mesh(A, A), B, REFUSE, f"paris has CN=a.*declared is CN=b {B.fingerprint}"),
        (mesh(A, None), None, REPLACE, "give one in ca"),
        (mesh(A, B), B, ADOPT_FIRST, f"in ca CN=b .*but paris.*{A.fingerprint}.*Leave ca out"),
    ],
)
def test_what_is_refused(found: Found, given: Authority | None, policy: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        shared(found, given, policy)


def test_a_refusal_has_a_finding_for_each_that_differs() -> None:
    with pytest.raises(InputError) as refused:
        shared(mesh(A, B, A), None, REFUSE)
    findings = refused.value.details["findings"]
    assert isinstance(findings, list)
    assert [(one["rule"], one["severity"], one["subject"]) for one in findings] == [
        ("mesh_ca_differs", "error", {"cluster": "berlin"})
    ]


def rules(plan: Sharing) -> list[tuple[str, str, str]]:
    return [(one.rule, one.severity, one.subject["cluster"]) for one in plan.findings]


@pytest.mark.parametrize(
    ("found", "given", "policy", "expected"),
    [
        (mesh(A, A), None, REFUSE, []),
        (
            mesh(A, B, C),
            None,
            BUNDLE,
            [("mesh_ca_differs", "warning", "berlin"), ("mesh_ca_differs", "warning", "madrid")],
        ),
        (mesh(A, A2), None, BUNDLE, []),
        (mesh(ENDING), None, REFUSE, [("mesh_ca_expires", "warning", "paris")]),
        (mesh(ENDED), None, REFUSE, [("mesh_ca_expires", "error", "paris")]),
        (mesh(ENDED, None), A, REPLACE, []),
        (mesh(without_key(A)), None, REFUSE, [("mesh_ca_without_key", "warning", "paris")]),
        (
            mesh(without_key(A), None),
            None,
            REFUSE,
            [("mesh_ca_without_key", "warning", "paris"), ("mesh_ca_without_key", "error", "berlin")],
        ),
        (mesh(without_key(A), None), A, REFUSE, []),
    ],
)
def test_findings(found: Found, given: Authority | None, policy: str, expected: list[tuple[str, str, str]]) -> None:
    assert rules(shared(found, given, policy)) == expected


@pytest.mark.parametrize(("days", "expected"), [(29, 1), (30, 1), (31, 0)])
def test_a_month_ahead(days: int, expected: int) -> None:
    plan = shared(mesh(authority("m", days=days)), None, REFUSE)
    assert len(plan.findings) == expected


def test_trust_holds_each_certificate_once_and_in_order() -> None:
    plan = shared(mesh(A, B, A), None, BUNDLE)
    assert plan.trust == plan.trust_meanwhile == "".join(sorted([A.certificate, B.certificate]))
    assert plan.several
    moved = shared(mesh(A, B), C, REPLACE)
    assert moved.trust == C.certificate
    assert moved.trust_meanwhile == "".join(sorted([A.certificate, B.certificate, C.certificate]))
    assert not moved.several


def test_no_key_is_made_where_one_is_there() -> None:
    def never() -> Authority:
        raise AssertionError("a key was made")

    plan_share(mesh(None, B), None, REFUSE, now=NOW, make=never)
    plan_share(mesh(None), B, REFUSE, now=NOW, make=never)
    plan_share({}, B, REFUSE, now=NOW, make=never)


some = st.sampled_from([None, A, A2, B, C, without_key(A), without_key(B)])


@drawn(st.lists(some, min_size=1, max_size=6), st.sampled_from([None, A, B]), st.sampled_from(POLICIES))
def test_the_same_again_changes_nothing(have: list[Authority | None], given: Authority | None, policy: str) -> None:
    """What a plan leads to needs no further plan, whoever trusted whom, and nobody is left without."""
    found = {f"c{place}": one for place, one in enumerate(have)}
    try:
        plan = shared(found, given, policy)
    except InputError:
        return
    assert list(plan.wanted) == list(found)
    assert set(plan.rotate) <= set(plan.write)
    assert all(
        text in plan.trust_meanwhile
        for one in [*plan.wanted.values(), *found.values()]
        if one
        for text in one.certificates
    )
    assert {text for one in plan.wanted.values() for text in one.certificates} == set(
        Authority(plan.trust).certificates
    )
    assert plan.several <= (policy == BUNDLE)
    after = {name: plan.wanted[name] if name in plan.write else found[name] for name in found}
    again = shared(after, given, policy)
    assert (again.write, again.rotate, again.created) == ((), (), False)
    assert again.trust == again.trust_meanwhile == plan.trust
