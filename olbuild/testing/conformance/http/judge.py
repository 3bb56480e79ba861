"""The judge of a whole file of answers over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from olbuild.core.errors import UsageError
from olbuild.testing.conformance.http.asking import Reply, ask
from olbuild.testing.conformance.http.compare import compare
from olbuild.testing.conformance.kinds import Difference, Line, Verdict, decoded

_JSON, _LINES, _EVENTS = "application/json", "application/x-ndjson", "text/event-stream"
_OK = 200


def judge_http(lines: Iterable[str], url: str) -> Verdict:
    """Ask a server all that is in a file, in order, and compare.

    Raises:
        UsageError: if the file is none of this kind, or nobody answers.
    """
    goldens = list(decoded(lines))
    if not goldens or not all("request" in line and "response" in line for line in goldens):
        raise UsageError("this is no file of answers over HTTP: each line has a request and a response")
    differences: list[Difference] = []
    for number, line in enumerate(goldens, start=1):
        found = _differences(line, lambda request: ask(url, request))
        if found:
            differences.append(Difference(id=str(line.get("id", number)), what="; ".join(found)))
    return Verdict(kind="http", agree=len(goldens) - len(differences), differences=tuple(differences))


def _differences(line: Line, send: Callable[[dict[str, Any]], Reply]) -> list[str]:
    request, expected = line["request"], line["response"]
    if _was_sent_before(request, expected):
        send(request)
    reply = send(request)
    if reply.status != expected["status"]:
        return [f"status {reply.status}, not {expected['status']}: {reply.body[:200].strip()}"]
    kind = (expected["content_type"] or "").partition(";")[0]
    wanted = expected["body"] or ""
    if kind in {_JSON, _LINES, _EVENTS} and reply.kind != kind and wanted:
        return [f"content type {reply.kind}, not {kind}"]
    greedy = _is_greedy(request)
    try:
        match kind:
            case "application/json" if wanted:
                return compare(json.loads(wanted), json.loads(reply.body), greedy=greedy)
            case "application/x-ndjson":
                return _of_streams(_lines(wanted), _lines(reply.body), greedy=greedy)
            case "text/event-stream":
                return _of_streams(_events(wanted), _events(reply.body), greedy=greedy)
    except ValueError as error:
        return [f"the body is not what its type says: {error}"]
    return [] if reply.body == wanted else [f"the body is {reply.body[:100]!r}, not {wanted[:100]!r}"]


def _of_streams(expected: list[Any], found: list[Any], *, greedy: bool) -> list[str]:
    """Compare line by line; where something is sampled there may be more or fewer, with the same beginning and end."""
    if greedy and len(expected) != len(found):
        return [f"{len(found)} lines, not {len(expected)}"]
    if not greedy and expected and found:
        expected, found = [expected[0], expected[-1]], [found[0], found[-1]]
    said: list[str] = []
    for number, (theirs, ours) in enumerate(zip(expected, found, strict=False), start=1):
        said += [f"line {number}: {each}" for each in compare(theirs, ours, greedy=greedy)]
    return said


def _lines(body: str) -> list[Any]:
    return [json.loads(line) for line in body.splitlines() if line.strip()]


def _events(body: str) -> list[Any]:
    """Return the events of a stream, each with its name and its data."""
    events = []
    for block in body.split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if line)
        if fields:
            data = fields.get("data", "")
            decoded_data = json.loads(data) if data.startswith("{") else data
            events.append({"event": fields.get("event", ""), "data": decoded_data})
    return events


def _is_greedy(request: dict[str, Any]) -> bool:
    """Whether nothing is sampled: nothing is generated, or always the most probable token."""
    try:
        asked = json.loads(request.get("body") or "{}")
    except (ValueError, RecursionError):
        return True
    if not isinstance(asked, dict) or not (asked.get("prompt") or asked.get("messages") or asked.get("input")):
        return True
    options = asked.get("options") or {}
    return asked.get("temperature", options.get("temperature") if isinstance(options, dict) else None) == 0


def _was_sent_before(request: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether an answer says that the same file had been sent before, by a line that is not in the file."""
    is_upload = request["method"] == "POST" and request["path"].startswith("/api/blobs/")
    return bool(is_upload and expected["status"] == _OK)
