"""Rules about parameters together, and about parameters and the model."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.language.lint.edits import remove
from olbuild.language.lint.facts import Facts
from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Example, Remark, rule
from olbuild.language.modelfile import Parameter
from olbuild.language.parameters import PARAMETERS

_MACHINE = ("num_gpu", "main_gpu", "num_thread", "num_batch", "use_mmap")
_SAMPLING = ("top_k", "top_p", "min_p", "typical_p")


def _last(subject: Subject, name: str) -> Parameter:
    """Return the parameter that counts; the file sets it."""
    return subject.parameters(name)[-1]


@rule(
    "OLB332",
    "duplicate-parameter",
    "warning",
    reason="Of several values of a parameter the last one counts (stop, which may be repeated, excepted).",
    triggers="FROM llama3.2:3b\nPARAMETER temperature 0.2\nPARAMETER temperature 0.7\n",
    passes="FROM llama3.2:3b\nPARAMETER temperature 0.7\n",
)
def duplicate_parameter(subject: Subject) -> Iterator[Remark]:
    """Find values that a later one takes the place of."""
    for stage in subject.stages:
        said = [each for each in stage.instructions if isinstance(each, Parameter)]
        last = {each.name: each for each in said}
        for each in said:
            if PARAMETERS.get(each.name, "texts") != "texts" and each is not last[each.name]:
                place = last[each.name].place.span
                line, _ = place.source.position(place.start)
                message = f"{each.name} has no effect here: line {line} sets it again"
                fix = remove(each.place.span, "the value without effect")
                yield Remark(span=each.place.span, message=message, hint="keep one of them", fix=fix)


@rule(
    "OLB333",
    "context-over-training",
    "warning",
    reason="Beyond the context that a model was trained for its answers fall apart, and memory is taken for nothing.",
    triggers=Example(data=b"FROM ./model.gguf\nPARAMETER num_ctx 32768\n", facts=Facts(context_length=2048)),
    passes=Example(data=b"FROM ./model.gguf\nPARAMETER num_ctx 2048\n", facts=Facts(context_length=2048)),
    needs_facts=True,
)
def context_over_training(subject: Subject) -> Iterator[Remark]:
    """Find a context that is larger than what the header of the model says."""
    asked, trained = subject.number("num_ctx"), subject.facts.context_length
    if asked is not None and trained is not None and asked > trained:
        message = f"the model was trained for {trained} tokens"
        hint = f"write {trained} or less"
        yield Remark(span=_last(subject, "num_ctx").place.value, message=message, hint=hint)


@rule(
    "OLB334",
    "greedy-with-sampling",
    "note",
    reason="With temperature 0 the most likely token always wins, so other sampling parameters have no effect.",
    triggers="FROM llama3.2:3b\nPARAMETER temperature 0\nPARAMETER top_p 0.5\n",
    passes="FROM llama3.2:3b\nPARAMETER temperature 0.7\nPARAMETER top_p 0.5\n",
)
def greedy_with_sampling(subject: Subject) -> Iterator[Remark]:
    """Find sampling parameters beside temperature 0."""
    if subject.number("temperature") != 0:
        return
    for name in _SAMPLING:
        if subject.number(name) is not None:
            message = f"{name} has no effect with temperature 0"
            yield Remark(
                span=_last(subject, name).place.span, message=message, hint="leave it out, or raise the temperature"
            )


@rule(
    "OLB335",
    "unbounded-answer",
    "note",
    reason="Without a limit a model that misses its stop goes on until the context is full, and all others wait.",
    triggers="FROM llama3.2:3b\nPARAMETER num_predict -1\n",
    passes="FROM llama3.2:3b\nPARAMETER num_predict 512\n",
)
def unbounded_answer(subject: Subject) -> Iterator[Remark]:
    """Find answers without a limit."""
    asked = subject.number("num_predict")
    if asked is not None and asked < 0:
        span = _last(subject, "num_predict").place.value
        yield Remark(span=span, message="an answer has no limit", hint="write how many tokens an answer may have")


@rule(
    "OLB336",
    "answer-over-context",
    "warning",
    reason="Prompt and answer share the context; an answer that is as long as the context never fits.",
    triggers="FROM llama3.2:3b\nPARAMETER num_ctx 2048\nPARAMETER num_predict 4096\n",
    passes="FROM llama3.2:3b\nPARAMETER num_ctx 8192\nPARAMETER num_predict 4096\n",
)
def answer_over_context(subject: Subject) -> Iterator[Remark]:
    """Find a limit of the answer that the context cannot hold."""
    asked, context = subject.number("num_predict"), subject.context
    if asked is not None and context is not None and asked >= context:
        message = f"the context has {context} tokens, for the prompt too"
        span = _last(subject, "num_predict").place.value
        yield Remark(span=span, message=message, hint="lower num_predict, or raise num_ctx")


@rule(
    "OLB337",
    "keep-over-context",
    "warning",
    reason="When the context is full, num_keep tokens of its beginning stay. If all do, there is no room to go on.",
    triggers="FROM llama3.2:3b\nPARAMETER num_ctx 2048\nPARAMETER num_keep 2048\n",
    passes="FROM llama3.2:3b\nPARAMETER num_ctx 2048\nPARAMETER num_keep 64\n",
)
def keep_over_context(subject: Subject) -> Iterator[Remark]:
    """Find a ``num_keep`` that keeps the whole context."""
    kept, context = subject.number("num_keep"), subject.context
    if kept is not None and context is not None and kept >= context:
        message = f"this keeps all {context} tokens of the context"
        yield Remark(span=_last(subject, "num_keep").place.value, message=message, hint="keep less")


@rule(
    "OLB338",
    "draft-parameter-without-draft",
    "note",
    reason="draft_num_predict says how far a draft model looks ahead, and this file names none.",
    triggers="FROM ./model.gguf\nPARAMETER draft_num_predict 8\n",
    passes="FROM ./model.gguf\nDRAFT ./draft.gguf\nPARAMETER draft_num_predict 8\n",
)
def draft_parameter_without_draft(subject: Subject) -> Iterator[Remark]:
    """Find ``draft_num_predict`` without DRAFT."""
    if not subject.settings.drafts and subject.number("draft_num_predict") is not None:
        span = _last(subject, "draft_num_predict").place.span
        yield Remark(span=span, message="there is no DRAFT", hint="add DRAFT, unless the base has one")


@rule(
    "OLB339",
    "machine-parameter",
    "note",
    reason="The parameter describes one machine, and the artifact travels to others.",
    triggers="FROM llama3.2:3b\nPARAMETER num_gpu 20\n",
    passes="FROM llama3.2:3b\nPARAMETER num_ctx 8192\n",
)
def machine_parameter(subject: Subject) -> Iterator[Remark]:
    """Find parameters about hardware."""
    for each in subject.all(Parameter):
        if each.name in _MACHINE:
            hint = "set it where the model runs"
            yield Remark(span=each.place.span, message=f"{each.name} is about one machine", hint=hint)


@rule(
    "OLB340",
    "hidden-greedy",
    "note",
    reason="With top_k 1 or top_p 0 one token is left to choose from: it is temperature 0, said in a roundabout way.",
    triggers="FROM llama3.2:3b\nPARAMETER temperature 0.7\nPARAMETER top_k 1\n",
    passes="FROM llama3.2:3b\nPARAMETER temperature 0\n",
)
def hidden_greedy(subject: Subject) -> Iterator[Remark]:
    """Find sampling parameters that leave no choice."""
    if subject.number("temperature") == 0:
        return
    for name, value in (("top_k", 1), ("top_p", 0)):
        if subject.number(name) == value:
            message = f"{name} {value} leaves one token to choose from"
            hint = "write temperature 0 if that is meant"
            yield Remark(span=_last(subject, name).place.span, message=message, hint=hint)


RULES = (
    duplicate_parameter,
    context_over_training,
    greedy_with_sampling,
    unbounded_answer,
    answer_over_context,
    keep_over_context,
    draft_parameter_without_draft,
    machine_parameter,
    hidden_greedy,
)
