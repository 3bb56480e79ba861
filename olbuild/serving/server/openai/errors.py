"""Errors as the OpenAI API has them."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.serving.server.errors import Failure
from olbuild.serving.wire.events import event
from olbuild.serving.wire.openai.errors import error_answer


def shape(failure: Failure) -> object:
    """Return an error."""
    return error_answer(failure.status, failure.message)


def trouble(failure: Failure) -> Iterator[bytes]:
    """Yield the end of a stream that failed: clients raise on a part that has an error."""
    yield event(shape(failure))
