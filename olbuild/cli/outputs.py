"""Bytes that are data: files and pipes that a command writes to and reads from."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from olbuild.cli.streams import naming
from olbuild.cli.terminal import is_terminal
from olbuild.core.content import Reader, WriteBytes
from olbuild.core.errors import NotFoundError, UsageError


@contextmanager
def open_output(file: str, what: str, *, zstd: bool = False) -> Iterator[tuple[WriteBytes, str]]:
    """Open what bytes are written to, and say what it is called; a file appears when the block ends well.

    Args:
        file: its path; ``-`` is standard output, which must not be a terminal then.
        what: what is written, for messages.
        zstd: whether to pack it.

    Raises:
        UsageError: if it cannot be written there.
        StoreError, ResourceError: if the file cannot be written.
    """
    from olbuild.storage.archive import is_stream, packing, replacing

    path = Path(file)
    if file == "-":
        with packing(_standard_output(what), zstd=zstd) as write:
            yield write, "standard output"
    elif path.is_dir():
        raise UsageError(f"{file} is a folder, and {what} is a file")
    elif is_stream(path):
        with path.open("wb", buffering=0) as stream, packing(_whole(stream.fileno()), zstd=zstd) as write:
            yield write, file
    else:
        with replacing(path) as temporary, packing(temporary.write, zstd=zstd) as write:
            yield write, file


@contextmanager
def open_input(file: str, what: str) -> Iterator[tuple[Reader, str]]:
    """Open what bytes are read from, and say what it is called.

    Raises:
        NotFoundError: if there is no such file.
        UsageError: if it is a folder, or standard input (``-``) is closed or a terminal.
    """
    from olbuild.storage.archive import StreamReader

    if file == "-":
        if sys.stdin is None or is_terminal(sys.stdin):
            raise UsageError(f"{what} should come from standard input", hint="name a file, or send one with < FILE")
        yield StreamReader(sys.stdin.fileno()), "standard input"
    elif Path(file).is_dir():
        raise UsageError(f"{file} is a folder, and {what} is a file", hint=f"olbuild pull oci:{file} reads a layout")
    else:
        try:
            stream = io.FileIO(file)
        except FileNotFoundError:
            raise NotFoundError(f"there is no file {file}") from None
        with stream:
            yield StreamReader(stream.fileno()), file


def _standard_output(what: str) -> WriteBytes:
    if sys.stdout is None:
        raise UsageError(f"standard output is closed, and {what} should go there")
    if is_terminal(sys.stdout):
        raise UsageError(f"{what} is nothing for a terminal", hint="name a file with -o FILE, or send it on with |")
    sys.stdout.flush()
    whole = _whole(sys.stdout.fileno())

    def write(data: memoryview | bytes) -> None:
        with naming(sys.stdout):
            whole(data)

    return write


def _whole(descriptor: int) -> WriteBytes:
    def write(data: memoryview | bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    return write
