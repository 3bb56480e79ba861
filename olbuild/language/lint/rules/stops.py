"""Rules about ``PARAMETER stop``."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.language.lint.edits import remove
from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Remark, rule
from olbuild.language.modelfile.hints import shorten

_CHATML = (
    '"""{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"""'
)


@rule(
    "OLB351",
    "stop-with-blanks",
    "warning",
    reason="A blank at the edge of a stop is mostly part of the token before or behind it, so that it never matches.",
    triggers='FROM llama3.2:3b\nPARAMETER stop "User: "\n',
    passes="FROM llama3.2:3b\nPARAMETER stop User:\n",
)
def stop_with_blanks(subject: Subject) -> Iterator[Remark]:
    """Find stops with blanks around something else."""
    for each in subject.stops():
        text = each.value
        if text.strip() and text.strip(" \t") != text:
            message = f"the stop {shorten(text.strip())} has blanks around it"
            yield Remark(span=each.place.value, message=message, hint="leave them out")


@rule(
    "OLB352",
    "stop-never-printed",
    "note",
    reason="The template does not print the stop, so the model has no reason to: it may belong to another family.",
    triggers=f"FROM llama3.2:3b\nTEMPLATE {_CHATML}\nPARAMETER stop <|eot_id|>\n",
    passes=f"FROM llama3.2:3b\nTEMPLATE {_CHATML}\nPARAMETER stop <|im_end|>\n",
)
def stop_never_printed(subject: Subject) -> Iterator[Remark]:
    """Find stops that look like control tokens, and are neither in the template nor in the vocabulary."""
    template, tokens = subject.settings.template, subject.facts.tokens
    if template is None:
        return
    for each in subject.stops():
        text = each.value.strip()
        if not _is_control(text) or text in template.text or (tokens is not None and text in tokens):
            continue
        where = "the template" if tokens is None else "the template and the vocabulary"
        message = f"{shorten(text)} is not in {where}"
        yield Remark(span=each.place.value, message=message, hint="is it the stop of another family?")


def _is_control(text: str) -> bool:
    return text.startswith(("<", "[")) and text.endswith((">", "]"))


@rule(
    "OLB353",
    "empty-stop",
    "warning",
    reason="Every answer contains the empty text: some engines stop at once, others ignore it.",
    triggers='FROM llama3.2:3b\nPARAMETER stop ""\n',
    passes="FROM llama3.2:3b\nPARAMETER stop User:\n",
)
def empty_stop(subject: Subject) -> Iterator[Remark]:
    """Find empty stops."""
    for each in subject.stops():
        if not each.value:
            fix = remove(each.place.span, "the empty stop")
            yield Remark(span=each.place.span, message="the stop is empty", hint="remove it", fix=fix)


@rule(
    "OLB354",
    "duplicate-stop",
    "note",
    reason="Saying a stop twice changes nothing but the digest.",
    triggers="FROM llama3.2:3b\nPARAMETER stop User:\nPARAMETER stop User:\n",
    passes="FROM llama3.2:3b\nPARAMETER stop User:\nPARAMETER stop Assistant:\n",
)
def duplicate_stop(subject: Subject) -> Iterator[Remark]:
    """Find stops that were said before."""
    said: set[str] = set()
    for each in subject.stops():
        if each.value in said:
            fix = remove(each.place.span, "the repeated stop")
            message = f"the stop {shorten(each.value)} was said before"
            yield Remark(span=each.place.span, message=message, hint="remove it", fix=fix)
        said.add(each.value)


@rule(
    "OLB355",
    "stop-in-answer",
    "warning",
    reason="An answer given as an example contains the stop: an answer like it would be cut there.",
    triggers="FROM llama3.2:3b\nPARAMETER stop ###\nMESSAGE user Hi\nMESSAGE assistant ### Welcome\n",
    passes="FROM llama3.2:3b\nPARAMETER stop ###\nMESSAGE user Hi\nMESSAGE assistant Welcome\n",
)
def stop_in_answer(subject: Subject) -> Iterator[Remark]:
    """Find example answers that contain a stop."""
    for message in subject.settings.messages:
        for each in subject.stops() if message.role == "assistant" and message.content else ():
            if each.value and each.value in (message.content or ""):
                text = f"the answer contains the stop {shorten(each.value)}"
                yield Remark(span=message.place.value, message=text, hint="change the one or the other")
                break


@rule(
    "OLB356",
    "covered-stop",
    "note",
    reason="A stop that contains another one is never reached: the shorter one stops the answer first.",
    triggers="FROM llama3.2:3b\nPARAMETER stop ### Response\nPARAMETER stop ### Response:\n",
    passes="FROM llama3.2:3b\nPARAMETER stop ### Response\n",
)
def covered_stop(subject: Subject) -> Iterator[Remark]:
    """Find stops that contain another stop."""
    texts = {each.value for each in subject.stops() if each.value}
    for each in subject.stops():
        shorter = min((text for text in texts if text in each.value and text != each.value), key=len, default=None)
        if shorter is not None:
            message = f"{shorten(shorter)} stops the answer before {shorten(each.value)} does"
            yield Remark(span=each.place.value, message=message, hint="keep the shorter one")


RULES = (stop_with_blanks, stop_never_printed, empty_stop, duplicate_stop, stop_in_answer, covered_stop)
