"""Making data plain."""

from __future__ import annotations

import datetime
from collections import OrderedDict

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import get_int, get_list, get_path, plain, plain_object


class Text(str):
    __slots__ = ()


class Vaulted:
    __ENCRYPTED__ = True

    def __str__(self) -> str:
        return "opened"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (1.5, 1.5),
        (Text("a"), "a"),
        ((1, (2,)), [1, [2]]),
        ({3}, [3]),
        (OrderedDict([(Text("k"), Text("v")), (1, [Text("x")])]), {"k": "v", "1": ["x"]}),
        (b"bytes", "bytes"),
        (Vaulted(), "opened"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_plain(value: object, expected: object) -> None:
    result = plain(value)
    assert result == expected
    assert type(result) is type(expected)


def test_no_subclass_survives() -> None:
    result = plain_object(OrderedDict([(Text("k"), [Text("v")])]))
    assert {type(key) for key in result} == {str}
    assert [type(item) for item in get_list(result, "k")] == [str]


def test_what_json_has_no_word_for() -> None:
    with pytest.raises(InputError, match=r"values\.a\[1\]: found a object"):
        plain({"a": [1, object()]}, where="values")


def test_a_mapping_is_expected() -> None:
    with pytest.raises(InputError, match="values: found a list, expected a mapping"):
        plain_object([], where="values")


@pytest.mark.parametrize(
    ("path", "expected"), [(("a", "b"), 1), (("a", "x"), None), (("a", "b", "c"), None), ((), {"a": {"b": 1}})]
)
def test_get_path(path: tuple[str, ...], expected: object) -> None:
    assert get_path({"a": {"b": 1}}, *path) == expected


def test_a_boolean_is_no_number() -> None:
    assert get_int({"a": True}, "a") is None
