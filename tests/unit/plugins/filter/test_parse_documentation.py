"""What the parsers' documentation says of their results, against the model, and against status_info's."""

from __future__ import annotations

import ast
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._status import (
    model,
    model_cli,
    model_health,
    model_maps,
    model_mesh,
    model_part,
    model_services,
)

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
MODELS: dict[str, type[model_part.Part]] = {
    "parse_status": model.AgentStatus,
    "parse_health": model_health.Health,
    "parse_services": model_services.ServiceList,
    "parse_cli_status": model_cli.CliStatus,
    "parse_clustermesh_status": model_mesh.MeshStatus,
    "parse_bpf_lb": model_maps.LbMaps,
    "parse_bpf_maglev": model_maps.MaglevTables,
    "parse_bpf_egress": model_maps.EgressEntries,
}
# What another filter documents.
ELSEWHERE = {("parse_cli_status", "agents"), ("parse_clustermesh_status", "kvstoremesh_status")}
MODULES = [model, model_cli, model_health, model_maps, model_mesh, model_part, model_services]


def returned(path: Path) -> dict[str, Any]:
    """The RETURN block of a plugin, read without running it."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "RETURN" for name in node.targets):
            return dict(yaml.safe_load(ast.literal_eval(node.value)))
    raise AssertionError(f"{path}: no RETURN")


def contained(filter_name: str) -> dict[str, Any]:
    return dict(returned(PLUGINS / "filter" / f"{filter_name}.py")["_value"]["contains"])


def parts_in(annotation: object, seen: frozenset[type]) -> Iterator[type]:
    """The parts of the model that a field's annotation names, and those in them."""
    if isinstance(annotation, type) and is_dataclass(annotation) and annotation not in seen:
        yield annotation
        for hint in hints(annotation).values():
            yield from parts_in(hint, seen | {annotation})
    for inner in typing.get_args(annotation):
        yield from parts_in(inner, seen)


def hints(part: type) -> dict[str, object]:
    names = {name: value for module in MODULES for name, value in vars(module).items()}
    return typing.get_type_hints(part, names)


@pytest.mark.parametrize("name", MODELS)
def test_every_key_is_documented_and_no_other(name: str) -> None:
    assert set(contained(name)) == {field.name for field in fields(MODELS[name])}


@pytest.mark.parametrize("name", MODELS)
def test_every_key_of_a_part_is_named(name: str) -> None:
    documented = contained(name)
    for key, hint in hints(MODELS[name]).items():
        if (name, key) in ELSEWHERE:
            continue
        text = str(documented[key]["description"])
        named = {field.name for part in parts_in(hint, frozenset()) for field in fields(part)}
        missing = sorted(inner for inner in named if f"C({inner})" not in text)
        assert not missing, f"{key}: {missing}"


def test_the_module_documents_the_same_as_the_filter() -> None:
    module = dict(returned(PLUGINS / "modules" / "status_info.py")["nodes"]["contains"])
    only_of_a_text = {"error", "unparsed"}
    for key, entry in contained("parse_status").items():
        if key not in only_of_a_text:
            assert module[key] == entry, key
    assert set(module) - set(contained("parse_status")) == {"services", "log"}
