"""What parsing a TEMPLATE finds, with its place in the Modelfile."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from olbuild.core.errors import ModelfileError
from olbuild.core.records import replace
from olbuild.core.text import Diagnostic
from olbuild.language.lint.subject import within
from olbuild.language.lint.topic import Topic, example
from olbuild.language.modelfile import Settings

if TYPE_CHECKING:
    from olbuild.language.template import GoTemplate

_JINJA = "{% for m in messages %}{{ m.content }}{% endfor %}{% if add_generation_prompt %}<|a|>{% endif %}"

TOPICS = tuple(
    Topic(
        code=code,
        name=name,
        severity="warning" if code in {"OLB194", "OLB195"} else "error",
        reason=reason,
        triggers=example(f"FROM llama3.2:3b\nTEMPLATE {wrong}\n"),
        passes=example(f"FROM llama3.2:3b\nTEMPLATE {right}\n"),
    )
    for code, name, reason, wrong, right in (
        (
            "OLB150",
            "template-syntax",
            "A Go template holds something that does not stand there.",
            "{{ .Prompt + 1 }}{{ .Response }}",
            "{{ .Prompt }}{{ .Response }}",
        ),
        (
            "OLB151",
            "template-unclosed",
            "An action of a Go template, or a block of actions, begins and never ends.",
            "{{ if .System }}{{ .System }}{{ .Prompt }}{{ .Response }}",
            "{{ if .System }}{{ .System }}{{ end }}{{ .Prompt }}{{ .Response }}",
        ),
        (
            "OLB152",
            "template-unknown-function",
            "A Go template calls a function that does not exist. A field is written with a dot before it.",
            "{{ .Prompt | upper }}{{ .Response }}",
            "{{ .Prompt }}{{ .Response }}",
        ),
        (
            "OLB153",
            "template-undefined-variable",
            "A Go template uses a variable that no action around it declares.",
            "{{ $last }}{{ .Prompt }}{{ .Response }}",
            "{{ $last := .Prompt }}{{ $last }}{{ .Response }}",
        ),
        (
            "OLB154",
            "template-bad-literal",
            "A number, a character or a quoted text of a Go template cannot be read.",
            "{{ if eq 0x .Prompt }}{{ end }}{{ .Response }}",
            "{{ if eq 1 2 }}{{ end }}{{ .Prompt }}{{ .Response }}",
        ),
        (
            "OLB155",
            "template-misplaced",
            "A keyword of a Go template stands where it cannot, such as a break outside of a range.",
            "{{ .Prompt }}{{ break }}{{ .Response }}",
            "{{ .Prompt }}{{ .Response }}",
        ),
        (
            "OLB156",
            "template-bad-definition",
            "A Go template defines a part twice, or calls one without a value.",
            '{{ define "a" }}x{{ end }}{{ template "a" }}{{ .Prompt }}{{ .Response }}',
            '{{ define "a" }}x{{ end }}{{ template "a" . }}{{ .Prompt }}{{ .Response }}',
        ),
        (
            "OLB157",
            "template-too-deep",
            "A Go template is nested more deeply, or longer, than anybody writes one.",
            f"{{{{ {'(' * 200}1{')' * 200} }}}}{{{{ .Prompt }}}}{{{{ .Response }}}}",
            "{{ (1) }}{{ .Prompt }}{{ .Response }}",
        ),
        (
            "OLB190",
            "jinja-syntax",
            "A Jinja template holds something that does not stand there, or a block that never ends.",
            f"{_JINJA}{{% if tools %}}tools",
            f"{_JINJA}{{% if tools %}}tools{{% endif %}}",
        ),
        (
            "OLB191",
            "jinja-unsafe",
            "A Jinja template reaches for the Python behind a value, which every sandbox refuses.",
            f"{_JINJA}{{{{ messages.__class__ }}}}",
            f"{_JINJA}{{{{ messages|length }}}}",
        ),
        (
            "OLB192",
            "jinja-too-much",
            "A Jinja template is nested more deeply, or longer, than anybody writes one.",
            f"{_JINJA}{{{{ {'(' * 400}1{')' * 400} }}}}",
            f"{_JINJA}{{{{ (1) }}}}",
        ),
        (
            "OLB193",
            "jinja-unknown-filter",
            "A Jinja template uses a filter or a test that does not exist, so that it cannot even begin.",
            f"{_JINJA}{{{{ messages|shout }}}}",
            f"{_JINJA}{{{{ messages|length }}}}",
        ),
        (
            "OLB194",
            "jinja-refused",
            "A Jinja template fails when it comes to this: a change of a message, or something too large.",
            f"{_JINJA}{{% set first = messages.pop(0) %}}",
            f"{_JINJA}{{% set first = messages[0] %}}",
        ),
        (
            "OLB195",
            "jinja-undefined",
            "A Jinja template uses a variable that neither Hugging Face's nor llama.cpp's runtime gives to it.",
            f"{_JINJA}{{{{ prompt }}}}",
            f"{_JINJA}{{{{ prompt|default('') }}}}",
        ),
    )
)


_HINT = "Go's text/template says what an action may be"


def flaws(settings: Settings) -> tuple[Diagnostic, ...]:
    """Return what keeps the TEMPLATE that counts from being read, and for one in Jinja what is doubtful about it."""
    template = settings.template
    if template is None or not template.text:
        return ()
    return tuple(
        replace(each, span=within(template, each.span.start, each.span.end), hint=each.hint or _HINT)
        for each in _found(template.text)
    )


def _found(text: str) -> tuple[Diagnostic, ...]:
    from olbuild.language.template import template_language  # noqa: PLC0415 - most files have none

    if template_language(text) == "jinja":
        from olbuild.language.template.jinja.check import check_jinja  # noqa: PLC0415 - loads jinja2, for few

        return check_jinja(text)
    parsed = read_go(text)
    return parsed.diagnostics if isinstance(parsed, ModelfileError) else ()


@lru_cache(maxsize=1)
def read_go(text: str) -> GoTemplate | ModelfileError:
    """Parse a Go template, or say why not; the rules ask again for the one that was parsed last."""
    from olbuild.language.template import parse_template  # noqa: PLC0415 - loads lark's tables

    try:
        return parse_template(text)
    except ModelfileError as error:
        return error
