"""Messages as bytes: each is its length, four bytes in network order, and msgpack."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from olbuild.core.errors import EngineError, UsageError
from olbuild.running.frames.messages import Ask, FromWorker, ToWorker
from olbuild.running.requests import Request

LARGEST = 256 << 20
"""Most bytes of a message: some images, or the vectors of some thousand texts."""

_LENGTH = struct.Struct("!I")
_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

Message = TypeVar("Message")


class TooLargeError(EngineError):
    """A message is too large to be sent."""


def encode(message: ToWorker | FromWorker) -> bytes:
    """Return a message as bytes.

    Raises:
        TooLargeError: if it is longer than ``LARGEST``.
    """
    data = _encoder.encode(message)
    if len(data) > LARGEST:
        raise TooLargeError(f"a message to or from a model has {len(data):,} bytes, and {LARGEST:,} are the most")
    return _LENGTH.pack(len(data)) + data


def ask(number: int, request: Request) -> Ask:
    """Return the message that begins a request.

    Raises:
        UsageError: if it has a number that no message can have.
    """
    try:
        return Ask(id=number, request=msgspec.Raw(_encoder.encode(request)))
    except OverflowError:
        raise UsageError("a number of the request has more than 64 bits") from None


def request_of(message: Ask) -> Request:
    """Return the request that a message begins.

    Raises:
        UsageError: if it has another shape than requests have.
    """
    try:
        return _requests.decode(message.request)
    except _UNREADABLE as error:
        raise UsageError(f"the request cannot be read: {error}") from None


class Reader(Generic[Message]):
    """Takes bytes as they come, and gives messages. Make one with ``reader_of_worker`` or ``reader_of_manager``."""

    def __init__(self, decoder: msgspec.msgpack.Decoder[Message]) -> None:
        """Begin between two messages."""
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that are whole now.

        Raises:
            EngineError: if the other side does not speak this language.
        """
        self._buffer += data
        position = 0
        try:
            while len(self._buffer) - position >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._buffer, position)
                if length > LARGEST:
                    raise EngineError(f"a message of {length:,} bytes was announced, and {LARGEST:,} are the most")
                begin = position + _LENGTH.size
                if len(self._buffer) - begin < length:
                    break
                position = begin + length
                yield self._decode(bytes(memoryview(self._buffer)[begin:position]))
        finally:
            del self._buffer[:position]

    def _decode(self, data: bytes) -> Message:
        try:
            return self._decoder.decode(data)
        except _UNREADABLE as error:
            raise EngineError(f"a message cannot be read: {error}") from None


def reader_of_worker() -> Reader[FromWorker]:
    """Return what reads the messages of a worker."""
    decoder: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)
    return Reader(decoder)


def reader_of_manager() -> Reader[ToWorker]:
    """Return what reads the messages of a manager."""
    decoder: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
    return Reader(decoder)
