"""How often a line on progress is made and shown."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.plugin_utils import _action


class Clock:
    """Seconds since anything."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_action, "time", clock)
    return clock


def test_a_dear_line_is_made_only_when_one_is_due(clock: Clock) -> None:
    made: list[float] = []
    state = ["1 of 4"]

    def telling() -> str:
        made.append(clock.now)
        return state[0]

    progress = _action._Progress("paris")
    shown = {}
    for second in range(100, 131):
        clock.now = second
        state[0] = "1 of 4" if second < 114 else "2 of 4"
        line = progress.line(telling)
        if line:
            shown[second] = line
    assert shown == {102: "paris: 1 of 4", 117: "paris: 2 of 4"}
    assert made == [102, 112, 117, 127]


def test_a_text_is_shown_as_soon_as_it_is_another(clock: Clock) -> None:
    progress = _action._Progress("")
    shown = {}
    for second in range(100, 131):
        clock.now = second
        line = progress.line("a" if second < 114 else "b")
        if line:
            shown[second] = line
    assert shown == {102: "a", 114: "b"}
