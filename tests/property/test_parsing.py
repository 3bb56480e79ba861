"""Laws of parsers of answers: what a family writes comes back, however it is cut, and nothing is ever lost."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from olbuild.running.chat.parsing import Called, Content, OutputParser, Parsed, Thought, choose_parser
from tests.property.parsing_formats import Call
from tests.property.parsing_losses import nothing_is_lost
from tests.property.parsing_texts import (
    LOOK_ALIKES,
    NAMES,
    keys,
    scalars,
    schema_type,
    strings_in,
    texts,
    tools_for,
    values,
    words,
)
from tests.property.parsing_writers import BLANKS, WRITERS, Writer

WHOLE_CALLS = ('"name"', "f(a=1)", "</function>", "</tool_call>")
"""What, behind a mark, would be a call: in an argument it is text, and beside of calls it cannot be told from one."""


def parser_for(writer: Writer, calls: Sequence[Call]) -> OutputParser:
    template = "{% if true %}{% endif %}" + writer.template + "".join(writer.think or ())
    tools = tools_for(calls)
    return choose_parser(template=template, parser=writer.parser, tools=tools, think=None, prompt="").parser


def parse(parser: OutputParser, pieces: Sequence[str]) -> list[Parsed]:
    """Return what a parser says, neighbours of one kind joined."""
    parts: list[Parsed] = []
    for part in [each for piece in pieces for each in parser.feed(piece)] + list(parser.finish()):
        last = parts[-1] if parts else None
        match last, part:
            case Content(before), Content(text):
                assert text
                parts[-1] = Content(before + text)
            case Thought(before), Thought(text):
                assert text
                parts[-1] = Thought(before + text)
            case _:
                parts.append(part)
    return parts


def cut(text: str, places: Sequence[int]) -> list[str]:
    ends = sorted({place % (len(text) + 1) for place in places})
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


def without_mixtures(calls: Sequence[Call]) -> list[Call]:
    """Leave arguments out that would give a parameter of one function two types."""
    types: dict[tuple[str, str], str] = {}
    return [
        Call(
            call.name,
            {
                name: value
                for name, value in call.arguments.items()
                if types.setdefault((call.name, name), schema_type(value)) == schema_type(value)
            },
            call.id,
        )
        for call in calls
    ]


@st.composite
def answers(draw: st.DrawFn, writer: Writer) -> tuple[str, list[Parsed], list[Call]]:
    """Return an answer as its family writes it, the parts that it has, and its calls."""
    inner = scalars if writer.flat else values(keys if writer.bare_keys else texts)
    arguments = st.dictionaries(keys, inner, max_size=3).filter(
        lambda of: not any(mark in text for text in strings_in(of) for mark in writer.string_never)
    )
    number = st.integers(10**8, 10**9).map(str)
    calls = without_mixtures(draw(st.lists(st.builds(Call, st.sampled_from(NAMES), arguments, number), max_size=3)))
    written = writer.calls(calls) if calls else ""
    never = (*(mark.strip() for mark in writer.think or ()), *writer.never, *WHOLE_CALLS)
    said = texts.map(lambda text: text.strip(BLANKS)).filter(lambda text: not any(mark in text for mark in never))
    no_call = said.filter(lambda text: not text.startswith(("{", "[", "```")))  # it could be one more, without marks
    before = "" if calls and writer.in_front else draw(no_call)
    after = draw(no_call) if calls else ""
    thought = draw(said) if writer.think else ""
    parts: list[Parsed] = [Thought(thought)] if thought else []
    text = writer.think[0] + thought + writer.think[1] if writer.think and thought else ""
    parts += [Content(before)] if before else []
    text += before + draw(st.sampled_from(["", "\n", "\n\n"])) * bool(before and calls) + written
    parts += [
        Called(call.name, json.dumps(call.arguments), writer.ids(call, number)) for number, call in enumerate(calls)
    ]
    parts += [Content(after)] if after else []
    return text + ("\n" + after if after else ""), parts, calls


def loaded(parts: Sequence[Parsed]) -> list[Parsed | tuple[str, Any, str]]:
    """Return parts with the arguments of calls as values."""
    return [(part.name, json.loads(part.arguments), part.id) if isinstance(part, Called) else part for part in parts]


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=15)
@given(data=st.data())
def test_what_is_written_comes_back_however_it_is_cut(name: str, data: st.DataObject) -> None:
    writer = WRITERS[name]
    text, expected, calls = data.draw(answers(writer))
    pieces = cut(text, data.draw(st.lists(st.integers(0, 10_000), max_size=8)))
    assert loaded(parse(parser_for(writer, calls), pieces)) == loaded(expected)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=4)
@given(data=st.data())
def test_an_answer_that_stops_anywhere_loses_nothing(name: str, data: st.DataObject) -> None:
    writer = WRITERS[name]
    text, expected, calls = data.draw(answers(writer))
    called = [part for part in loaded(expected) if isinstance(part, tuple)]
    assume(len(text) < 600)
    for end in range(len(text)):
        parts = parse(parser_for(writer, calls), [text[:end]])
        found = [part for part in loaded(parts) if isinstance(part, tuple)]
        assert found == called[: len(found)]
        nothing_is_lost(text[:end], parts, writer)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=15)
@given(data=st.data())
def test_rubbish_is_read_the_same_however_it_is_cut_and_loses_nothing(name: str, data: st.DataObject) -> None:
    writer = WRITERS[name]
    own = [writer.calls([Call("f", {"a": 1})]), writer.calls([Call("f", {})])]
    snippets = (
        LOOK_ALIKES
        | words
        | st.sampled_from(own).flatmap(
            lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(
                lambda ends: text[min(ends) : max(ends)]
            )
        )
    )
    text = data.draw(st.lists(snippets, max_size=12).map("".join))
    assume(len(text) < 1000)
    whole = parse(parser_for(writer, []), [text])
    assert whole == parse(parser_for(writer, []), list(text))
    assert whole == parse(parser_for(writer, []), cut(text, data.draw(st.lists(st.integers(0, 10_000), max_size=6))))
    nothing_is_lost(text, whole, writer)


HARMONY = st.sampled_from(
    [
        *("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|call|>", "<|return|>", "<|constrain|>"),
        *(
            "analysis",
            "final",
            "commentary",
            "assistant",
            " to=functions.f",
            " json",
            '{"a": 1}',
            "{}",
            "{",
            "text",
            "\n",
        ),
        "<|start|>assistant<|channel|>analysis<|message|>",
        "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>",
    ]
)


@settings(max_examples=200)
@given(pieces=st.lists(HARMONY | words, max_size=12), places=st.lists(st.integers(0, 10_000), max_size=6))
def test_harmony_is_read_the_same_however_it_is_cut(pieces: list[str], places: list[int]) -> None:
    def parser() -> OutputParser:
        return choose_parser(template=None, parser="harmony", tools=tools_for([]), think=None, prompt="").parser

    text = "".join(pieces)
    whole = parse(parser(), [text])
    assert whole == parse(parser(), list(text)) == parse(parser(), cut(text, places))
    rest = iter(text)
    assert all(sign in rest for part in whole if not isinstance(part, Called) for sign in part.text)
    if not any(mark in text for mark in ("<|message|>", "<|end|>", "<|call|>", "<|return|>")):
        assert "".join(part.text for part in whole if isinstance(part, Content)) == text
