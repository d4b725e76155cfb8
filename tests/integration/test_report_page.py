"""The report's page in a real Chromium: made-up fleets, a small one in every trouble, and 50 clusters of 200 nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._report import page as pages
from ansible_collections.fleet.cilium.plugins.module_utils._report.cluster import entry
from ansible_collections.fleet.cilium.plugins.module_utils._report.document import document
from ansible_collections.fleet.cilium.plugins.module_utils._report.view import view

from testbed import paths
from tests import made_up_report as made_up
from tests.browser import Browser, browser, wait

FILES = paths.PROJECT / "roles" / "report" / "files"
SMALL = {
    "paris": "",
    "berlin": "fell_back",
    "rome": "hostile",
    "lyon": "silent",
    "oslo": "cut",
    "madrid": "unreachable",
}
VIEWS = (
    "overview",
    "findings",
    "settings",
    "nodes",
    *(f"cluster={index}" for index in range(6)),
    "node=1.3",
    "node=2.3",
)
PHONE = 360
# Seconds, on two cores; what is measured on an idle machine is a third of it or less.
FIRST_PAINT, VIEW, FILTER = 3.0, 2.0, 1.0
MEGABYTE = 1_000_000

FIRST_CELLS = (
    "return [...document.querySelectorAll('#agents tbody tr')].map((row) => row.cells[arguments[0]].textContent)"
)
CLICK = "[...document.querySelectorAll(arguments[0])].find((one) => one.textContent.startsWith(arguments[1])).click()"
TYPE = """
const field = document.querySelector("main input[type=search]");
field.value = arguments[0];
field.dispatchEvent(new Event("input"));
"""
PAINTED = """
return new Promise((done) => new PerformanceObserver((list) => {
  for (const paint of list.getEntriesByName("first-contentful-paint")) done(paint.startTime);
}).observe({ type: "paint", buffered: true }));
"""
SHOWN = """
const start = performance.now();
location.hash = arguments[0];
return new Promise((done) => addEventListener("hashchange", () => requestAnimationFrame(() =>
  setTimeout(() => done(performance.now() - start))), { once: true }));
