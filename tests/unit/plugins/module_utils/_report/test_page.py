"""The page as text: complete, closed to anything from outside, and safe from what it shows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._report.cluster import entry
from ansible_collections.fleet.cilium.plugins.module_utils._report.document import About, document
from ansible_collections.fleet.cilium.plugins.module_utils._report.page import FILES, Assets, assets, embedded, page
from ansible_collections.fleet.cilium.plugins.module_utils._report.view import view

from testbed import paths
from tests import made_up_report as made_up

FOLDER = paths.PROJECT / "roles" / "report" / "files"
TEXTS = {name: (FOLDER / name).read_text(encoding="utf-8") for name in FILES}
STATES = ("good", "warn", "bad", "mute")
# What a reader needs between a text and what lies behind it (WCAG 2, level AA).
CONTRAST = 4.5


class Elements(HTMLParser):
    """All elements of a page with their attributes, and the texts of scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.found[-1] if self.found else ("", {})
        key = f"{tag} {attributes.get('type', '')}".strip()
        self.texts.setdefault(key, data)


def parsed(text: str) -> Elements:
    elements = Elements()
    elements.feed(text)
    return elements


def made() -> str:
    about = About(made_up.HOSTILE, "2026-11-21T10:45:03Z", "0.1.0", [made_up.HOSTILE])
    return page(view(document(about, [entry(made_up.cluster("rome", 3, "hostile"))])), assets(TEXTS))


def test_every_file_of_the_folder_is_part_of_the_page() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(FILES)


def test_the_data_comes_out_as_it_went_in() -> None:
    content = view(document(made_up.ABOUT, [entry(made_up.cluster("rome", 3, "hostile"))]))
    text = page(content, assets(TEXTS))
    assert json.loads(parsed(text).texts["script application/json"]) == json.loads(json.dumps(content))


def test_nothing_ends_a_script_or_begins_one() -> None:
    found = [tag for tag, _attributes in parsed(made()).found]
    assert found.count("script") == 2
    assert made().count("</script>") == 2
    assert made().count("<!--") == 0


@pytest.mark.parametrize("text", ["</script>", "<!--", "<ScRiPt", "&amp;", "\u2028", "]]>", "@@data@@", "\\u003c", '"'])
def test_any_text_is_embedded_as_it_is(text: str) -> None:
    content = embedded({"text": text})
    assert json.loads(content) == {"text": text}
    assert not re.search("[<>&\u2028\u2029]", content)


def test_places_in_data_are_no_places() -> None:
    made_of = Assets("@@title@@|@@policy@@|@@style@@|@@data@@|@@program@@", "s", "p")
    assert page({"title": "@@data@@"}, made_of).startswith("@@data@@|")


def test_nothing_comes_from_outside() -> None:
    loading = {"src", "href", "srcset", "data", "action", "poster", "background"}
    for tag, attributes in parsed(made()).found:
        for name in loading & set(attributes):
            assert attributes[name] == "data:,", f"{tag} {name}={attributes[name]}"
    style = "".join(TEXTS[name] for name in FILES if name.endswith(".css"))
    assert "@import" not in style
    assert "url(" not in style


def test_the_policy_allows_this_style_and_this_program_only() -> None:
    elements = parsed(made())
    policy = next(
        str(attributes["content"])
        for tag, attributes in elements.found
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for name, text in {"style-src": elements.texts["style"], "script-src": elements.texts["script"]}.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy


def test_the_program_never_makes_markup_of_texts() -> None:
    program = "".join(TEXTS[name] for name in FILES if name.endswith(".js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", program)


def schemes() -> dict[str, dict[str, str]]:
    """The colours of each scheme by name, from the style sheet."""
    blocks = re.findall(r"color-scheme: (light|dark);(.*?)}", TEXTS["style.css"] + TEXTS["print.css"], re.DOTALL)
    assert [name for name, _block in blocks] == ["light", "dark", "dark", "light"]
    assert blocks[1] == blocks[2] or blocks[1][1].split() == blocks[2][1].split(), "both ways to dark are the same"
    return {
        f"{name} {at}": dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for at, (name, block) in enumerate(blocks)
    }


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", schemes())
def test_every_text_can_be_read(scheme: str) -> None:
    colours = schemes()[scheme]
    pairs = [(state, back) for state in STATES for back in (f"{state}-back", "panel")]
    pairs += [(text, back) for text in ("ink", "soft", "accent") for back in ("page", "panel")]
    faint = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: found for pair, found in faint.items() if found < CONTRAST} == {}
