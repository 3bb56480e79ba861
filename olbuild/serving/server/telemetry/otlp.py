"""Traces by OpenTelemetry, sent by OTLP over HTTP. It needs the extra ``telemetry``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any

from olbuild.core.errors import UsageError
from olbuild.serving.server.telemetry.tracing import Attributes, Span


class OtlpTracer:
    """Makes spans, and sends them in a thread of its own."""

    def __init__(self, endpoint: str, version: str, *, patience: float = 5.0) -> None:
        """Send to an endpoint, such as ``http://127.0.0.1:4318/v1/traces``.

        Args:
            endpoint: the address.
            version: of this server.
            patience: seconds that ``close`` takes at most.

        Raises:
            UsageError: if OpenTelemetry is missing.
        """
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
                OTLPSpanExporter,
            )
            from opentelemetry.propagate import extract  # noqa: PLC0415
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
            from opentelemetry.trace import SpanKind, use_span  # noqa: PLC0415
        except ImportError as error:
            raise UsageError(
                f"traces need {error.name}", hint="install it with: pip install 'olbuild[server,telemetry]'"
            ) from None
        resource = Resource.create({"service.name": "olbuild", "service.version": version})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
        self._tracer = self._provider.get_tracer("olbuild", version)
        self._patience = patience
        self._extract, self._use, self._kind = extract, use_span, SpanKind

    @contextmanager
    def request(self, name: str, headers: Mapping[str, str], attributes: Attributes) -> Iterator[Span]:
        """Begin the span of a request."""
        parent = self._extract(dict(headers))
        made = self._tracer.start_span(name, context=parent, kind=self._kind.SERVER, attributes=dict(attributes))
        span = _Span(made)
        try:
            with self._use(made, end_on_exit=False, record_exception=False, set_status_on_exception=False):
                yield span
        finally:
            span.end()

    def begin(self, name: str, attributes: Attributes) -> Span:
        """Begin a span within that of the request."""
        return _Span(self._tracer.start_span(name, attributes=dict(attributes)))

    def close(self) -> None:
        """Send what has not been sent yet, unless the collector takes too long: it holds up no end."""
        ending = Thread(target=self._provider.shutdown, name="end of traces", daemon=True)
        ending.start()
        ending.join(self._patience)


class _Span:
    """A span of OpenTelemetry."""

    def __init__(self, span: Any) -> None:  # noqa: ANN401 - of an extra
        self._span = span
        self._ended = False

    def set(self, attributes: Attributes) -> None:
        self._span.set_attributes(dict(attributes))

    def end(self, error: str = "") -> None:
        if self._ended:
            return
        self._ended = True
        if error:
            from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - an extra

            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()