"""
TIMED = """
const start = performance.now();
%s;
await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
return performance.now() - start;
"""
UNTIL_ONE = """
await new Promise((done) => {
  const look = () => (document.querySelectorAll("#agents tbody tr").length === 1 ? done() : setTimeout(look, 5));
  look();
});
"""
PICK = """
const list = document.querySelector("main select");
list.value = arguments[0];
list.dispatchEvent(new Event("change"));
"""
BACKGROUND = "return getComputedStyle(document.body).backgroundColor"


def written(folder: Path, content: JsonObject) -> Path:
    texts = {name: (FILES / name).read_text(encoding="utf-8") for name in pages.FILES}
    target = folder / "report.html"
    target.write_text(pages.page(view(content), pages.assets(texts)), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    entries = [entry(made_up.cluster(name, 4, trouble)) for name, trouble in SMALL.items()]
    return written(tmp_path_factory.mktemp("small"), document(made_up.ABOUT, entries))


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("big"), made_up.fleet(50, 200))


@pytest.fixture(autouse=True)
def quiet_console(chromium: Browser) -> Iterator[None]:
    """Every test starts light, wide and with nothing remembered; whatever it does, the page has no complaint."""
    chromium.size(1280, 900)
    chromium.prefer("light")
    yield
    assert chromium.console() == []
    chromium.script("localStorage.clear()")


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_drawn(chromium: Browser, small: Path, name: str) -> None:
    chromium.open(small, name)
    assert chromium.script("return document.querySelector('main h1').textContent")
    assert chromium.script("return performance.getEntriesByType('resource').length") == 0


def test_overview_says_how_the_fleet_is(chromium: Browser, small: Path) -> None:
    chromium.open(small)
    said = chromium.script("return document.querySelector('main').innerText")
    assert "5 of 6 clusters need attention" in said
    assert "1 with errors, 1 not reached, 3 with warnings, 1 in order. 19 of 20 agents answer." in said
    assert "https://madrid.example.com:6443: no connection: timed out" in said


def test_cards_can_be_chosen_found_and_sorted(chromium: Browser, small: Path) -> None:
    names = "return [...document.querySelectorAll('#cards h3')].map((one) => one.textContent)"
    chromium.open(small)
    assert chromium.script(names) == ["lyon", "madrid", "berlin", "oslo", "rome", "paris"]
    chromium.script(PICK, "name")
    assert chromium.script(names) == sorted(SMALL)
    chromium.script(CLICK, "main .choice button", "Warnings")
    assert chromium.script(names) == ["berlin", "oslo", "rome"]
    chromium.script(TYPE, "OSL")
    wait(chromium, "document.querySelectorAll('#cards h3').length === 1")
    chromium.script(TYPE, "nobody")
    wait(chromium, "document.querySelector('#cards').textContent === 'No cluster fits what you look for.'")


def test_tables_sort_both_ways_and_numbers_as_numbers(chromium: Browser, small: Path) -> None:
    chromium.open(small, "nodes")
    chromium.script(CLICK, "#agents th button", "Node")
    upwards = chromium.script(FIRST_CELLS, 1)
    assert upwards[:2] == ["berlin-1", "berlin-2"]
    assert chromium.script("return document.querySelector('#agents th[aria-sort=ascending]').textContent") == "Node ↑"
    chromium.script(CLICK, "#agents th button", "Node")
    assert chromium.script(FIRST_CELLS, 1) == upwards[::-1]


def test_tables_filter_by_words_by_state_and_by_cluster(chromium: Browser, small: Path) -> None:
    chromium.open(small, "nodes")
    chromium.script(CLICK, "#agents .choice button", "No answer")
    assert chromium.script(FIRST_CELLS, 1) == ["lyon-4"]
    assert chromium.script("return document.querySelector('#agents .count').textContent") == "1 of 20 nodes"
    chromium.script(CLICK, "#agents .choice button", "All")
    chromium.script(TYPE, "OSLO-2")
    wait(chromium, "document.querySelectorAll('#agents tbody tr').length === 1")
    chromium.script(TYPE, "nobody")
    wait(chromium, "document.querySelector('#agents tbody').textContent.startsWith('None of 20 nodes')")


def test_findings_are_told_with_what_to_do(chromium: Browser, small: Path) -> None:
    chromium.open(small, "findings")
    heads = "return [...document.querySelectorAll('#findings h3')].map((one) => one.textContent)"
    assert chromium.script(heads) == ["agent timeout", "fell back"]
    assert "What to do: Load the kernel module sch_fq." in chromium.script(
        "return document.querySelector('#findings').innerText"
    )
    chromium.script(CLICK, "main .choice button", "Errors")
    assert chromium.script(heads) == ["agent timeout"]


def test_settings_show_what_was_asked_and_what_is(chromium: Browser, small: Path) -> None:
    chromium.open(small, "cluster=1")
    first = (
        "return [...document.querySelector('#settings tbody tr').cells]"
        ".map((cell) => cell.innerText.replace(/\\s+/g, ' ').trim())"
    )
    assert chromium.script(first) == [
        "cilium_enable_bandwidth_manager bandwidth manager",
        "true ✕ fell back on 1 of 4 nodes",
        "✓true",
        "✓true",
        "✓true",
        "✕false fell back",
    ]
    chromium.script(CLICK, "main .choice button", "Not in effect")
    assert chromium.script("return document.querySelectorAll('#settings tbody tr').length") == 2


def test_pairs_of_nodes_are_told_in_words(chromium: Browser, small: Path) -> None:
    chromium.open(small, "cluster=4")
    assert chromium.script("return document.querySelectorAll('#pairs .cell.bad').length") == 4
    rows = chromium.script("return [...document.querySelectorAll('#failing tbody tr')].map((row) => row.innerText)")
    assert len(rows) == 4
    assert all("endpoints not reached" in row and "icmp: Connection timed out" in row for row in rows)


def test_log_tells_what_is_harmless(chromium: Browser, small: Path) -> None:
    chromium.open(small, "cluster=0")
    badges = "return [...document.querySelectorAll('#log .badge')].map((one) => one.textContent)"
    assert chromium.script(badges) == ["✕Error", "✓harmless"]
    chromium.script(CLICK, "#log .choice button", "Without")
    assert chromium.script(badges) == ["✕Error"]


def test_hostile_texts_are_texts(chromium: Browser, small: Path) -> None:
    chromium.open(small, "findings")
    assert made_up.HOSTILE in chromium.script("return document.querySelector('#findings').textContent")
    assert chromium.script("return document.querySelectorAll('script').length") == 2


def test_colours_follow_the_browser_and_the_switch(chromium: Browser, small: Path) -> None:
    chromium.open(small)
    light = chromium.script(BACKGROUND)
    chromium.prefer("dark")
    dark = chromium.script(BACKGROUND)
    assert brightness(light) > 200
    assert brightness(dark) < 50
    chromium.script(CLICK, "#head .choice button", "Light")
    assert chromium.script(BACKGROUND) == light
    chromium.open(small)
    assert chromium.script(BACKGROUND) == light, "the choice is remembered"
    chromium.script(CLICK, "#head .choice button", "Auto")
    assert chromium.script(BACKGROUND) == dark
    chromium.prefer("light")
    chromium.script(CLICK, "#head .choice button", "Dark")
    assert chromium.script(BACKGROUND) == dark


def brightness(colour: str) -> float:
    parts = [int(part) for part in re.findall(r"\d+", colour)[:3]]
    return sum(parts) / 3


@pytest.mark.parametrize("name", VIEWS)
def test_no_view_scrolls_sideways_on_a_phone(chromium: Browser, small: Path, name: str) -> None:
    chromium.size(PHONE, 740, phone=True)
    chromium.open(small, name)
    assert chromium.script("return innerWidth") == PHONE
    assert chromium.script("return document.documentElement.scrollWidth") <= PHONE


@pytest.mark.parametrize("width", [PHONE, 1280])
@pytest.mark.parametrize("name", ["overview", "settings", "nodes", "cluster=2", "cluster=10"])
def test_many_nodes_do_not_scroll_the_page_sideways(chromium: Browser, big: Path, name: str, width: int) -> None:
    chromium.size(width, 740, phone=width == PHONE)
    chromium.open(big, name)
    if name.startswith("cluster"):
        chromium.script(CLICK, "main .choice button", "All 200 nodes")
    assert chromium.script("return document.documentElement.scrollWidth") <= width


def test_it_prints(chromium: Browser, small: Path) -> None:
    chromium.open(small, "cluster=1")
    printed = chromium.printed()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 20_000
    chromium.devtools("Emulation.setEmulatedMedia", media="print")
    hidden = "return ['nav', '.search', '.choice'].map((one) => getComputedStyle(document.querySelector(one)).display)"
    shown = chromium.script(hidden), chromium.script(BACKGROUND)
    chromium.devtools("Emulation.setEmulatedMedia", media="")
    assert shown == (["none", "none", "none"], "rgb(255, 255, 255)")


def test_ten_thousand_nodes_are_quick(chromium: Browser, big: Path) -> None:
    assert big.stat().st_size < 3 * MEGABYTE
    chromium.open(big)
    painted = chromium.script(PAINTED) / 1000
    views = {}
    for name in ("nodes", "findings", "settings", "cluster=10", "cluster=2", "node=10.199", "overview"):
        views[name] = chromium.script(SHOWN, name) / 1000
    assert painted < FIRST_PAINT
    assert max(views.values()) < VIEW, views


def test_ten_thousand_nodes_filter_and_sort_quickly(chromium: Browser, big: Path) -> None:
    chromium.open(big, "nodes")
    assert chromium.script("return document.querySelectorAll('#agents tbody tr').length") == 100
    sorting = chromium.script(TIMED % CLICK, "#agents th button", "Kernel") / 1000
    filtering = chromium.script(TIMED % (TYPE + UNTIL_ONE), "site-42-137") / 1000
    assert chromium.script(FIRST_CELLS, 1) == ["site-42-137"]
    assert sorting < FILTER
    assert filtering < FILTER


def test_many_nodes_show_first_what_differs(chromium: Browser, big: Path) -> None:
    chromium.open(big, "cluster=2")
    heads = "return [...document.querySelectorAll('#settings thead .node')].map((one) => one.textContent)"
    assert chromium.script(heads) == ["site-03-1", "site-03-200"]
    chromium.script(CLICK, "main .choice button", "All 200 nodes")
    assert len(chromium.script(heads)) == 200
    chromium.go("cluster=10")
    assert chromium.script("return document.querySelectorAll('#pairs b.bad').length") == 200
