"""The server under bad conditions: many changes, large texts, garbage, and an end without goodbye."""

import array
import asyncio
import fcntl
import json
import signal
import subprocess
import termios
import time
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from olbuild.language.lint import lint
from tests.command import OLBUILD
from tests.integration.editor.client import TIMEOUT, edit, run, session

pytestmark = pytest.mark.integration

INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"processId": None, "capabilities": {}}}


def framed(*messages: object) -> bytes:
    bodies = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in messages]
    return b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)


def test_of_two_hundred_quick_changes_only_what_is_current_is_published(tmp_path: Path) -> None:
    async def test() -> None:
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", "FROM llama3.2:3b\nPARAMETER top_p \n")
            for count in range(200):
                client.change(uri, count + 2, edit(1, 16 + count, 16 + count, "9"))
            found = await client.findings(uri, 201)
            assert [each.code for each in found] == [
                each.code for each in lint(f"FROM llama3.2:3b\nPARAMETER top_p {'9' * 200}\n".encode())
            ]
            versions = [each.version or 0 for each in client.published]
            assert versions == sorted(versions)
            assert len(versions) < 50, "it checks what is half typed"

    run(test)


def large() -> str:
    """Return a Modelfile of 5 MB and many lines."""
    turn = "MESSAGE user Hello \U0001f600 number\nMESSAGE assistant Hi\n"
    return "FROM llama3.2:3b\n" + turn * (5_000_000 // len(turn.encode()))


def test_a_large_text_blocks_nothing(tmp_path: Path) -> None:
    text = large()

    async def test() -> None:
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", text)
            small = client.open(tmp_path / "small.modelfile", "FROM llama3.2:3b\nPARAMETER top_p 0.5\n")
            request = types.HoverParams(types.TextDocumentIdentifier(small), types.Position(1, 12))
            waiting = asyncio.create_task(
                client.text_document_document_symbol_async(
                    types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
                )
            )
            longest = 0.0
            for count in range(20):
                before = time.monotonic()
                client.change(uri, count + 2, edit(0, 0, 0, "#"))
                assert await client.text_document_hover_async(request) is not None
                longest = max(longest, time.monotonic() - before)
            assert longest < 5, f"an answer took {longest:.1f} s while a large text was computed with"
            with pytest.raises(JsonRpcException, match="changed meanwhile"):
                await waiting  # its places would be wrong
            # The check of the large text is given up for one that somebody waits for.
            client.change(small, 2, edit(1, 16, 19, "90"))
            client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
            assert [each.code for each in await client.findings(small, 2)] == ["OLB331"]

    run(test)


def test_a_large_value_is_checked(tmp_path: Path) -> None:
    text = 'FROM llama3.2:3b\nSYSTEM """' + "lorem ipsum dolor \U0001f600\n" * 250_000 + '"""\nPARAMETER top_p 90\n'

    async def test() -> None:
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", text)
            found = await client.findings(uri, 1)
            (wrong,) = [each for each in found if each.code == "OLB331"]
            assert wrong.range.start == types.Position(250_002, 16)

    run(test)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"hello\n\n\r\n",
        b"\xff" * 100_000,
        b"Content-Length: x\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 0\r\n\r\n",
        b"Content-Length: 99999999999999999999\r\n\r\n{}",
        framed(b"not json", b"[1]", b"5", b"null", b'{"jsonrpc": "2.0"}', b"[" * 100_000),
        framed({"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"no": "thing"}}),
        framed({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": 7}),
    ],
)
def test_garbage_ends_with_the_input(garbage: bytes) -> None:
    finished = subprocess.run([str(OLBUILD), "lsp"], input=garbage, capture_output=True, check=False, timeout=TIMEOUT)
    assert finished.returncode == 1
    assert b"Traceback" not in finished.stderr


def test_after_garbage_it_still_answers() -> None:
    garbage = b"hello\r\n\r\n" + framed(b"not json", b"[1]", {"jsonrpc": "2.0", "method": "no/such", "params": {}})
    ending = framed({"jsonrpc": "2.0", "id": 2, "method": "shutdown"}, {"jsonrpc": "2.0", "method": "exit"})
    finished = subprocess.run(
        [str(OLBUILD), "lsp"],
        input=garbage + framed(INITIALIZE) + ending,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
    )
    assert finished.returncode == 0
    assert b'"positionEncoding": "utf-16"' in finished.stdout
    assert b"Traceback" not in finished.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_it_and_its_analyst(number: signal.Signals, tmp_path: Path) -> None:
    opened = {"uri": (tmp_path / "Modelfile").as_uri(), "languageId": "modelfile", "version": 1, "text": large()}
    with subprocess.Popen(
        [str(OLBUILD), "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(INITIALIZE))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"Content-Length")
        process.stdin.write(
            framed(
                {"jsonrpc": "2.0", "method": "initialized", "params": {}},
                {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": opened}},
            )
        )
        process.stdin.flush()
        analyst = _child(process.pid)
        process.send_signal(number)
        process.stdin.close()
        assert process.wait(TIMEOUT) == {signal.SIGTERM: 143, signal.SIGINT: 130}.get(number, -number)
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    deadline = time.monotonic() + (TIMEOUT * 4 if number is signal.SIGKILL else 2)
    while _is_running(analyst):
        assert time.monotonic() < deadline, "the analyst lives on"
        time.sleep(0.1)


def _child(parent: int) -> int:
    deadline = time.monotonic() + TIMEOUT
    children = Path(f"/proc/{parent}/task/{parent}/children")
    if not children.exists():
        pytest.skip("this system does not list the children of a process")
    while not (found := children.read_text().split()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(found[0])


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_while_nobody_reads_what_it_writes(number: signal.Signals, tmp_path: Path) -> None:
    text = "FROM x\n" * 3000  # more findings than a pipe holds
    opened = {"uri": (tmp_path / "Modelfile").as_uri(), "languageId": "modelfile", "version": 1, "text": text}
    messages = [
        {"jsonrpc": "2.0", "method": "initialized", "params": {}},
        {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": opened}},
    ]
    with subprocess.Popen([str(OLBUILD), "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(INITIALIZE))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"Content-Length")
        process.stdin.write(framed(*messages))
        process.stdin.flush()
        deadline = time.monotonic() + TIMEOUT
        while _waiting(process.stdout.fileno()) < _PIPE:
            assert time.monotonic() < deadline, "nothing was published"
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(TIMEOUT) == 128 + number
        process.stdin.close()


_PIPE = 50_000  # bytes; a pipe of Linux holds 64 KiB


def _waiting(descriptor: int) -> int:
    """Return how many bytes are in a pipe."""
    size = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, size)
    return size[0]
