"""Texts made wrong at random: no parser raises anything, and none takes more time than the text is long."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._status import reading

from tests.proofs.status import mutated_inputs, read
from tests.texts import KINDS, golden_texts, text_of

COUNT = 20_000


def test_mutated_inputs_are_read_without_an_exception() -> None:
    done = 0
    for kind, text in mutated_inputs(seed=20_260_101, count=COUNT):
        read(kind, text)
        done += 1
    assert done == COUNT


# Texts at which a parser that goes back and forth would take for ever; 200 000 signs each.
SLOW = {
    "spaces": " " * 200_000,
    "spaces in a value": "Cilium: Ok" + " " * 200_000 + "x",
    "open brackets": "Masquerading: " + "[a " * 66_000,
    "commas": "KubeProxyReplacement: True [" + "," * 200_000,
    "one word": "x" * 200_000,
    "one number": "1" * 200_000,
    "labels": "Cilium: Ok 1\n" * 15_000,
    "rows": "Controller Status: 1/2 healthy\n" + "a never never 3 no\n" * 10_000,
    "escapes": "\x1b[" * 100_000,
    "at": ("a@" + "b" * 98 + "\n") * 2_000,
    "arrows": "1 => 2\n" * 28_000,
    "tree": "Modules Health:\n" + "│   ├── x [DEGRADED] bad (3s, x1)\n" * 6_000,
    "messages": "Errors:\na b c\n" + "and so on and on\n" * 12_000,
    "open JSON": '{"a":' * 40_000,
    "dots": ". " * 100_000,
    "not yet": "never ago " * 20_000,
}


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.parametrize("word", KINDS)
def test_no_text_takes_long(word: str, name: str) -> None:
    start = time.process_time()
    reading.read(KINDS[word], SLOW[name])
    assert time.process_time() - start < 2.0


KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"  # made up: 64 signs of base64
PEM = f"-----BEGIN PRIVATE KEY-----\n{KEY}\n{KEY[::-1]}\n-----END PRIVATE KEY-----\n"


def test_long_names_are_no_keys() -> None:
    name = "resolve-labels-" + "a-long-namespace-4" * 6 + "/" + "a-pod-of-it-7" * 6
    text = f"Controller Status: 0/1 healthy\n  {name}  never  3s ago  2  no answer\n"
    failing = reading.read(reading.STATUS, text)["controllers"]
    assert failing == {"healthy": 0, "total": 1, "failing": [{"name": name, "failures": 2, "message": "no answer"}]}


@pytest.mark.parametrize("word", KINDS)
def test_no_key_leaves_a_parser(word: str) -> None:
    texts = [text_of(path) for path in golden_texts() if path.name.startswith(word)]
    quoted = json.dumps(PEM)
    for text in [*texts, ""]:
        for changed in (
            f"{PEM}{text}",
            f"{text}\n{PEM}",
            f"{text}\nca.key: {KEY}{KEY}\n",
            f"{text}\n  {KEY}\n",
            text.replace("{", f'{{"ca_key": {quoted}, "key": "{KEY}{KEY}", ', 1),
            f'{text}\n  "key": {quoted},\n',
        ):
            try:
                shown = json.dumps(reading.read(KINDS[word], changed))
            except InputError as error:
                shown = error.message
            assert KEY not in shown
            assert KEY[::-1] not in shown
