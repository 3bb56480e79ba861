"""Sends two spans by OTLP to a receiver of its own, and prints what that heard: ``traces.py SITE_PACKAGES``."""

import http.server
import json
import sys
import threading
from typing import Any

sys.path.append(sys.argv[1])  # where OpenTelemetry is

from olbuild.serving.server.telemetry.otlp import OtlpTracer

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


def described(span: Any) -> dict[str, Any]:  # noqa: ANN401 - of a generated class
    attributes = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
    identifiers = {"trace": span.trace_id.hex(), "id": span.span_id.hex(), "parent": span.parent_span_id.hex()}
    return {"name": span.name, **identifiers, "status": span.status.code, "attributes": attributes}


server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
tracer = OtlpTracer(f"http://127.0.0.1:{server.server_port}/v1/traces", "1.2.3")
with tracer.request("POST /api/chat", {"traceparent": PARENT}, {"http.request.method": "POST"}) as outer:
    outer.set({"http.response.status_code": 200})
    inner = tracer.begin("chat smol", {"gen_ai.request.model": "smol"})
    inner.end("EngineError")
tracer.close()
server.shutdown()

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: E402 - as above

request = ExportTraceServiceRequest()
((path, body),) = BODIES
request.ParseFromString(body)
spans = [described(span) for span in request.resource_spans[0].scope_spans[0].spans]
print(json.dumps({"path": path, "spans": {span["name"]: span for span in spans}}))
