"""Spans."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from olbuild.core.errors import EngineError, UsageError
from olbuild.serving.server.telemetry.otlp import OtlpTracer
from olbuild.serving.server.telemetry.tracing import Attributes
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served, served

HI = {"model": "smol", "messages": [{"role": "user", "content": "Hi there you"}], "stream": False}


@dataclass
class Span:
    """A span that keeps what it is told."""

    name: str
    said: dict[str, object] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def set(self, attributes: Attributes) -> None:
        self.said.update(attributes)

    def end(self, error: str = "") -> None:
        self.errors.append(error)


@dataclass
class Tracer:
    """Keeps its spans."""

    spans: list[Span] = field(default_factory=list)
    parents: list[str | None] = field(default_factory=list)

    @contextmanager
    def request(self, name: str, headers: Mapping[str, str], attributes: Attributes) -> Iterator[Span]:
        self.parents.append(headers.get("traceparent"))
        span = self.begin(name, attributes)
        yield span
        span.end()

    def begin(self, name: str, attributes: Attributes) -> Span:
        self.spans.append(Span(name, dict(attributes)))
        return self.spans[-1]

    def close(self) -> None:
        pass


@pytest.fixture
def tracer() -> Tracer:
    """Return a tracer that keeps its spans."""
    return Tracer()


@pytest.fixture
def server(home: Path, manager: EchoManager, tracer: Tracer) -> Iterator[Served]:
    """Serve with it."""
    with served(home, manager, tracer=tracer) as running:
        yield running


def test_a_request_and_the_answer_of_the_model(server: Served, tracer: Tracer) -> None:
    server.ask("POST", "/v1/chat/completions", HI, {"traceparent": "00-abc"})
    outer, inner = tracer.spans
    assert (outer.name, tracer.parents) == ("POST /v1/chat/completions", ["00-abc"])
    assert outer.said["http.response.status_code"] == 200
    assert inner.name == "chat smol:latest"
    assert inner.said == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "olbuild",
        "gen_ai.request.model": "smol:latest",
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.cache_read.input_tokens": 3,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.response.finish_reasons": ("stop",),
    }
    assert inner.errors == [""]


def test_an_error_is_in_its_span(server: Served, manager: EchoManager, tracer: Tracer) -> None:
    manager.failure = EngineError("it broke")
    server.ask("POST", "/api/chat", HI)
    assert tracer.spans[1].errors == ["EngineError"]


def test_without_opentelemetry_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.propagate", None)
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry", None)
    with pytest.raises(UsageError) as caught:
        OtlpTracer("http://127.0.0.1:1", "0")
    assert "olbuild[server,telemetry]" in str(caught.value.hint)
