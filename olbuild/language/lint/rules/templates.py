"""Rules about TEMPLATE. They read its text; whether it can be parsed, ``compiling`` says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from olbuild.language.lint.subject import Subject, within
from olbuild.language.lint.topic import Example, Remark, rule
from olbuild.language.modelfile import Template
from olbuild.language.modelfile.hints import shorten

_LOOP = "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
_CHATML = f'FROM llama3.2:3b\nTEMPLATE """{_LOOP}"""\n'
_LEGACY = 'FROM llama3.2:3b\nTEMPLATE "[INST] {{ .Prompt }} [/INST]{{ .Response }}"\n'
_JINJA = "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}{% endfor %}"
_JINJA_PROMPT = "{% if add_generation_prompt %}<|assistant|>{% endif %}"

# Go's field names, as Ollama compares them: without regard to case.
_MESSAGES, _PROMPT, _RESPONSE, _SYSTEM = (
    re.compile(rf"\.(?i:{name})\b") for name in ("messages", "prompt", "response", "system")
)
_CONTENT = re.compile(
    r"\{\{-?\s*\(?\s*(?:\$?\w*\.(?:Content|Prompt|System|Response)|message(?:\.content|\[['\"]content['\"]\]))"
    r"\s*\)?\s*(?:\|\s*trim\s*)?-?\}\}"
)
_WIDEST_HEADING = 40
_HEADING = re.compile(r"(?:^|\n)(?:#+ ?)?[A-Za-z][A-Za-z ]{1,20}:\s*\Z")


def _template(subject: Subject) -> tuple[Template, ...]:
    """Return the template that counts, if the file has one and it is not empty."""
    template = subject.settings.template
    return (template,) if template is not None and template.text else ()


def _is_jinja(template: Template) -> bool:
    from olbuild.language.template import template_language  # noqa: PLC0415 - most files have no template

    return template_language(template.text) == "jinja"


@rule(
    "OLB361",
    "template-without-messages",
    "warning",
    reason="The template prints nothing of the conversation, so that the model never sees a question.",
    triggers='FROM llama3.2:3b\nTEMPLATE "[INST] Hello [/INST]"\n',
    passes=_CHATML,
)
def template_without_messages(subject: Subject) -> Iterator[Remark]:
    """Find templates that mention neither messages nor the prompt."""
    for template in _template(subject):
        text = template.text
        found = "messages" in text if _is_jinja(template) else _MESSAGES.search(text) or _PROMPT.search(text)
        if not found:
            hint = "range over .Messages and print .Content, or print .Prompt"
            yield Remark(span=template.place.keyword, message="the template prints no message", hint=hint)


@rule(
    "OLB362",
    "template-without-response",
    "note",
    reason="Without .Response Ollama puts the answer at the very end, behind what closes the turn.",
    triggers='FROM llama3.2:3b\nTEMPLATE "[INST] {{ .Prompt }} [/INST]"\n',
    passes=_LEGACY,
)
def template_without_response(subject: Subject) -> Iterator[Remark]:
    """Find Go templates with ``.Prompt`` that say neither where the answer stands nor range over messages."""
    for template in _template(subject):
        text = template.text
        legacy = not _is_jinja(template) and _PROMPT.search(text) and not _MESSAGES.search(text)
        if legacy and not _RESPONSE.search(text):
            message, hint = "it is not said where the answer stands", "write {{ .Response }} where the answer stands"
            yield Remark(span=template.place.keyword, message=message, hint=hint)


@rule(
    "OLB363",
    "system-not-printed",
    "warning",
    reason="The template has no place for the system text, so that the model never sees it.",
    triggers=f"{_LEGACY}SYSTEM Be brief.\n",
    passes='FROM llama3.2:3b\nTEMPLATE "[INST] {{ .System }} {{ .Prompt }} [/INST]{{ .Response }}"\nSYSTEM Be brief.\n',
)
def system_not_printed(subject: Subject) -> Iterator[Remark]:
    """Find a SYSTEM beside a Go template that prints neither ``.System`` nor messages."""
    system = subject.settings.system
    if system is None or not system.text:
        return
    for template in _template(subject):
        text = template.text
        if not (_is_jinja(template) or _SYSTEM.search(text) or _MESSAGES.search(text)):
            hint = "print {{ .System }} in the template"
            yield Remark(span=system.place.keyword, message="the template does not print the system text", hint=hint)


@rule(
    "OLB364",
    "content-in-quotes",
    "warning",
    reason="A message stands between quotes that it can close itself: whoever writes it can add to the structure.",
    triggers='FROM llama3.2:3b\nTEMPLATE """{{ range .Messages }}{"text": "{{ .Content }}"}\n{{ end }}"""\n',
    passes='FROM llama3.2:3b\nTEMPLATE """{{ range .Messages }}{"text": {{ json .Content }}}\n{{ end }}"""\n',
)
def content_in_quotes(subject: Subject) -> Iterator[Remark]:
    """Find content that is printed as it is between double quotes."""
    for template in _template(subject):
        text = template.text
        hint = "print it with tojson" if _is_jinja(template) else "print it with json, which adds the quotes"
        for match in _CONTENT.finditer(text):
            if text[: match.start()].endswith('"') and text.startswith('"', match.end()):
                span = within(template, *match.span())
                yield Remark(span=span, message="a message can close the quotes around it", hint=hint)


@rule(
    "OLB365",
    "plain-turn-markers",
    "note",
    reason="What begins a turn is ordinary text, which a message can contain: whoever writes it can fake another turn.",
    triggers='FROM llama3.2:3b\nTEMPLATE "User: {{ .Prompt }} Assistant: {{ .Response }}"\n',
    passes=_CHATML,
)
def plain_turn_markers(subject: Subject) -> Iterator[Remark]:
    """Find content right behind a heading such as ``User:`` or ``### Instruction:``."""
    for template in _template(subject):
        for match in _CONTENT.finditer(template.text):
            heading = _HEADING.search(template.text, max(0, match.start() - _WIDEST_HEADING), match.start())
            if heading:
                message = f"a message that contains {shorten(heading[0].strip())} looks like another turn"
                hint = "use control tokens of the model, such as <|im_start|>, if it knows some"
                yield Remark(span=within(template, *match.span()), message=message, hint=hint)
                return


