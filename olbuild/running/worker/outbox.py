"""What waits to be sent. A thread of its own sends, so that a slow reader never holds the engine up.

Whatever is told while a message is on its way goes into the next one together: the busier the engine, the fewer
messages. What waits is bounded by what the engine can generate for the requests that it has.
"""

from __future__ import annotations

import socket
import threading
from collections import deque

from olbuild.running.failing import failed
from olbuild.running.frames.framing import TooLargeError, encode
from olbuild.running.frames.messages import Events, FromWorker
from olbuild.running.requests import Event

_MOST = 4096
"""Most events of one message."""

_Told = tuple[int, Event]


class Outbox:
    """Sends messages and events in the order in which they come, from any thread."""

    def __init__(self, connection: socket.socket) -> None:
        """Begin to send."""
        self._connection = connection
        self._waiting: deque[FromWorker | _Told] = deque()
        self._something = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="olbuild-outbox", daemon=True)
        self._thread.start()

    def send(self, message: FromWorker) -> None:
        """Send a message."""
        self._waiting.append(message)
        self._something.set()

    def tell(self, number: int, event: Event) -> None:
        """Send an event of a request."""
        self._waiting.append((number, event))
        self._something.set()

    def close(self, seconds: float) -> None:
        """Send what waits, for so many seconds at most."""
        self._closed = True
        self._something.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while not self._closed or self._waiting:
                self._something.wait()
                self._something.clear()
                while self._waiting:
                    self._send_next()
        except OSError:  # nobody reads any more: whoever reads from the manager notices that too
            self._closed = True

    def _send_next(self) -> None:
        events: list[_Told] = []
        while self._waiting and len(events) < _MOST:
            item = self._waiting[0]
            if not isinstance(item, tuple):
                if not events:
                    self._waiting.popleft()
                    self._connection.sendall(encode(item))
                break
            events.append(item)
            self._waiting.popleft()
        if events:
            self._send_events(events)

    def _send_events(self, events: list[_Told]) -> None:
        try:
            data = encode(Events(events=tuple(events)))
        except TooLargeError as error:
            if len(events) == 1:
                events = [(events[0][0], failed(error))]
                self._send_events(events)
            else:
                half = len(events) // 2
                self._send_events(events[:half])
                self._send_events(events[half:])
            return
        self._connection.sendall(data)
