"""Findings about the values of what olbuild adds to the language, once arguments are written out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from olbuild.core.text import Diagnostic
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.hints import did_you_mean, shorten
from olbuild.language.modelfile.instructions import Adapter, Label, Quantize, Test
from olbuild.language.modelfile.quantization import QUANTIZATIONS, quantization

MOST_TOKENS = 1_000_000
"""The largest ``--max-tokens``."""

_DECIMAL = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_LARGEST_SCALE = 1000.0
_WHOLE = re.compile(r"[0-9]{1,7}")
# What the artifact's format keeps for itself (registry-spec, "Annotations of the manifest").
_RESERVED = re.compile(r"dev\.olbuild(?:\..*)?|org\.opencontainers\.image\.(?:base\.name|base\.digest|created)")


def scale_of(adapter: Adapter) -> float:
    """Return by how much an adapter counts; 1 if nothing is said.

    Raises:
        ValueError: if it is no such number.
    """
    if adapter.scale is None:
        return 1.0
    scale = float(adapter.scale) if _DECIMAL.fullmatch(adapter.scale) else math.nan
    if not abs(scale) <= _LARGEST_SCALE:
        raise ValueError(adapter.scale)
    return scale


def wrong_scale(adapter: Adapter) -> Iterator[Diagnostic]:
    """Find a scale that is no number."""
    try:
        scale_of(adapter)
    except ValueError:
        yield Diagnostic(
            code=Code.BAD_SCALE,
            message=f"{shorten(adapter.scale or '')} is no scale of an adapter",
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


def wrong_test(test: Test, before: Iterable[Test]) -> Iterator[Diagnostic]:
    """Find what is wrong with a TEST that stands behind others of its file."""
    place = test.place
    if test.name is not None and not test.name.strip():
        yield _wrong(test, "name", "the test has an empty name", "leave --name out, or name it")
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
    if not (test.contains or test.not_contains or test.matches or test.json_schema is not None):
        yield Diagnostic(
            code=Code.BAD_TEST,
            message="the test asks for nothing, so that every answer passes",
            span=place.keyword,
            hint="say what the answer must satisfy: --contains, --not-contains, --matches or --json-schema",
        )


def _is_count(text: str) -> bool:
    return _WHOLE.fullmatch(text) is not None and 0 < int(text) <= MOST_TOKENS


def _wrong(test: Test, flag: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code=Code.BAD_TEST, message=message, span=test.place.flag(flag), hint=hint)
