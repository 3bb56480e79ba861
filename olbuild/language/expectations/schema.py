"""JSON Schemas (draft 2020-12) that judge an answer. Nothing is fetched, and no schema runs without an end."""

from __future__ import annotations

from olbuild.core.content import decode_json
from olbuild.core.errors import FormatError
from olbuild.language.expectations.shape import check_shape

MOST_VALUES = 5000
"""Values in the largest schema: checking one against the rules for schemas takes half a millisecond each."""

_MOST_ANSWERED = 100_000
_LONGEST_MESSAGE = 300


def validate_schema(document: object) -> None:
    """Check a JSON Schema.

    Raises:
        ValueError: if it is none, too large, or leads outside of itself or to itself; with place and reason.
    """
    Schema(document)


class Schema:
    """A JSON Schema.

    ``format`` is an annotation, as the draft has it, and ``pattern`` is RE2's. ``$dynamicRef`` and the two
    ``unevaluated`` keywords are refused.

    Raises:
        ValueError: as ``validate_schema``.
    """

    def __init__(self, document: object) -> None:
        """Check and prepare it."""
        check_shape(document, MOST_VALUES)
        from olbuild.language.expectations.evaluate import Evaluator  # noqa: PLC0415 - loads jsonschema, for few models
        from olbuild.language.expectations.resolve import prepared  # noqa: PLC0415

        self._evaluator = Evaluator(prepared(document))

    def refusal(self, answer: str) -> str | None:
        """Return why an answer does not satisfy the schema; ``None`` if it does. It must be JSON and nothing else."""
        try:
            value = decode_json(answer.encode("utf-8", "replace"), "the answer")
        except FormatError as error:
            return error.message
        try:
            check_shape(value, _MOST_ANSWERED)
        except ValueError as error:
            return f"the answer cannot be checked: {error}"
        refused = self._evaluator.refusal(value)
        if refused is None or len(refused) <= _LONGEST_MESSAGE:
            return refused
        return f"{refused[:_LONGEST_MESSAGE]}…"
