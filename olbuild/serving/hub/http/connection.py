"""One connection: requests one after the other, each answered before the next is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

import h11

from olbuild.serving.hub.http.bodies import ChunkedBody, LengthBody
from olbuild.serving.hub.http.messages import Request, Response
from olbuild.serving.hub.http.wire import Gone, Wire

Handle = Callable[[Request], Response]

_LARGEST_HEAD = 32 << 10
_MOST_PARAMETERS = 32
_WORTH_DRAINING = 1 << 20  # a body that nobody wanted is read to its end only if it is no longer than this
_BAD_REQUEST = 400
_LONGEST_LENGTH = 18  # digits


class Refused(Exception):
    """The bytes are no request that this server reads; the status says why."""

    def __init__(self, status: int) -> None:
        """Keep the status."""
        super().__init__(HTTPStatus(status).phrase)
        self.status = status


class Connection:
    """Answers the requests of one client. ``idle_since`` is set (to a monotonic time) while it waits for one."""

    def __init__(self, wire: Wire, handle: Handle, *, stall: float, patience: float) -> None:
        """Wait ``stall`` seconds for more of what has begun, and ``patience`` seconds for the next request."""
        self.wire = wire
        self.idle_since: float | None = time.monotonic()
        self.closing = False
        self._handle = handle
        self._stall = stall
        self._patience = patience

    def run(self) -> None:
        """Answer until either side has enough."""
        try:
            while self._answer():
                pass
            self.wire.linger()
        except Gone:
            pass

    def _answer(self) -> bool:
        """Answer one request, and return whether there may be another."""
        protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        try:
            event = self._read_head(protocol)
            if event is None:
                return False
            ask = b""
            if protocol.they_are_waiting_for_100_continue:
                ask = protocol.send(h11.InformationalResponse(status_code=100, headers=[])) or b""
            body = self._body(event, ask)
            request = _request(event, body)
        except (Refused, h11.RemoteProtocolError) as error:
            status = error.status if isinstance(error, Refused) else error.error_status_hint
            self._refuse(status or _BAD_REQUEST)
            return False
        response = self._handle(request)
        try:
            again = not self.closing and _persists(event) and self._drain(body)
            self._send(response, head_only=request.method == "HEAD", again=again)
        finally:
            response.close()
        return again

    def _read_head(self, protocol: h11.Connection) -> h11.Request | None:
        """Return the head of the next request; ``None`` if there is none. It must come whole in ``stall`` seconds."""
        self.idle_since = time.monotonic()
        end = self.idle_since + self._patience
        while True:
            event = protocol.next_event()
            if isinstance(event, h11.Request):
                self.wire.unread(protocol.trailing_data[0])
                return event
            if event is not h11.NEED_DATA:
                return None
            data = self.wire.read_some(end - time.monotonic())
            if not data:
                return None
            if self.idle_since is not None:
                self.idle_since, end = None, time.monotonic() + self._stall
            protocol.receive_data(data)

    def _body(self, event: h11.Request, ask: bytes) -> LengthBody | ChunkedBody:
        """Tell how the body is framed. h11 has checked each header field for itself."""
        lengths = [value for name, value in event.headers if name == b"content-length"]
        chunked = any(name == b"transfer-encoding" for name, _ in event.headers)
        if chunked and (lengths or event.http_version == b"1.0"):
            raise Refused(_BAD_REQUEST)  # two answers to one question are how requests are smuggled
        if chunked:
            return ChunkedBody(self.wire, self._stall, ask)
        stated = lengths[0] if lengths else b"0"
        if len(stated) > _LONGEST_LENGTH:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return LengthBody(self.wire, int(stated), self._stall, ask)

    def _drain(self, body: LengthBody | ChunkedBody) -> bool:
        """Read what is left of a body, so that the next request can be found; return whether that was done."""
        if body.ended:
            return True
        if not body.asked:
            return False  # it was never asked for, and may come all the same
        left, buffer = _WORTH_DRAINING, memoryview(bytearray(1 << 16))
        while left > 0:
            count = body.readinto(buffer)
            if not count:
                return True
            left -= count
        return False

    def _send(self, response: Response, *, head_only: bool, again: bool) -> None:
        lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}"]
        lines.append(f"Date: {formatdate(usegmt=True)}")
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        if response.status != HTTPStatus.NO_CONTENT and "Content-Length" not in response.headers:
            lines.append(f"Content-Length: {response.size}")
        if not again:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        if isinstance(response.body, bytes):
            self.wire.send(head if head_only else head + response.body)
        else:
            self.wire.send(head)
            if not head_only:
                self.wire.send_file(response.body)

    def _refuse(self, status: int) -> None:
        self._send(Response(status=status), head_only=False, again=False)


def _request(event: h11.Request, body: LengthBody | ChunkedBody) -> Request:
    headers: dict[str, str] = {}
    for name, value in event.headers:
        key, text = name.decode("ascii"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    target = event.target.decode("ascii", "replace")
    path, _, query = target.partition("?")
    if not path.startswith("/"):
        raise Refused(_BAD_REQUEST)
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise Refused(_BAD_REQUEST) from None
    return Request(
        method=event.method.decode("ascii"),
        path=unquote(path),
        query=dict(reversed(pairs)),
        headers=headers,
        body=body,
    )


def _persists(event: h11.Request) -> bool:
    words = {
        word.strip().lower() for name, value in event.headers if name == b"connection" for word in value.split(b",")
    }
    return event.http_version == b"1.1" and b"close" not in words


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