@rule(
    "OLB366",
    "jinja-in-ollama",
    "warning",
    reason="Ollama reads a TEMPLATE as Go, and refuses this one or prints it as text.",
    triggers=Example(data=f'FROM llama3.2:3b\nTEMPLATE "{_JINJA}{_JINJA_PROMPT}"\n'.encode(), dialect="ollama"),
    passes=Example(data=_CHATML.encode(), dialect="ollama"),
)
def jinja_in_ollama(subject: Subject) -> Iterator[Remark]:
    """Find a Jinja template in the dialect of Ollama."""
    for template in _template(subject):
        if subject.modelfile.dialect == "ollama" and _is_jinja(template):
            hint = "write it in Go, or leave it out if the weights bring it"
            yield Remark(span=template.place.keyword, message="the template is Jinja", hint=hint)


@rule(
    "OLB367",
    "template-and-renderer",
    "warning",
    reason="olbuild takes the TEMPLATE, Ollama the RENDERER: the same file makes two different models.",
    triggers=f"{_CHATML}RENDERER qwen3-coder\n",
    passes="FROM llama3.2:3b\nRENDERER qwen3-coder\n",
)
def template_and_renderer(subject: Subject) -> Iterator[Remark]:
    """Find TEMPLATE beside RENDERER."""
    renderer = subject.settings.renderer
    if renderer is not None and subject.settings.template is not None:
        yield Remark(span=renderer.place.span, message="there is a TEMPLATE, too", hint="keep one of them")


@rule(
    "OLB368",
    "no-generation-prompt",
    "note",
    reason="Without add_generation_prompt the prompt ends with the user's turn, and the model may go on writing that.",
    triggers=f'FROM llama3.2:3b\nTEMPLATE "{_JINJA}"\n',
    passes=f'FROM llama3.2:3b\nTEMPLATE "{_JINJA}{_JINJA_PROMPT}"\n',
)
def no_generation_prompt(subject: Subject) -> Iterator[Remark]:
    """Find Jinja templates that do not open the turn of the assistant."""
    for template in _template(subject):
        text = template.text
        if _is_jinja(template) and "messages" in text and "add_generation_prompt" not in text:
            hint = "add {% if add_generation_prompt %} and what begins an answer"
            yield Remark(span=template.place.keyword, message="the template never begins an answer", hint=hint)


RULES = (
    template_without_messages,
    template_without_response,
    system_not_printed,
    content_in_quotes,
    plain_turn_markers,
    jinja_in_ollama,
    template_and_renderer,
    no_generation_prompt,
)
