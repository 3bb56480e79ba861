"""Whether a Go template becomes Jinja that every runtime can render."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.errors import ModelfileError
from olbuild.language.lint.compiling import read_go
from olbuild.language.lint.subject import Subject, within
from olbuild.language.lint.topic import Remark, rule

_MESSAGES = "{{ range .Messages }}<|{{ .Role }}|>%s{{ end }}<|assistant|>"


@rule(
    "OLB370",
    "template-not-portable",
    "note",
    reason="Plain Jinja has nothing for a construct of this Go template: only olbuild and Ollama can render it.",
    triggers="FROM llama3.2:3b\nTEMPLATE " + _MESSAGES % '{{ printf "%q" .Content }}' + "\n",
    passes="FROM llama3.2:3b\nTEMPLATE " + _MESSAGES % "{{ json .Content }}" + "\n",
)
def template_not_portable(subject: Subject) -> Iterator[Remark]:
    """Find the construct that keeps a Go template from being compiled to portable Jinja."""
    template = subject.settings.template
    if template is None or "{{" not in template.text:
        return
    from olbuild.language.template import compile_template, template_language  # noqa: PLC0415 - most files have none

    if template_language(template.text) != "go":
        return
    parsed = read_go(template.text)
    if isinstance(parsed, ModelfileError):
        return  # which is said elsewhere
    for reason in compile_template(parsed).reasons:
        yield Remark(
            span=within(template, reason.span.start, reason.span.end),
            message=f"the template is not portable, because of {reason.construct}",
            hint="write it in another way, if the artifact shall run elsewhere too",
        )


RULES = (template_not_portable,)
