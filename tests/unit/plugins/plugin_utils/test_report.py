"""Where the report goes: paths, modes, and files that are written in one step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._report.cluster import entry
from ansible_collections.fleet.cilium.plugins.plugin_utils._report import entries, mode_of, paths, version, write

from testbed import paths as project
from tests import made_up_report as made_up

FACT = "cilium_report_cluster"


class Hosts:
    """Stands for hostvars."""

    def __init__(self, facts: Mapping[str, object]) -> None:
        self._facts = facts

    def raw_get(self, host_name: str) -> Mapping[str, object]:
        return {FACT: self._facts[host_name]} if host_name in self._facts else {}


@pytest.mark.parametrize(("text", "mode"), [("0640", 0o640), ("600", 0o600), ("0o644", 0o644)])
def test_modes(text: str, mode: int) -> None:
    assert mode_of(text) == mode


@pytest.mark.parametrize("value", ["rw", "", "0999", "07777", 640, 416, True, None])
def test_what_is_no_mode(value: object) -> None:
    with pytest.raises(InputError, match="octal"):
        mode_of(value)


def test_both_paths() -> None:
    assert paths("/tmp/a.html") == (Path("/tmp/a.html"), Path("/tmp/a.json"))  # noqa: S108 -- nothing is written there
    assert paths("a.html") == (Path.cwd() / "a.html", Path.cwd() / "a.json")


@pytest.mark.parametrize("target", ["report", "report.json", "report.htm", ".html"])
def test_what_is_no_path_of_a_page(target: str) -> None:
    with pytest.raises(InputError, match=r"ends in \.html"):
        paths(target)


def test_the_version_is_that_of_the_collection() -> None:
    galaxy = yaml.safe_load((project.PROJECT / "galaxy.yml").read_text(encoding="utf-8"))
    assert version() == galaxy["version"]


def test_clusters_of_the_play_and_the_others() -> None:
    known = entry(made_up.cluster("paris", 2))
    hosts = Hosts({"paris": known})
    groups = {"cilium_clusters": ["paris", "berlin", "rome"], "all": ["paris", "berlin", "rome"]}
    found, left_out = entries(groups, ["paris", "berlin"], hosts, FACT)
    assert [one["name"] for one in found] == ["paris", "berlin"]
    assert "before anything was gathered" in str(found[1]["unreachable"])
    assert left_out == ["rome"]


def test_a_fact_that_is_no_entry_is_refused() -> None:
    with pytest.raises(InputError, match="expected a mapping"):
        entries({"cilium_clusters": ["paris"]}, ["paris"], Hosts({"paris": ["?"]}), FACT)


def test_a_second_writing_changes_nothing_unless_something_differs(tmp_path: Path) -> None:
    target = str(tmp_path / "report.html")
    found = [entry(made_up.cluster("paris", 2))]
    assert write(target, made_up.ABOUT, found, mode=0o600)[0] is True
    assert write(target, made_up.ABOUT, found, mode=0o600)[0] is False
    assert write(target, made_up.ABOUT, found, mode=0o640)[0] is True
    assert write(target, made_up.ABOUT, [], mode=0o640)[0] is True
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o640}


def test_what_utf_8_cannot_say_is_written_all_the_same(tmp_path: Path) -> None:
    found = [{**entry(made_up.cluster("paris", 1)), "host": "half a sign: \ud83d"}]
    write(str(tmp_path / "report.html"), made_up.ABOUT, found, mode=0o600)
    assert "half a sign: ?" in (tmp_path / "report.html").read_text(encoding="utf-8")
