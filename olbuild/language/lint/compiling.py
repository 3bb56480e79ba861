"""What parsing a TEMPLATE finds, with its place in the Modelfile."""

from __future__ import annotations

from dataclasses import replace

from olbuild.core.errors import ModelfileError
from olbuild.core.text import Diagnostic
from olbuild.language.lint.subject import within
from olbuild.language.lint.topic import Topic, example
from olbuild.language.modelfile import Settings

TOPICS = tuple(
    Topic(
        code=code,
        name=name,
        severity="error",
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
    )
)


_HINT = "Go's text/template says what an action may be"


def flaws(settings: Settings) -> tuple[Diagnostic, ...]:
    """Return what keeps the TEMPLATE that counts from being parsed, if it is a Go template."""
    template = settings.template
    if template is None or not template.text:
        return ()
    from olbuild.language.template import parse_template, template_language  # noqa: PLC0415 - most files have none

    if template_language(template.text) != "go":
        return ()
    try:
        parse_template(template.text)
    except ModelfileError as error:
        return tuple(
            replace(each, span=within(template, each.span.start, each.span.end), hint=each.hint or _HINT)
            for each in error.diagnostics
        )
    return ()
