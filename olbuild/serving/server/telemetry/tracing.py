"""Traces: one span for each request of HTTP, and within it one for each answer of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeAlias

Attributes: TypeAlias = Mapping[str, str | int | float | tuple[str, ...]]


class Span(Protocol):
    """A piece of work with a beginning and an end."""

    def set(self, attributes: Attributes) -> None:
        """Say more about it."""
        ...

    def end(self, error: str = "") -> None:
        """End it, with the class of an error, if with one."""
        ...


class Tracer(Protocol):
    """Makes spans."""

    def request(self, name: str, headers: Mapping[str, str], attributes: Attributes) -> AbstractContextManager[Span]:
        """Begin a span, which ends with the context; within it, other spans belong to it.

        ``headers`` may say to which trace of the client it belongs (W3C Trace Context, ``traceparent``).
        """
        ...

    def begin(self, name: str, attributes: Attributes) -> Span:
        """Begin a span that belongs to that of the request."""
        ...

    def close(self) -> None:
        """Send what has not been sent yet."""
        ...


class NoSpan:
    """Nothing."""

    def set(self, attributes: Attributes) -> None:
        """Do nothing."""

    def end(self, error: str = "") -> None:
        """Do nothing."""


class NoTracer:
    """Makes no spans."""

    @contextmanager
    def request(self, name: str, headers: Mapping[str, str], attributes: Attributes) -> Iterator[Span]:  # noqa: ARG002 - a Tracer's
        """Begin nothing."""
        yield NoSpan()

    def begin(self, name: str, attributes: Attributes) -> Span:  # noqa: ARG002 - a Tracer's
        """Begin nothing."""
        return NoSpan()

    def close(self) -> None:
        """Do nothing."""
