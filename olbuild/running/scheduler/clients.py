"""Whose turn it is: equal shares for all clients, by virtual time (after start-time fair queueing, Goyal 1996)."""

from __future__ import annotations

from olbuild.core.records import Mutable


class _Client(Mutable):
    time: float
    requests: int = 0
    waiting: int = 0


class Clients:
    """How many tokens each client has had, on a common clock that says how many each could have had.

    A client that asks for nothing saves nothing up; one that had more than its share waits until the others have had
    as much. A prompt is charged when it begins, generated tokens as they come.
    """

    def __init__(self) -> None:
        """Begin without clients."""
        self._clients: dict[str, _Client] = {}
        self._clock = 0.0
        self._busy = 0

    def arrive(self, name: str) -> None:
        """Take note of a new request."""
        client = self._clients.setdefault(name, _Client(self._clock))
        if not client.waiting:
            client.time = max(client.time, self._clock)
        self._busy += not client.requests
        client.requests += 1
        client.waiting += 1

    def begin(self, name: str, tokens: int) -> None:
        """Take note that a waiting request begins, and of what reading it costs."""
        client = self._clients[name]
        client.waiting -= 1
        client.time += tokens

    def wait(self, name: str) -> None:
        """Take note that a request that had begun has to wait again."""
        self._clients[name].waiting += 1

    def serve(self, name: str, tokens: int) -> None:
        """Take note of generated tokens."""
        self._clients[name].time += tokens

    def leave(self, name: str, *, waiting: bool) -> None:
        """Take note of the end of a request."""
        client = self._clients[name]
        client.requests -= 1
        client.waiting -= waiting
        self._busy -= not client.requests

    def advance(self, tokens: int) -> None:
        """Move the clock on by what all have had in a step; forget who is gone and has no debts."""
        self._clock += tokens / max(self._busy, 1)
        gone = [name for name, client in self._clients.items() if not client.requests and client.time <= self._clock]
        for name in gone:
            del self._clients[name]

    def time(self, name: str) -> float:
        """Return what a client has had; the one with the least is next."""
        return self._clients[name].time
