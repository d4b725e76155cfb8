"""Agents' logs by message."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._effective.log import log_findings, summary
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

from tests.unit.plugins.module_utils._effective.seeing import NO_FQ, logged, seen

LOSS = "Perf ring buffer events lost. This may affect captured packets."


def entry(message: str, level: str = "warning", **further: object) -> JsonObject:
    return {"level": level, "subsys": "daemon", "message": message, **further}  # type: ignore[dict-item]  # -- plain data


def test_nothing() -> None:
    assert summary({}) == summary({"n1": []}) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lost 12 of 20 events", "lost 7 of 9 events"),
        ("dial 10.0.0.1:4240 failed", "dial 10.1.2.3:4240 failed"),
        ("took 3.2s", "took 150ms"),
        ("peer f00d::a0f:0:0:1 gone", "peer fd00::1:2:3:4 gone"),
        ("endpoint 0x1f", "endpoint 0xff"),
        ("pod 6f1c1f5e-0b1a-4b8e-9f5e-0c1d2e3f4a5b", "pod 11111111-2222-3333-4444-555555555555"),
    ],
)
def test_messages_that_differ_in_figures_are_one(one: str, other: str) -> None:
    (found,) = summary({"n1": [entry(one, count=2)], "n2": [entry(other)]})
    assert (found.count, found.nodes, found.message) == (3, {"n1": 2, "n2": 1}, one)


@pytest.mark.parametrize("other", [entry("b"), entry("a", "error"), {**entry("a"), "subsys": "hubble"}])
def test_messages_that_are_not_the_same(other: JsonObject) -> None:
    assert len(summary({"n1": [entry("a"), other]})) == 2


def test_order_times_and_words() -> None:
    log = {
        "n1": [
            entry("retrying", count=900),
            entry("rare", count=1),
            entry("often", count=5, first="2026-01-02", last="2026-01-03"),
        ],
        "n2": [entry("bad", "error"), entry("often", "warn", first="2026-01-01", last="2026-01-02")],
    }
    found = summary(log)
    assert [one.message for one in found] == ["bad", "often", "rare", "retrying"]
    assert (found[1].level, found[1].first, found[1].last) == ("warning", "2026-01-01", "2026-01-03")
    assert [one.harmless for one in found] == [False, False, False, True]


def test_form() -> None:
    (found,) = summary({"n1": logged(NO_FQ)})
    assert found.as_dict() == {
        "level": "warning",
        "subsys": "daemon",
        "message": NO_FQ,
        "count": 1,
        "first": None,
        "last": None,
        "nodes": {"n1": 1},
        "known": "bandwidth_no_fq",
        "means": "the node has no net.core.default_qdisc, so the queueing discipline fq, which paces traffic, "
        "cannot be set",
        "harmless": False,
    }


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        (entry("never heard of", "error"), ["agent_log"]),
        (entry("never heard of"), []),
        (entry("will try again", "error"), []),
        (entry(LOSS), ["agent_log"]),
        (entry(NO_FQ), []),  # told with the feature
        (entry("fatal", "fatal"), ["agent_log"]),
    ],
)
def test_what_needs_a_person(given: JsonObject, rules: list[str]) -> None:
    log = {"n1": [given]}
    found = log_findings(summary(log), seen(log=log))
    assert [one.rule for one in found] == rules
    assert all(one.severity == "warning" and one.subject == {"cluster": "paris", "node": "n1"} for one in found)
