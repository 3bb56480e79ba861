"""Laws of the formatter: the meaning stays, once is enough, comments and texts come through byte for byte."""

import base64
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from olbuild.core.errors import ModelfileError
from olbuild.core.text import Source
from olbuild.language.lint import lint
from olbuild.language.modelfile import Dialect, Modelfile, command, parse
from olbuild.language.modelfile.format import format_modelfile, layout
from olbuild.language.modelfile.lines import lines
from olbuild.language.modelfile.nodes import CommentNode, InstructionNode
from olbuild.language.modelfile.visible import visible
from tests.property.modelfile_machine import Machine, tokens
from tests.tools import ROOT

DIALECTS: tuple[Dialect, ...] = ("olbuild", "ollama")

soup = st.lists(st.sampled_from(sorted(set(tokens()))), max_size=14).map("".join)
values = st.text('ab"# \t\r\n-\u200b\ufeff\u00a0', max_size=12)
names = ("FROM", "SYSTEM", "PARAMETER stop", "PARAMETER top_k", "MESSAGE user", "LICENSE", "REQUIRES", "RENDERER")
written = st.builds(
    lambda name, before, quote, value, after: f"{name} {before}{quote}{value}{quote}{after}\n",
    st.sampled_from(names),
    st.sampled_from(["", " ", "\t "]),
    st.sampled_from(["", '"', '"""']),
    values,
    st.sampled_from(["", " ", "\t", "\r"]),
)
comments = st.text("#a \t\u200b", max_size=5).map(lambda text: f" #{text}\n\n")
modelfiles = st.lists(written | comments, max_size=5).map(lambda parts: "FROM x\n" + "".join(parts))


def _parsed(text: str, dialect: Dialect = "ollama") -> Modelfile | None:
    try:
        return parse(text, dialect=dialect)
    except ModelfileError:
        return None


def _comments(source: Source) -> list[str]:
    found = lines(source, visible(source.text), "ollama")
    return [source.text[node.extent.start : node.extent.end] for node in found if isinstance(node, CommentNode)]


def _texts(source: Source) -> list[str]:
    """Return each value as it stands in the file: without its quotes, or with all if something in it is unseen."""
    seen = visible(source.text)
    found = [node for node in lines(source, seen, "ollama") if isinstance(node, InstructionNode)]
    raw = [source.text[node.extent.body : node.extent.end].strip(" \t") for node in found]
    return [text if visible(text).dropped else node.value.text for node, text in zip(found, raw, strict=True)]


def _holds(text: str) -> None:
    modelfile = _parsed(text)
    if modelfile is None:
        return
    formatted = layout(modelfile.source, "ollama")
    again = _parsed(formatted)
    assert again is not None
    assert again.instructions == modelfile.instructions
    assert [command(each) for each in modelfile.instructions] == Machine().run(formatted)
    assert parse(formatted, dialect="olbuild").instructions == modelfile.instructions
    assert layout(Source("again", formatted), "ollama") == formatted
    assert [each.rstrip(" \t") for each in _comments(modelfile.source)] == _comments(again.source)
    assert _texts(modelfile.source) == _texts(again.source)
    assert formatted.endswith("\n")
    assert not formatted.startswith(("\n", " ", "\ufeff"))


@settings(max_examples=500)
@given(soup.map(lambda text: "FROM x\n" + text))
@example('FROM x\nSYSTEM """"\n"""')
@example('FROM x\nSYSTEM """a "b""""')
@example("\u200bFROM x\n \u200b SYSTEM  \u200b\n")
def test_the_laws_hold_for_any_text(text: str) -> None:
    _holds(text)


@settings(max_examples=500)
@given(modelfiles)
def test_the_laws_hold_for_any_value(text: str) -> None:
    _holds(text)


def test_the_laws_hold_for_what_ollama_reads() -> None:
    for line in (ROOT / "tests" / "golden" / "modelfiles.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        if case["ollama"]["ok"]:
            data = base64.b64decode(case["b64"])
            try:
                formatted = format_modelfile(data, dialect="ollama")
            except ModelfileError:
                continue
            assert [list(pair) for pair in Machine().run(formatted)] == case["ollama"]["commands"]
            assert format_modelfile(formatted, dialect="ollama") == formatted


@settings(max_examples=200)
@given(soup.map(lambda text: "FROM x\n" + text))
def test_the_linter_has_nothing_to_say_about_how_the_form_is_written(text: str) -> None:
    modelfile = _parsed(text)
    if modelfile is not None:
        found = {finding.code for finding in lint(layout(modelfile.source, "ollama").encode())}
        assert found & {"OLB301", "OLB302", "OLB304", "OLB306", "OLB307"} == set()
