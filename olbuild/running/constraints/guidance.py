"""Grammars that llguidance follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from typing import Any

import msgspec

from olbuild.core.errors import EngineError, UsageError
from olbuild.running.constraints.json_text import ANSWER_OPTIONS, ANY_OBJECT
from olbuild.running.constraints.places import child, shown
from olbuild.running.constraints.port import Vocabulary
from olbuild.running.constraints.schema import read_schema, subschemas
from olbuild.running.constraints.tokens import llguidance_tokenizer
from olbuild.running.requests import Grammar

_MOST_BYTES = 1 << 16
_MOST_LARK_BYTES = 1 << 18  # the schemas of all tools may be in it
_MOST_RULES = 1_000  # llguidance follows rules by recursion, and 3,000 that lead to each other end the process
_RULE = re.compile(r"^\s*[?!]?[A-Za-z_][\w-]*(?:\[[^\]\n]*\])?\s*:", re.MULTILINE)
_TOKEN = re.compile(r'<\{("(?:[^"\\\n]|\\.)*")\}>')
_LINES = 400
_TRIED_BYTES = 1 << 22  # of schemas, to find which part of one is refused: about 2 s at worst
_REASONS = {"oneOf": "its alternatives may overlap; anyOf can be enforced"}


class Guided:
    """A ``jobs.Constraint`` over an ``llguidance.LLMatcher``."""

    def __init__(self, matcher: Any, vocabulary: Vocabulary) -> None:  # noqa: ANN401 - llguidance is behind a door
        """Begin with a matcher that nothing else moves on."""
        self._matcher, self._ends = matcher, vocabulary.ends
        self._bytes = (vocabulary.size + 7) // 8

    def mask(self) -> bytes | None:
        """Return the tokens that are allowed now; see ``jobs.Constraint``."""
        mask: bytes = self._matcher.compute_bitmask()
        self._check()
        return mask[: self._bytes]

    def allows(self, token: int) -> bool:
        """Whether a token is allowed now."""
        if self._ends(token):
            return bool(self._matcher.is_accepting())
        return not self._matcher.is_stopped() and self._matcher.validate_tokens([token]) == 1

    def accept(self, token: int) -> None:
        """Go on behind a token that is allowed."""
        if not self._matcher.consume_token(token):
            self._check()
            raise EngineError(f"the grammar does not allow the token {token} here")

    def forced(self) -> Sequence[int]:
        """Return the tokens into which the model would cut the only text that is allowed."""
        tokens: list[int] = self._matcher.compute_ff_tokens()
        return tokens

    @property
    def finished(self) -> bool:
        """Whether nothing may follow but the end."""
        return bool(self._matcher.is_stopped())

    def copy(self) -> Guided:
        """Return one in the same state."""
        other = copy(self)
        other._matcher = self._matcher.deep_copy()  # noqa: SLF001 - its own
        return other

    def _check(self) -> None:
        if error := self._matcher.get_error():
            raise EngineError(
                f"the grammar cannot be followed further: {_brief(error)}", hint="use a simpler grammar or schema"
            )


class Guidance:
    """Makes constraints for one model."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Prepare the vocabulary, which takes up to some seconds."""
        import llguidance  # noqa: PLC0415 - 11 ms that few answers need

        self._vocabulary = vocabulary
        self._matcher_class = llguidance.LLMatcher
        self._tokenizer = llguidance_tokenizer(vocabulary)
        self._limits = llguidance.LLParserLimits(max_items_in_row=10_000, verbose_errors=False)

    def make(self, grammar: Grammar) -> Guided:
        """Return a constraint for one answer.

        Raises:
            UsageError: if the grammar is wrong, too large, or asks what cannot be enforced.
        """
        match grammar.kind:
            case "json":
                matcher = self._matcher(self._matcher_class.grammar_from_lark(ANY_OBJECT))
            case "json_schema":
                schema = read_schema(grammar.text)
                matcher = self._matcher(self._json(schema))
                if error := matcher.get_error():
                    self._refuse(schema, error)
            case "regex":
                matcher = self._matcher(self._matcher_class.grammar_from_regex(_bounded(grammar.text, "expression")))
            case _:
                matcher = self._matcher(self._matcher_class.grammar_from_lark(self._lark(grammar.text)))
        if not (error := matcher.get_error()):
            matcher.compute_bitmask()
            error = matcher.get_error()
        if error.startswith("NoExtension"):
            raise UsageError(
                f"the {_NAMES[grammar.kind]} cannot be used: no text fits it",
                hint="a rule, or a $ref of a schema, may lead back to itself",
            )
        if error:
            raise UsageError(f"the {_NAMES[grammar.kind]} cannot be used: {_brief(error)}")
        return Guided(matcher, self._vocabulary)

    def _matcher(self, text: str) -> Any:  # noqa: ANN401 - llguidance is behind a door
        return self._matcher_class(self._tokenizer, text, log_level=0, limits=self._limits)

    def _json(self, schema: dict[str, Any]) -> str:
        written = msgspec.json.encode(schema).decode()
        try:
            text: str = self._matcher_class.grammar_from_json_schema(written, overrides=ANSWER_OPTIONS)
        except ValueError as error:  # what is JSON for one reader may not be any for the other
            raise UsageError(f"the JSON Schema cannot be read: {_brief(str(error))}") from None
        return text

    def _lark(self, text: str) -> str:
        if len(_RULE.findall(_bounded(text, "grammar", _MOST_LARK_BYTES))) > _MOST_RULES:
            raise UsageError(f"the Lark grammar has more than {_MOST_RULES} rules")
        return _TOKEN.sub(self._control, text)

    def _control(self, found: re.Match[str]) -> str:
        """Return the control token with a text, or the text itself if there is none."""
        tokens = self._vocabulary.tokenize(msgspec.json.decode(found[1]), add_bos=False, special=True)
        control = len(tokens) == 1 and not self._vocabulary.piece(tokens[0])
        return f"<[{tokens[0]}]>" if control else found[1]

    def _refuse(self, schema: dict[str, Any], error: str) -> None:
        """Say where the schema asks for what llguidance refuses: which part alone, and which of its keywords.

        If that takes too long, say nothing; then there is only llguidance's own message, which has no place.
        """
        shared: dict[str, Any] = {name: schema[name] for name in ("$defs", "definitions") if name in schema}
        left = _TRIED_BYTES

        def fails(part: dict[str, Any]) -> bool:
            nonlocal left
            text = self._json({**shared, **part})
            left -= len(text) + 1000
            if left < 0:
                return False
            return _brief(self._matcher_class.validate_grammar(text)) == _brief(error)

        for place, part in subschemas(schema):
            if fails(part):
                names = sorted(part, key=lambda name: name == "type")  # seldom the one to mend
                keyword = next((name for name in names if not fails(_without(part, name))), "")
                found = child(place, keyword) if keyword else place
                raise UsageError(
                    f"the JSON Schema asks for what cannot be enforced: {shown(found)}"
                    f" ({_REASONS.get(keyword, _brief(error))})"
                )


_NAMES = {"json": "format", "json_schema": "JSON Schema", "regex": "regular expression", "lark": "Lark grammar"}


def _bounded(text: str, what: str, most: int = _MOST_BYTES) -> str:
    if len(text) > most:
        raise UsageError(f"the {what} is larger than {most // 1024} KiB")
    return text


def _brief(error: str) -> str:
    """Return llguidance's message on one line, without the state of its parser."""
    text = " ".join(error.partition("<state>")[0].partition("\n<non-verbose/>")[0].split())
    return text if len(text) <= _LINES else f"{text[:_LINES]}…"


def _without(schema: dict[str, Any], keyword: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != keyword}
