"""``POST /v1/completions``: what is asked.

As in Ollama, a prompt goes through the template of the model. One of tokens does not.
"""

from __future__ import annotations

from olbuild.core.errors import UsageError
from olbuild.running.requests import Complete
from olbuild.serving.wire.openai.asked import Asked
from olbuild.serving.wire.openai.sampling import options

_MOST_PROMPTS = 64
_MOST_LOGPROBS = 20


class CompletionRequest(Asked, kw_only=True):
    """A request: one prompt, several, or either in tokens."""

    prompt: str | list[str | int | list[int]] | None = None
    suffix: str | None = None
    best_of: int | None = None
    echo: bool | None = None
    logprobs: int | None = None


def as_completes(asked: CompletionRequest) -> tuple[Complete, ...]:
    """Return what is asked, for each prompt; nothing asks for the model only.

    Raises:
        UsageError: if it is impossible, or not supported.
    """
    if asked.best_of is not None and asked.best_of != asked.answers:
        raise UsageError("best_of is not supported", hint="ask for n answers, and choose one")
    if asked.logprobs is not None and not 0 <= asked.logprobs <= _MOST_LOGPROBS:
        raise UsageError(f"logprobs must be between 0 and {_MOST_LOGPROBS}")
    if asked.echo and asked.logprobs is not None:
        raise UsageError("echo with logprobs is not supported", hint="log-probabilities are known of the answer only")
    if isinstance(asked.stop, list) and not all(isinstance(text, str) for text in asked.stop):
        raise UsageError("invalid type for 'stop' field: it is a text or a list of texts")
    prompts = _prompts(asked.prompt)
    if len(prompts) * asked.answers > _MOST_PROMPTS:
        raise UsageError(f"these are {len(prompts) * asked.answers} answers, and there can be {_MOST_PROMPTS}")
    chosen = options(asked)
    return tuple(
        Complete(
            prompt=prompt if isinstance(prompt, str) else "",
            context=() if isinstance(prompt, str) else prompt,
            raw=not isinstance(prompt, str),
            suffix=asked.suffix or "",
            options=chosen,
            logprobs=asked.logprobs,
        )
        for prompt in prompts
    )


def _prompts(given: str | list[str | int | list[int]] | None) -> tuple[str | tuple[int, ...], ...]:
    if given is None or given in ("", []):
        return ()
    if isinstance(given, str):
        return (given,)
    tokens = tuple(each for each in given if isinstance(each, int))
    if len(tokens) == len(given):
        return (tokens,)
    if tokens or any(not each for each in given):
        raise UsageError("$.prompt is a text, a list of texts, or tokens, and none may be empty")
    return tuple(each if isinstance(each, str) else tuple(each) for each in given)  # type: ignore[arg-type]
