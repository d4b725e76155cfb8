"""What ends a run for a fleet, and how it is told."""

from __future__ import annotations

from ansible_collections.fleet.cilium.plugins.module_utils._desired.fleet import Cluster, check, lines
from ansible_collections.fleet.cilium.plugins.module_utils._desired.plan import Asked
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR, WARNING, Finding, split
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.asking import long


def cluster(*, here: bool = True, fault: str = "", told: JsonObject | None = None, **settings: Json) -> Cluster:
    return Cluster(Asked(long(settings), "1.15.19", {}), told or {}, here, fault)


def member(name: str, number: int, *, here: bool = True, **settings: Json) -> Cluster:
    pool = f"10.{number}.0.0/16"
    asked: dict[str, Json] = {"cluster_name": name, "cluster_id": number, "pool_cidr": [pool], **settings}
    return Cluster(Asked(long(asked), "1.15.19", {}), {}, here)


def rules(fleet: dict[str, Cluster], severity: str = ERROR) -> list[tuple[str, str]]:
    return [(one.subject.get("cluster", ""), one.rule) for one in check(fleet) if one.severity == severity]


def test_a_sound_fleet() -> None:
    assert rules({"paris": member("paris", 1), "berlin": member("berlin", 2)}) == []


def test_a_cluster_outside_the_run_is_compared_but_not_judged() -> None:
    alone = member("berlin", 2, here=False, maglev_table_size=100)
    assert rules({"paris": member("paris", 1), "berlin": alone}) == []
    same = member("berlin", 1, here=False, pool_cidr=["10.2.0.0/16"])
    assert [rule for _cluster, rule in rules({"paris": member("paris", 1), "berlin": same})] == ["mesh_id_taken"]


def test_own_errors_of_a_cluster_in_the_run() -> None:
    assert rules({"paris": member("paris", 1, maglev_table_size=100)}) == [("paris", "maglev_table_size_unknown")]


def test_unreadable_member_is_an_error_wherever_it_is() -> None:
    fleet = {"paris": member("paris", 1), "berlin": Cluster(None, {}, taking_part=False, fault="'x' is undefined")}
    assert rules(fleet) == [("berlin", "member_unreadable")]
    no_version = Cluster(Asked({"cilium_debug": True}, None, {}), {}, taking_part=True)
    assert rules({"paris": no_version}) == [("paris", "member_unreadable")]


def test_what_cannot_be_asked_is_a_caution() -> None:
    assert ("paris", "cluster_not_asked") in rules({"paris": cluster(fault="no way")}, WARNING)
    raw = Cluster(Asked({}, None, {"debug": {"enabled": True}}), {}, taking_part=True)
    assert rules({"paris": raw}, WARNING) == [("paris", "version_not_said")]


def test_facts_count() -> None:
    told: JsonObject = {"kubernetes_version": "v1.15.0"}
    assert rules({"paris": cluster(told=told)}) == [("paris", "kubernetes_refused")]


def finding(rule: str, name: str = "", severity: str = ERROR) -> Finding:
    return Finding(rule, severity, {"cluster": name} if name else {}, "it is so", "change it")


def test_split_by_what_ends_a_run() -> None:
    errors, others = split([finding("a"), finding("b"), finding("c", severity=WARNING)], ["b"])
    assert [one.rule for one in errors] == ["a"]
    assert [one.rule for one in others] == ["b", "c"]


def test_one_line_for_all_clusters_that_share_a_finding() -> None:
    found = lines([*(finding("a", f"c{number}") for number in range(7)), finding("b")])
    assert found == ["c0, c1, c2, c3, c4 and 2 more: a: it is so -> change it", "b: it is so -> change it"]
