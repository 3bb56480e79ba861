"""Sends spans by OTLP to receivers of its own, and prints what they heard: ``traces.py SITE_PACKAGES``.

The first one takes two spans. The second one never answers.
"""

import http.server
import json
import sys
import threading
from typing import Any

sys.path.append(sys.argv[1])  # where OpenTelemetry is

from olbuild.serving.server.telemetry.otlp import OtlpTracer

OVER = threading.Event()
BODIES: list[tuple[str, bytes]] = []
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes everything."""

    def do_POST(self) -> None:
        BODIES.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class Sleeper(http.server.BaseHTTPRequestHandler):
    """Takes nothing until it is over."""

    def do_POST(self) -> None:
        OVER.wait()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def serve(kind: type[http.server.BaseHTTPRequestHandler]) -> http.server.HTTPServer:
    server = http.server.HTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def described(span: Any) -> dict[str, Any]:  # noqa: ANN401 - of a generated class
    attributes = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
    identifiers = {"trace": span.trace_id.hex(), "id": span.span_id.hex(), "parent": span.parent_span_id.hex()}
    return {"name": span.name, **identifiers, "status": span.status.code, "attributes": attributes}


server = serve(Receiver)
tracer = OtlpTracer(f"http://127.0.0.1:{server.server_port}/v1/traces", "1.2.3")
with tracer.request("POST /api/chat", {"traceparent": PARENT}, {"http.request.method": "POST"}) as outer:
    outer.set({"http.response.status_code": 200})
    inner = tracer.begin("chat smol", {"gen_ai.request.model": "smol"})
    inner.end("EngineError")
tracer.close()
server.shutdown()

sleeper = serve(Sleeper)
tracer = OtlpTracer(f"http://127.0.0.1:{sleeper.server_port}/v1/traces", "1.2.3", patience=0.1)
tracer.begin("chat smol", {}).end()
tracer.close()
waited = not any(thread.name == "end of traces" for thread in threading.enumerate())
OVER.set()

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: E402 - as above

request = ExportTraceServiceRequest()
((path, body),) = BODIES
request.ParseFromString(body)
spans = [described(span) for span in request.resource_spans[0].scope_spans[0].spans]
print(
    json.dumps(
        {"path": path, "waited for one who never answers": waited, "spans": {span["name"]: span for span in spans}}
    )
)
