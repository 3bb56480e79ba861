"""How many tokens an answer took."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from olbuild.running.requests import Done


class Usage(msgspec.Struct, kw_only=True):
    """Tokens read and written."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


def usage(prompts: Iterable[Iterable[Done]]) -> Usage:
    """Return what prompts took, each with its answers; a prompt counts once however many answers it got."""
    read = written = 0
    for answers in prompts:
        ends = list(answers)
        read += max((end.prompt_tokens for end in ends), default=0)
        written += sum(end.tokens for end in ends)
    return Usage(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)
