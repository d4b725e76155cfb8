"""Charts from folders and packages."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release import chart as charts

CHART = "name: cilium\nversion: 1.15.19\nappVersion: 1.15.19\nkubeVersion: '>= 1.16.0-0'\n"
FILES = {"Chart.yaml": CHART, "values.yaml": "debug: {enabled: false}\n", "templates/a.yaml": "{{ .Values.debug }}\n"}


def folder(root: Path, files: dict[str, str] | None = None) -> str:
    for name, text in (FILES if files is None else files).items():
        path = root / "cilium" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(root / "cilium")


def package(root: Path, files: dict[str, str] | None = None, mtime: int = 0) -> str:
    path = root / "cilium.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (FILES if files is None else files).items():
            member = tarfile.TarInfo(f"cilium/{name}")
            member.size, member.mtime = len(text), mtime
            archive.addfile(member, io.BytesIO(text.encode()))
    return str(path)


def test_folder_and_package_of_the_same_files_are_the_same(tmp_path: Path) -> None:
    one, other = charts.load(folder(tmp_path)), charts.load(package(tmp_path))
    assert one.content == other.content
    assert (one.name, one.version, one.kube_version) == ("cilium", "1.15.19", ">= 1.16.0-0")
    assert one.defaults == other.defaults == {"debug": {"enabled": False}}
    assert one.templates == other.templates == {"templates/a.yaml": FILES["templates/a.yaml"]}


def test_content_is_told_by_bytes_and_names_not_by_times(tmp_path: Path) -> None:
    first = charts.load(package(tmp_path)).content
    assert charts.load(package(tmp_path, mtime=99)).content == first
    assert charts.load(package(tmp_path, {**FILES, "README.md": ""})).content != first
    assert charts.load(package(tmp_path, {**FILES, "values.yaml": "{}"})).content != first


def as_helm_stores(loaded: charts.Chart, **more: Json) -> JsonObject:
    """The body of a revision that was installed from a chart; more are further parts of its chart."""
    templates: list[Json] = [
        {"name": name, "data": base64.b64encode(text.encode()).decode()} for name, text in loaded.templates.items()
    ]
    body: JsonObject = {"metadata": loaded.metadata, "values": loaded.defaults, "templates": templates, **more}
    return {"chart": body}


def test_a_stored_chart_is_laid_out_as_it_was(tmp_path: Path) -> None:
    loaded = charts.load(folder(tmp_path))
    files: list[Json] = [{"name": "files/a.txt", "data": base64.b64encode(b"text").decode()}]
    laid_out = charts.unpacked(as_helm_stores(loaded, files=files), tmp_path / "again")
    assert laid_out.path == str(tmp_path / "again")
    assert charts.load(str(laid_out.path)).same_as(loaded)
    assert (tmp_path / "again" / "files" / "a.txt").read_text() == "text"


def test_a_stored_chart_writes_nothing_outside_its_folder(tmp_path: Path) -> None:
    loaded = charts.load(folder(tmp_path))
    files: list[Json] = [{"name": "../outside.txt", "data": base64.b64encode(b"text").decode()}]
    charts.unpacked(as_helm_stores(loaded, files=files), tmp_path / "again")
    assert not (tmp_path / "outside.txt").exists()


def test_a_stored_chart_with_subcharts_cannot_be_laid_out(tmp_path: Path) -> None:
    loaded = charts.load(folder(tmp_path))
    metadata: JsonObject = {**loaded.metadata, "dependencies": [{"name": "other"}]}
    with pytest.raises(InputError, match="it has subcharts"):
        charts.unpacked(as_helm_stores(loaded, metadata=metadata), tmp_path / "again")


def test_stored_chart_is_the_same_as_the_files_it_came_from(tmp_path: Path) -> None:
    loaded = charts.load(folder(tmp_path))
    again = json.loads(json.dumps(as_helm_stores(loaded)))
    assert charts.stored(again).same_as(loaded)
    again["chart"]["templates"][0]["data"] = ""
    assert not charts.stored(again).same_as(loaded)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"values.yaml": ""}, "no Chart.yaml"),
        ({"Chart.yaml": "name: nginx\nversion: 1.0.0"}, "its name is 'nginx'; expected Cilium's chart"),
        ({"Chart.yaml": "name: cilium"}, "Chart.yaml has no version"),
        ({"Chart.yaml": "- a"}, "Chart.yaml: expected a mapping"),
        ({"Chart.yaml": "a: ["}, "Chart.yaml: not YAML"),
    ],
)
def test_what_is_not_ciliums_chart_says_so(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for location in (folder(tmp_path, files), package(tmp_path, files)):
        with pytest.raises(InputError, match=message):
            charts.load(location)


def test_missing_and_broken_files_say_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found"):
        charts.load(str(tmp_path / "nowhere"))
    broken = tmp_path / "x.tgz"
    broken.write_bytes(b"\x1f\x8b\x00")
    with pytest.raises(InputError, match="not a chart package"):
        charts.load(str(broken))


@pytest.mark.parametrize(
    ("location", "repository", "expected"),
    [
        ("oci://quay.io/cilium/charts/cilium", None, True),
        ("cilium", "https://helm.cilium.io", True),
        ("cilium", None, False),
        ("/srv/cilium-1.15.19.tgz", "https://helm.cilium.io", False),
    ],
)
def test_what_is_pulled(location: str, repository: str | None, expected: bool) -> None:
    assert charts.is_remote(location, repository) is expected
