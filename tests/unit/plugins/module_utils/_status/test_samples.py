"""Outputs that others published, in the folder CILIUM_SAMPLES with their INDEX.tsv; the texts are not ours to carry.

Every one parses. What the index says about a sample in words that can be checked is checked; beyond that, samples.yml
has facts that a person read in the texts, by the name of the file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import cast

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._status import reading

from tests.texts import text_of

FOLDER = os.environ.get("CILIUM_SAMPLES")
FACTS = cast(
    "dict[str, JsonObject]", yaml.safe_load(Path(__file__).with_name("samples.yml").read_text(encoding="utf-8"))
)
# What a file holds, by the first of these that its path has.
KINDS = (
    ("clustermesh-status/", reading.MESH_STATUS),
    ("cli-status/", reading.CLI_STATUS),
    ("cilium-health/", reading.HEALTH),
    ("agent-status-json/", reading.STATUS),
    ("agent-status/", reading.STATUS),
    ("encrypt-status", reading.STATUS),
    ("service-list", reading.SERVICES),
    ("maglev", reading.MAGLEV),
    ("bpf-lb-list", reading.LB_MAPS),
    ("bpf-egress", reading.EGRESS),
)
# YAML of the agent's own program, whose keys are Go's names of fields: nobody asks for it; and lists of nodes.
OTHERS = ("yaml", "node-list")


def samples() -> list[Path]:
    """The files that a parser of ours reads."""
    if not FOLDER:
        return []
    files = sorted(path for path in Path(FOLDER).glob("*/*") if path.suffix in {".txt", ".json"})
    return [path for path in files if kind_of(path) and not any(word in path.name for word in OTHERS)]


def kind_of(path: Path) -> reading.Kind | None:
    return next((kind for word, kind in KINDS if word in f"{path.parent.name}/{path.name}"), None)


def index() -> dict[str, tuple[str, str]]:
    """Version and notable facts of each sample, as INDEX.tsv has them."""
    lines = (Path(FOLDER or "") / "INDEX.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines[1:]]
    return {row[0]: (row[2], row[3]) for row in rows if len(row) > 3}


def read(path: Path) -> JsonObject:
    kind = kind_of(path)
    assert kind is not None
    return reading.read(kind, text_of(path))


if not FOLDER:
    pytest.skip("set CILIUM_SAMPLES to a folder of published outputs to read them", allow_module_level=True)

SAMPLES = samples()
each_sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name[:1]}-{path.stem}")


@each_sample
def test_a_sample_is_understood(path: Path) -> None:
    result = read(path)
    assert result.get("unparsed", []) == []
    assert set(result) - {"unparsed"}, "nothing was read"


# What the index says, and where the result has it: "controllers 35/35", "health 2/2", "KPR=Strict", "OK(59)".
WORDS = (
    (re.compile(r"controllers? (\d+)/(\d+)"), ("controllers.healthy", "controllers.total")),
    (re.compile(r"health (\d+)/(\d+)"), ("health.reachable", "health.total")),
    (re.compile(r"KPR[= ](True|False|Strict|Probe|Partial|Disabled)\b"), ("kube_proxy_replacement.mode",)),
    (re.compile(r"(?<!\w)OK\((\d+)\)"), ("modules_health.ok",)),
    (re.compile(r"Stopped\((\d+)\)"), ("modules_health.stopped",)),
    (re.compile(r"Cluster Pods (\d+)/(\d+)"), ("cluster_pods.managed", "cluster_pods.total")),
    (re.compile(r"Host Routing (BPF|Legacy)"), ("routing.host",)),
    (re.compile(r"Envoy (embedded|external)\b"), ("proxy.envoy",)),
    (re.compile(r"Attach Mode (TCX)\b"), ("datapath.attach_mode",)),
    (re.compile(r"ClusterMesh (\d+)/(\d+)"), ("cluster_mesh.ready", "cluster_mesh.total")),
)


@each_sample
def test_what_the_index_says_holds(path: Path) -> None:
    version, notable = index().get(f"{path.parent.name}/{path.name}", ("", ""))
    result = read(path)
    for pattern, places in WORDS:
        found = pattern.search(notable)
        for word, place in zip(found.groups() if found else (), places, strict=False):
            told = get_path(result, *place.split("."))
            assert str(told).lower() == word.lower(), f"{place}: {told}, the index says: {notable}"
    told = get_path(result, "version")
    if isinstance(told, str) and re.fullmatch(r"\d+\.\d+\.\d+", version):
        assert told == version


@pytest.mark.parametrize("name", sorted(FACTS))
def test_facts_that_a_person_read(name: str) -> None:
    path = Path(FOLDER or "") / name
    if not path.exists():
        pytest.skip(f"{name} is not among the samples")
    result = read(path)
    for place, expected in FACTS[name].items():
        assert at(result, place) == expected, place


def at(value: Json, place: str) -> Json:
    """What lies at a place such as nodes.1.endpoints.status; "nodes.#" is the length."""
    for step in place.split("."):
        if step == "#":
            return len(cast("list[Json]", value))
        value = value[int(step)] if isinstance(value, list) else get_path(value, step)
    return value
