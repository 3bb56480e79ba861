"""The JSON layer ``tests.json``: canonical when written, validated with a path when read.

A reader looks at shapes and sizes. That expressions and schemas are right is checked by whoever writes them or uses
them (``check_tests``), so that looking at a model loads neither of their libraries.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from olbuild.artifact.bundle import Test
from olbuild.core.content import canonical_json, decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.language.expectations.limits import LONGEST_NAME, MOST_TESTS, MOST_TEXTS, MOST_TOKENS
from olbuild.language.expectations.regex import LONGEST_REGEX, validate_regex
from olbuild.language.expectations.schema import MOST_VALUES, validate_schema
from olbuild.language.expectations.shape import check_shape

LARGEST_TESTS = 4 << 20
"""Bytes of the whole document."""

_KEYS = frozenset({"prompt", "name", "contains", "not_contains", "matches", "json_schema", "max_tokens"})
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def encode_tests(tests: Sequence[Test]) -> bytes:
    """Encode tests.

    Raises:
        FormatError: if they could not be read back, or an expression or a schema is none.
    """
    where = "tests.json"
    data = canonical_json([_document(test, f"{where}: $[{index}]") for index, test in enumerate(tests)])
    decode_tests(data, where)
    check_tests(tests, where)
    return data


def decode_tests(data: bytes, where: str) -> tuple[Test, ...]:
    """Decode tests.

    Raises:
        FormatError: if the bytes are not a JSON list of tests within the limits.
    """
    if len(data) > LARGEST_TESTS:
        raise FormatError(f"{where} has {len(data)} bytes, and at most {LARGEST_TESTS} are allowed")
    document = decode_json(data, where)
    if not isinstance(document, list):
        raise FormatError(f"{where}: $ is not a list of tests")
    if len(document) > MOST_TESTS:
        raise FormatError(f"{where} has {len(document)} tests, and at most {MOST_TESTS} are allowed")
    tests = tuple(_test(item, f"{where}: $[{index}]") for index, item in enumerate(document))
    counts = Counter(test.name for test in tests if test.name is not None)
    for name, count in counts.most_common(1):
        if count > 1:
            raise FormatError(f"{where} has {count} tests of the name {name!r}")
    return tests


def check_tests(tests: Sequence[Test], where: str) -> None:
    """Check expressions and schemas.

    Raises:
        FormatError: if one is none, with its place and the reason.
    """
    for index, test in enumerate(tests):
        place = f"{where}: $[{index}]"
        for number, pattern in enumerate(test.matches):
            try:
                validate_regex(pattern)
            except ValueError as error:
                raise FormatError(f"{place}.matches[{number}]: {pattern[:100]!r} is no expression: {error}") from None
        if test.json_schema is not None:
            try:
                validate_schema(test.json_schema)
            except ValueError as error:
                raise FormatError(f"{place}.json_schema is no schema: {error}") from None


def _document(test: Test, where: str) -> dict[str, Json]:
    schema = test.json_schema
    stated: dict[str, Json] = {
        "prompt": test.prompt,
        "name": test.name,
        "contains": list(test.contains) or None,
        "not_contains": list(test.not_contains) or None,
        "matches": list(test.matches) or None,
        "json_schema": _schema(dict(schema) if isinstance(schema, Mapping) else schema, f"{where}.json_schema")
        if schema is not None
        else None,
        "max_tokens": test.max_tokens,
    }
    return {key: value for key, value in stated.items() if value is not None}


def _test(item: Json, where: str) -> Test:
    if not isinstance(item, dict) or "prompt" not in item or not item.keys() <= _KEYS:
        raise FormatError(f"{where} is not an object of a prompt and what the answer must satisfy")
    prompt = item["prompt"]
    if not isinstance(prompt, str) or not prompt.strip():
        raise FormatError(f"{where}.prompt is not text, or blank")
    return Test(
        prompt=prompt,
        name=_name(item["name"], f"{where}.name") if "name" in item else None,
        contains=_texts(item, "contains", where),
        not_contains=_texts(item, "not_contains", where),
        matches=_texts(item, "matches", where, LONGEST_REGEX),
        json_schema=_schema(item["json_schema"], f"{where}.json_schema") if "json_schema" in item else None,
        max_tokens=_tokens(item["max_tokens"], f"{where}.max_tokens") if "max_tokens" in item else None,
    )


def _name(value: Json, where: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
        raise FormatError(f"{where} is not text of 1 to {LONGEST_NAME} characters")
    if any(unicodedata.category(character) in _HIDDEN for character in value):
        raise FormatError(f"{where} has control characters")
    return value


def _texts(item: dict[str, Json], key: str, where: str, longest: int = LARGEST_TESTS) -> tuple[str, ...]:
    values = item.get(key, ...)
    if values is ...:
        return ()
    texts = tuple(text for text in values if isinstance(text, str) and text) if isinstance(values, list) else ()
    if not texts or len(texts) != len(values) or len(texts) > MOST_TEXTS:  # type: ignore[arg-type]
        raise FormatError(f"{where}.{key} is not a list of 1 to {MOST_TEXTS} texts that are not empty")
    if any(len(text) > longest for text in texts):
        raise FormatError(f"{where}.{key} has a text of more than {longest} characters")
    return texts


def _schema(value: Json, where: str) -> dict[str, Json] | bool:
    if not isinstance(value, dict | bool):
        raise FormatError(f"{where} is neither an object nor true or false")
    try:
        check_shape(value, MOST_VALUES)
    except ValueError as error:
        raise FormatError(f"{where} is no schema: {error}") from None
    return value


def _tokens(value: Json, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_TOKENS:
        raise FormatError(f"{where} is not a whole number from 1 to {MOST_TOKENS}")
    return value
