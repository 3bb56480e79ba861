"""``POST /infill``: code between code, as editors ask llama.cpp's server (llama.vim, llama.vscode)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from olbuild.core.errors import UsageError
from olbuild.running.requests import Complete, Delta, Done
from olbuild.serving.wire.openai.sampling import Options


class Extra(msgspec.Struct, kw_only=True):
    """A piece of another file, which stands before the prefix."""

    text: str
    filename: str | None = None


class InfillRequest(msgspec.Struct, kw_only=True):
    """A request. ``model`` is no part of that API; without it the model that is loaded is meant, if only one is."""

    model: str | None = None
    input_prefix: str | None = None
    input_suffix: str | None = None
    input_extra: list[Extra] | None = None
    prompt: str | None = None
    n_predict: int | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    seed: int | None = None
    stop: list[str] | None = None
    stream: bool | None = None


class InfillPart(msgspec.Struct, kw_only=True):
    """A part of an answer, or all of it; what stands last says how it ended."""

    content: str
    stop: bool
    index: int = 0
    model: str | UnsetType = UNSET
    tokens_predicted: int | UnsetType = UNSET
    tokens_evaluated: int | UnsetType = UNSET
    tokens_cached: int | UnsetType = UNSET
    stop_type: str | UnsetType = UNSET
    stopping_word: str | UnsetType = UNSET
    truncated: bool | UnsetType = UNSET


def as_complete(asked: InfillRequest) -> Complete:
    """Return what is asked. What is in ``prompt`` stands behind the prefix.

    Raises:
        UsageError: if there is neither prefix nor suffix.
    """
    if asked.input_prefix is None and asked.input_suffix is None:
        raise UsageError("$.input_prefix and $.input_suffix are missing")
    before = "".join(f"--- {extra.filename or 'snippet'} ---\n\n{extra.text}\n\n" for extra in asked.input_extra or ())
    given: Options = {
        "num_predict": asked.n_predict,
        "temperature": asked.temperature,
        "top_k": asked.top_k,
        "top_p": asked.top_p,
        "min_p": asked.min_p,
        "seed": asked.seed,
        "stop": tuple(asked.stop) if asked.stop else None,
    }
    return Complete(
        prompt=before + (asked.input_prefix or "") + (asked.prompt or ""),
        suffix=asked.input_suffix or "\n",  # a template that fills in needs something behind the place
        options={name: value for name, value in given.items() if value is not None},
    )


def parts(model: str, event: Delta | Done, before: str = "") -> Iterator[InfillPart]:
    """Yield what an event becomes; ``before`` is what the last part has of the answer (all of it, if not a stream)."""
    match event:
        case Delta(content=content):
            if content:
                yield InfillPart(content=content, stop=False)
        case Done(finish=finish, stop=stop):
            kind = "limit" if finish != "stop" else "word" if stop else "eos"
            yield InfillPart(
                content=before,
                stop=True,
                model=model,
                tokens_predicted=event.tokens,
                tokens_evaluated=event.prompt_tokens,
                tokens_cached=event.cached_tokens,
                stop_type=kind,
                stopping_word=stop or "",
                truncated=False,
            )
