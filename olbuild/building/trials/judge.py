"""What a test requires, and what an answer lacks of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.artifact.bundle import Test
from olbuild.core.errors import FormatError
from olbuild.language.expectations import Regex, Schema

_LONGEST = 100  # characters of a text that a reason shows


class Requirements:
    """What the answer to a test must satisfy.

    Args:
        test: the test.
        where: names it in errors.

    Raises:
        FormatError: if an expression or the schema is none.
    """

    def __init__(self, test: Test, where: str) -> None:
        """Compile expressions and the schema."""
        self._test = test
        self._expressions = [_expression(text, where) for text in test.matches]
        self._schema: Schema | None = None
        if test.json_schema is not None:
            try:
                self._schema = Schema(test.json_schema)
            except ValueError as error:
                raise FormatError(f"{where}: the JSON schema cannot be used: {error}") from None

    def refusals(self, answer: str) -> tuple[str, ...]:
        """Return every reason why an answer does not pass; none if it does.

        A test that requires nothing is passed by any answer that is not blank.
        """
        test = self._test
        if not (test.contains or test.not_contains or self._expressions or self._schema):
            return () if answer.strip() else ("the answer is blank",)
        return tuple(self._refusals(answer))

    def _refusals(self, answer: str) -> Iterator[str]:
        for text in self._test.contains:
            if text not in answer:
                yield f"the answer does not contain {_shown(text)}"
        for text in self._test.not_contains:
            if text in answer:
                yield f"the answer contains {_shown(text)}"
        for expression in self._expressions:
            if not expression.is_in(answer):
                yield f"nothing in the answer matches {_shown(expression.text)}"
        refusal = self._schema.refusal(answer) if self._schema is not None else None
        if refusal is not None:
            yield refusal


def _expression(text: str, where: str) -> Regex:
    try:
        return Regex(text)
    except ValueError as error:
        raise FormatError(f"{where}: {_shown(text)} is no regular expression: {error}") from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
