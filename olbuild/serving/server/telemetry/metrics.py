"""Metrics for Prometheus.

Names and labels are those of OpenTelemetry's conventions for generative AI where they have one
(``gen_ai.server.request.duration`` is ``gen_ai_server_request_duration_seconds`` here), else they begin with
``olbuild_``. The labels are few: a model counts by its name in the store, and beyond so many names all are one.
"""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector

from olbuild.running.manager.port import Running
from olbuild.running.requests import Done

MEDIA_TYPE = CONTENT_TYPE_LATEST
OTHER = "other"
PROVIDER = "olbuild"
"""Who answers, where the conventions ask for a name."""

_MOST_MODELS = 100
_DURATIONS = tuple(0.01 * 2**power for power in range(14))
_EACH_TOKEN = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
_TOKENS = tuple(4**power for power in range(14))
_WORK = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model")


class Metrics:
    """All metrics of one server, in a registry of their own."""

    def __init__(self) -> None:
        """Begin with zeros."""
        self._registry = registry = CollectorRegistry()
        self._models: set[str] = set()
        ProcessCollector(registry=registry)
        self._requests = Histogram(
            "gen_ai_server_request_duration_seconds",
            "Time that a model took to answer, loading it included.",
            (*_WORK, "error_type"),
            buckets=_DURATIONS,
            registry=registry,
        )
        self._first = Histogram(
            "gen_ai_server_time_to_first_token_seconds",
            "Time until the first part of an answer.",
            _WORK,
            buckets=_DURATIONS,
            registry=registry,
        )
        self._each = Histogram(
            "gen_ai_server_time_per_output_token_seconds",
            "Mean time for each token behind the first.",
            _WORK,
            buckets=_EACH_TOKEN,
            registry=registry,
        )
        self._usage = Histogram(
            "gen_ai_client_token_usage",
            "Tokens of a request, by kind: input or output.",
            (*_WORK, "gen_ai_token_type"),
            buckets=_TOKENS,
            registry=registry,
        )
        model = ("gen_ai_request_model",)
        self._prompt = Counter("olbuild_prompt_tokens", "Tokens of prompts.", model, registry=registry)
        self._cached = Counter(
            "olbuild_cached_prompt_tokens", "Tokens of prompts that were not evaluated again.", model, registry=registry
        )
        self._generated = Counter("olbuild_generated_tokens", "Tokens that were generated.", model, registry=registry)
        self._cancelled = Counter(
            "olbuild_cancellations", "Answers that nobody waited for any longer.", model, registry=registry
        )
        self.waiting = Gauge("olbuild_requests_waiting", "Requests that have no answer yet.", registry=registry)
        self.running = Gauge("olbuild_requests_running", "Requests that are being answered.", registry=registry)
        self._cache = Gauge(
            "olbuild_kv_cache_usage_ratio", "How full the fullest cache of a loaded model is.", registry=registry
        )
        self._loaded = Gauge("olbuild_models_loaded", "Models that are loaded.", registry=registry)
        self._memory = Gauge("olbuild_models_memory_bytes", "Memory of loaded models.", ("device",), registry=registry)
        self._http = Counter(
            "olbuild_http_requests", "Requests of HTTP.", ("method", "path", "status"), registry=registry
        )

    def http(self, method: str, path: str, status: int) -> None:
        """Count a request of HTTP; method and path are of those that the server knows."""
        self._http.labels(method, path, str(status)).inc()

    def first(self, operation: str, model: str, seconds: float) -> None:
        """Note when the first part of an answer came."""
        self._first.labels(operation, PROVIDER, self._known(model)).observe(seconds)

    def ended(self, operation: str, model: str, seconds: float, error: str = "") -> None:
        """Note that an answer ended, and with which class of error, if with one."""
        self._requests.labels(operation, PROVIDER, self._known(model), error).observe(seconds)

    def done(self, operation: str, model: str, done: Done) -> None:
        """Note what an answer took."""
        name = self._known(model)
        if done.tokens > 1 and done.generation_seconds > 0:
            self._each.labels(operation, PROVIDER, name).observe(done.generation_seconds / (done.tokens - 1))
        self._cached.labels(name).inc(done.cached_tokens)
        self._generated.labels(name).inc(done.tokens)
        self._usage.labels(operation, PROVIDER, name, "output").observe(done.tokens)
        self.read(operation, model, done.prompt_tokens)

    def read(self, operation: str, model: str, tokens: int) -> None:
        """Note how many tokens were read."""
        name = self._known(model)
        self._prompt.labels(name).inc(tokens)
        self._usage.labels(operation, PROVIDER, name, "input").observe(tokens)

    def cancelled(self, model: str) -> None:
        """Count an answer that was left before its end."""
        self._cancelled.labels(self._known(model)).inc()

    def loaded(self, running: Sequence[Running]) -> None:
        """Note what is loaded."""
        self._loaded.set(len(running))
        self._cache.set(max((each.cache for each in running), default=0.0))
        self._memory.labels("all").set(sum(each.memory for each in running))
        self._memory.labels("gpu").set(sum(each.gpu_memory for each in running))

    def exposition(self) -> bytes:
        """Return all metrics as Prometheus reads them."""
        return generate_latest(self._registry)

    def _known(self, model: str) -> str:
        """Return a model's name; names that come when there are many already are all one."""
        if model not in self._models:
            if len(self._models) >= _MOST_MODELS:
                return OTHER
            self._models.add(model)
        return model
