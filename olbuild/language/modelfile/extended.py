"""Findings about the values of what olbuild adds to the language, once arguments are written out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from olbuild.core.scale import parse_scale
from olbuild.core.text import Diagnostic
from olbuild.language.expectations import validate_regex
from olbuild.language.expectations.limits import LONGEST_NAME, MOST_TESTS, MOST_TEXTS, MOST_TOKENS
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.hints import did_you_mean, shorten
from olbuild.language.modelfile.instructions import Adapter, Label, Quantize, Test
from olbuild.language.modelfile.quantization import QUANTIZATIONS, quantization

_WHOLE = re.compile(r"[0-9]{1,7}")
# What the artifact's format keeps for itself (registry-spec, "Annotations of the manifest").
_RESERVED = re.compile(r"dev\.olbuild(?:\..*)?|org\.opencontainers\.image\.(?:base\.name|base\.digest|created)")


def wrong_scale(adapter: Adapter) -> Iterator[Diagnostic]:
    """Find a scale that is no number."""
    if adapter.scale is None:
        return
    try:
        parse_scale(adapter.scale)
    except ValueError as error:
        yield Diagnostic(
            code=Code.BAD_SCALE,
            message=f"{shorten(adapter.scale)} is no scale of an adapter: {error}",
            span=adapter.place.flag("scale"),
            hint="write a number such as 0.8; 1 is all of the adapter",
        )


def reserved_label(label: Label) -> Iterator[Diagnostic]:
    """Find a key that belongs to the artifact's format."""
    if _RESERVED.fullmatch(label.key):
        hint = "choose a key of your own, such as com.example.team"
        yield Diagnostic(
            code=Code.BAD_LABEL,
            message=f"the key {shorten(label.key)} is kept for what olbuild writes itself",
            span=label.place.name or label.place.value,
            hint=hint,
        )


def unknown_quantization(quantize: Quantize) -> Iterator[Diagnostic]:
    """Find a type that does not exist."""
    if quantization(quantize.type) is None:
        yield Diagnostic(
            code=Code.UNKNOWN_QUANTIZATION,
            message=f"there is no quantization {shorten(quantize.type)}",
            span=quantize.place.value,
            hint=did_you_mean(quantize.type.upper(), QUANTIZATIONS) or "the types are " + ", ".join(QUANTIZATIONS),
        )


def wrong_test(test: Test, before: Sequence[Test]) -> Iterator[Diagnostic]:
    """Find what is wrong with a TEST that stands behind others of its file."""
    place = test.place
    if len(before) >= MOST_TESTS:
        if len(before) == MOST_TESTS:
            message = f"there are more than {MOST_TESTS} tests"
            yield Diagnostic(code=Code.BAD_TEST, message=message, span=place.keyword, hint="leave some out")
        return
    if test.name is not None and not test.name.strip():
        yield _wrong(test, "name", "the test has an empty name", "leave --name out, or name it")
    if test.name is not None and (len(test.name) > LONGEST_NAME or not test.name.isprintable()):
        message = f"{shorten(test.name)} is too long for a name, or has characters that cannot be seen"
        yield _wrong(test, "name", message, f"a name has at most {LONGEST_NAME} characters on one line")
    if test.name is not None and any(each.name == test.name for each in before):
        yield _wrong(test, "name", f"there are two tests called {shorten(test.name)}", "give this one another name")
    if test.max_tokens is not None and not (
        _WHOLE.fullmatch(test.max_tokens) and 0 < int(test.max_tokens) <= MOST_TOKENS
    ):
        message = f"{shorten(test.max_tokens)} is no number of tokens"
        yield _wrong(test, "max-tokens", message, f"write a whole number from 1 to {MOST_TOKENS}")
    for flag, texts in (("contains", test.contains), ("not-contains", test.not_contains), ("matches", test.matches)):
        if "" in texts:
            yield _wrong(test, flag, f"--{flag} looks for nothing", f"write --{flag}=TEXT")
        if len(texts) > MOST_TEXTS:
            yield _wrong(test, flag, f"there are {len(texts)} --{flag}", f"a test has at most {MOST_TEXTS} of them")
    yield from _wrong_expressions(test)
    if not (test.contains or test.not_contains or test.matches or test.json_schema is not None):
        yield Diagnostic(
            code=Code.BAD_TEST,
            message="the test asks for nothing, so that every answer passes",
            span=place.keyword,
            hint="say what the answer must satisfy: --contains, --not-contains, --matches or --json-schema",
        )


def _is_count(text: str) -> bool:
    return _WHOLE.fullmatch(text) is not None and 0 < int(text) <= MOST_TOKENS


def _wrong_expressions(test: Test) -> Iterator[Diagnostic]:
    places = [span for name, span in test.place.flags if name == "matches"]
    for expression, span in zip(test.matches, places, strict=True):
        try:
            if expression:
                validate_regex(expression)
        except ValueError as error:
            yield Diagnostic(
                code=Code.BAD_TEST,
                message=f"{shorten(expression)} is no regular expression: {error}",
                span=span,
                hint="expressions are those of RE2: no look-around and no back-references",
            )


def _wrong(test: Test, flag: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code=Code.BAD_TEST, message=message, span=test.place.flag(flag), hint=hint)
