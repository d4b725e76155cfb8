"""The tables that are made from the catalogue are those of now."""

from __future__ import annotations

import re

import pytest

from testbed import paths
from tools import catalogue_docs


@pytest.mark.parametrize("name", catalogue_docs.TEXTS)
def test_docs_are_fresh(name: str) -> None:
    there = (paths.PROJECT / "docs" / name).read_text(encoding="utf-8")
    assert there == catalogue_docs.TEXTS[name](), f"docs/{name} is not what the catalogue says; run `make docs`"


def test_links_lead_somewhere() -> None:
    text = catalogue_docs.features_text()
    wanted = set(re.findall(r"\(#([\w-]+)\)", text))
    headings = {
        heading.replace("`", "").replace(" ", "-").lower() for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    assert wanted
    assert wanted <= {heading.replace("`", "").replace(" ", "-").lower() for heading in headings}


def test_every_setting_is_listed() -> None:
    text = catalogue_docs.variables_text()
    assert [name for name in catalogue_docs.catalogue.SETTINGS if f"| `{name}` |" not in text] == []
