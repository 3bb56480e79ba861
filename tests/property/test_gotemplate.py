"""Laws of Go templates: nothing crashes the reader or the renderer, and the portable Jinja means the same."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from olbuild.core.errors import OlbuildError
from olbuild.language.template import (
    TemplateFailure,
    TemplateFlaw,
    compile_template,
    explain_go,
    parse_template,
    render_go,
)
from olbuild.testing.conformance.portable import hugging_face, same
from tests.property import gotemplates

DAY = date(2026, 3, 1)


@settings(max_examples=400)
@given(st.one_of(gotemplates.soup, st.text(max_size=40), st.text("{}-/*$. :=|()\"'`\\if end\n", max_size=40)))
def test_any_text_is_a_template_or_a_flaw_with_a_place(text: str) -> None:
    try:
        template = parse_template(text)
    except TemplateFlaw as error:
        (diagnostic,) = error.diagnostics
        assert diagnostic.render()
        assert 0 <= diagnostic.span.start <= diagnostic.span.end
        return
    compile_template(template)
    failure: TemplateFailure | None = None
    try:
        render_go(template, [{"role": "user", "content": "hi"}], today=DAY)
    except TemplateFailure as error:
        failure = error
    assert failure is None or failure.diagnostics[0].render()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(gotemplates.templates, gotemplates.messages, gotemplates.tools, st.sampled_from([None, False, True, "high"]))
def test_the_portable_jinja_means_the_same(
    text: str,
    messages: list[dict[str, Any]],
    tools: list[dict[str, Any]] | None,
    think: bool | str | None,  # noqa: FBT001
) -> None:
    compiled = compile_template(text)
    assume(compiled.portable)
    try:
        exact = render_go(parse_template(text), messages, today=DAY, tools=tools, think=think)
    except OlbuildError:
        return  # what fails in Go may be any text in Jinja, which has no types
    variables = {"messages": messages, "tools": tools, "enable_thinking": think}
    for blocks in (True, False):
        assert same(hugging_face(blocks=blocks).from_string(compiled.jinja).render(**variables), exact)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(gotemplates.templates, gotemplates.messages, gotemplates.tools, st.sampled_from([None, False, True, "high"]))
def test_the_parts_are_the_whole(
    text: str,
    messages: list[dict[str, Any]],
    tools: list[dict[str, Any]] | None,
    think: bool | str | None,  # noqa: FBT001
) -> None:
    template = parse_template(text)
    try:
        exact = render_go(template, messages, today=DAY, tools=tools, think=think)
    except OlbuildError as error:
        with pytest.raises(type(error)):
            explain_go(template, messages, today=DAY, tools=tools, think=think)
        return
    parts = explain_go(template, messages, today=DAY, tools=tools, think=think)
    assert "".join(part.text for part in parts) == exact
    for part in parts:
        assert part.text
        line = template.source.line(part.line)
        assert part.kind == "text" or part.kind.startswith(line[part.column - 1 :][:1] or ".Response")


@settings(max_examples=25)
@given(gotemplates.templates)
def test_compiling_is_deterministic(text: str) -> None:
    assert compile_template(text) == compile_template(text)
