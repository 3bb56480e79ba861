"""jsonschema, with expressions of RE2 and a budget: each keyword that is applied costs steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from olbuild.core.content import canonical_json
from olbuild.core.content.canonical import Json
from olbuild.language.expectations.regex import Regex

MOST_STEPS = 100_000
"""Steps for one answer, which take about two seconds."""

_A_STEP = 64  # characters or comparisons that take as long as a keyword

_Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]
_budget: ContextVar[list[int]] = ContextVar("budget")


class _Exhausted(Exception):
    """The budget is spent."""


class Evaluator:
    """Applies a schema that ``resolve.prepared`` returned."""

    def __init__(self, schema: dict[str, Any] | bool) -> None:  # noqa: FBT001 - true and false are schemas
        """Keep the schema."""
        # An empty registry: the one that jsonschema brings would fetch what a reference names.
        self._validator = _Metered(schema, registry=Registry())

    def refusal(self, value: Json) -> str | None:
        """Return the first reason why a value does not satisfy the schema, with its place; ``None`` if it does."""
        token = _budget.set([MOST_STEPS])
        try:
            error = next(self._validator.iter_errors(value), None)
        except (_Exhausted, RecursionError):
            return "the schema is nested too deeply, or takes too many steps, to apply it to this answer"
        finally:
            _budget.reset(token)
        return None if error is None else f"{error.json_path}: {error.message}"


def _pay(value: object, instance: object) -> None:
    left = _budget.get()
    left[0] -= 1 + (_weight(value) + _weight(instance)) // _A_STEP
    if left[0] < 0:
        raise _Exhausted


def _weight(value: object) -> int:
    return len(value) if isinstance(value, str | list | dict) else 1


def _metered(function: _Keyword) -> _Keyword:
    def paid(validator: object, value: object, instance: object, schema: object) -> Iterable[ValidationError] | None:
        _pay(value, instance)
        return function(validator, value, instance, schema)

    return paid


@lru_cache(maxsize=256)
def _regex(text: str) -> Regex:
    return Regex(text)


def _pattern(validator: Any, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:  # noqa: ANN401 - jsonschema's
    if validator.is_type(instance, "string") and not _regex(pattern).is_in(str(instance)):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any,  # noqa: ANN401
    patterns: Mapping[str, object],
    instance: object,
    _schema: object,
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, schema in patterns.items():
        for key, value in instance.items():
            if _regex(pattern).is_in(key):
                yield from validator.descend(value, schema, path=key, schema_path=pattern)


def _additional_properties(
    validator: Any,  # noqa: ANN401
    additional: object,
    instance: object,
    schema: Mapping[str, Any],
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for key, value in instance.items():
        if key in named or any(_regex(pattern).is_in(key) for pattern in patterns):
            continue
        if additional is False:
            yield ValidationError(f"the property {key!r} is not allowed")
        else:
            yield from validator.descend(value, additional, path=key)


def _unique_items(_validator: object, unique: object, instance: object, _schema: object) -> Iterator[ValidationError]:
    """Compare by the canonical form, in which 1 and 1.0 are equal: jsonschema compares each item with each."""
    if unique and isinstance(instance, list) and len({canonical_json(item) for item in instance}) < len(instance):
        yield ValidationError("two items are equal")


_KEYWORDS: dict[str, _Keyword] = {
    **Draft202012Validator.VALIDATORS,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
_Metered = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {keyword: _metered(function) for keyword, function in _KEYWORDS.items()}
)
