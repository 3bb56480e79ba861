"""The proxy of `olbuild.testing.faults` does what it is told: seen with a client that has no opinions."""

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from olbuild.testing.faults import (
    Announce,
    Answer,
    Break,
    BreakUpload,
    Drip,
    Exchange,
    Fault,
    Flip,
    IgnoreRange,
    Longer,
    Proxy,
    Redirect,
    Rewrite,
    Swallow,
)
from olbuild.testing.faults.data import Ending, What
from olbuild.testing.registry import find_program
from olbuild.testing.tokens import certify
from tests.integration.registry.faulty import Answer as Reply
from tests.integration.registry.faulty import Faulty, Seen

DATA = bytes(range(256)) * 4000
SIZE = len(DATA)
Open = Callable[..., Proxy]


@pytest.fixture
def start(server: Faulty) -> Iterator[Open]:
    """Return a maker of proxies before a server that has one blob and keeps what is sent to it."""

    def respond(seen: Seen) -> Reply:
        asked = seen.headers.get("Range")
        if seen.method in {"POST", "PUT"}:
            return Reply(status=201)
        if asked is None:
            return Reply(body=DATA)
        first, last = (int(text) for text in asked.removeprefix("bytes=").split("-"))
        headers = {"Content-Range": f"bytes {first}-{last}/{SIZE}"}
        return Reply(status=206, headers=headers, body=DATA[first : last + 1])

    server.respond = respond
    with ExitStack() as stack:

        def open_proxy(*faults: Fault, **settings: object) -> Proxy:
            proxy = Proxy(upstream=server.host, **settings)  # type: ignore[arg-type]
            return stack.enter_context(proxy.running(*faults))

        yield open_proxy


def ask(
    proxy: Proxy, method: str = "GET", path: str = "/blob", body: object = None, timeout: float = 30, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(proxy.host, timeout=timeout)
    try:
        connection.request(method, path, body, headers)  # type: ignore[arg-type]
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()
    finally:
        connection.close()


def always(what: What, **when: str) -> Fault:
    return Fault(what=what, times=None, **when)  # type: ignore[arg-type]


def test_without_faults_everything_passes(start: Open, server: Faulty) -> None:
    proxy = start()
    assert ask(proxy)[::2] == (200, DATA)
    status, headers, body = ask(proxy, Range="bytes=10-19")
    assert (status, body) == (206, DATA[10:20])
    assert headers["Content-Range"] == f"bytes 10-19/{SIZE}"
    assert ask(proxy, "HEAD")[1]["Content-Length"] == str(SIZE)
    assert ask(proxy, "PUT", "/up?x=%2f", DATA, Authorization="Basic x")[0] == 201
    seen = server.seen[-1]
    assert (seen.target, seen.body, seen.headers["Host"]) == ("/up?x=%2f", DATA, proxy.host)
    kept = proxy.exchanges[-1]
    assert (kept.method, kept.status, kept.uploaded, kept.credentials) == ("PUT", 201, SIZE, "Basic x")
    assert [each.downloaded for each in proxy.exchanges] == [SIZE, 10, 0, 0]
    assert proxy.exchanges[1].start == 10


def test_a_body_in_pieces_arrives_in_pieces(start: Open) -> None:
    proxy = start(Fault(what=BreakUpload(at=150, ending="close")))
    pieces = [b"a" * 100, b"b" * 100]
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(proxy, "PUT", "/up", iter(pieces))
    assert proxy.exchanges[0].uploaded == 150


@pytest.mark.parametrize(
    ("ending", "error"),
    [("close", http.client.IncompleteRead), ("reset", ConnectionResetError), ("stall", TimeoutError)],
)
def test_a_body_breaks_at_a_byte(start: Open, ending: Ending, error: type[Exception]) -> None:
    proxy = start(Fault(what=Break(at=300_000, ending=ending)))
    with pytest.raises(error):
        ask(proxy, timeout=1)
    assert proxy.exchanges[0].downloaded == 300_000
    assert ask(proxy)[2] == DATA


def test_offsets_count_in_the_whole_blob(start: Open) -> None:
    proxy = start(always(Flip(at=15)))
    assert ask(proxy, Range="bytes=10-19")[2] == DATA[10:15] + bytes([DATA[15] ^ 1]) + DATA[16:20]
    assert ask(proxy, Range="bytes=20-29")[2] == DATA[20:30]
    proxy.strike([Fault(what=Break(at=15, ending="close"))])
    with pytest.raises(http.client.IncompleteRead) as broken:
        ask(proxy, Range="bytes=10-19")
    assert broken.value.partial == DATA[10:15]


@pytest.mark.parametrize(
    ("what", "length", "body"),
    [
        (Longer(extra=b"more"), SIZE + 4, DATA + b"more"),
        (Announce(difference=-4), SIZE - 4, DATA[:-4]),
        (Rewrite(old=DATA[:5], new=b"!"), len(DATA.replace(DATA[:5], b"!")), DATA.replace(DATA[:5], b"!")),
        (Drip(rate=100 * SIZE), SIZE, DATA),
    ],
)
def test_other_bodies(start: Open, what: What, length: int, body: bytes) -> None:
    _, headers, got = ask(start(always(what)))
    assert (headers["Content-Length"], got) == (str(length), body)


def test_a_length_that_is_too_large(start: Open) -> None:
    with pytest.raises(http.client.IncompleteRead) as broken:
        ask(start(always(Announce(difference=4))))
    assert broken.value.partial == DATA


def test_a_range_is_ignored(start: Open) -> None:
    assert ask(start(always(IgnoreRange())), Range="bytes=10-19")[::2] == (200, DATA)


def test_an_answer_of_its_own(start: Open, server: Faulty) -> None:
    answer = Answer(status=401, headers=(("WWW-Authenticate", 'Bearer realm="http://{host}/t"'),), body=b"no")
    proxy = start(Fault(what=answer, method="PUT", path="/up"))
    status, headers, body = ask(proxy, "PUT", "/up", DATA)
    assert (status, body, headers["WWW-Authenticate"]) == (401, b"no", f'Bearer realm="http://{proxy.host}/t"')
    assert proxy.exchanges[0].uploaded == SIZE
    assert server.seen == []
    lie = Answer(status=200, headers=(("Content-Length", "12"),))
    proxy.strike([Fault(what=lie)])
    assert ask(proxy, "HEAD")[1]["Content-Length"] == "12"


def test_redirects_go_round_or_to_another_host(start: Open) -> None:
    proxy = start(always(Redirect()))
    addresses = [ask(proxy, path=path)[1]["Location"] for path in ("/blob", "/blob?a=b")]
    assert addresses == [f"http://{proxy.host}/blob?signed=1", f"http://{proxy.host}/blob?a=b&signed=2"]
    proxy.strike([always(Redirect(host="other:1", status=302))])
    status, headers, _ = ask(proxy)
    assert (status, headers["Location"]) == (302, "http://other:1/blob?signed=1")


def test_an_upload_breaks_and_the_registry_sees_it(start: Open, server: Faulty) -> None:
    proxy = start(Fault(what=BreakUpload(at=SIZE // 2, ending="reset")))
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        ask(proxy, "PUT", "/up", DATA)
    assert proxy.exchanges[0].uploaded == SIZE // 2
    assert server.seen == []


def test_an_answer_is_lost(start: Open, server: Faulty) -> None:
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        ask(start(Fault(what=Swallow(ending="close"))), "PUT", "/up", DATA)
    assert server.seen[0].body == DATA


def test_latency_and_rates_are_kept(start: Open) -> None:
    proxy = start(latency=0.05, rate=SIZE / 0.2)
    for method, body in (("GET", None), ("PUT", DATA)):
        began = time.monotonic()
        ask(proxy, method, "/blob", body)
        assert time.monotonic() - began > 2 * 0.05 + 0.2 * 0.9  # it can only take longer


def test_a_path_before_the_registry(start: Open, server: Faulty) -> None:
    proxy = start(prefix="/under/here", headers={"Authorization": "Basic y"})
    for path in ("/v2/me/x", "/under/here/v2/me/x", "/other"):
        ask(proxy, path=path, Authorization="Bearer x")
    assert [seen.target for seen in server.seen] == ["/under/here/v2/me/x", "/under/here/v2/me/x", "/other"]
    assert {seen.headers["Authorization"] for seen in server.seen} == {"Basic y"}


def test_tls(start: Open, server: Faulty, tmp_path: Path) -> None:
    import ssl

    both = tmp_path / "both.pem"
    certify(Path(find_program("openssl")), tmp_path / "key", tmp_path / "certificate", "localhost")
    both.write_bytes((tmp_path / "key").read_bytes() + (tmp_path / "certificate").read_bytes())
    proxy = start(certificate=both)
    context = ssl.create_default_context(cafile=str(tmp_path / "certificate"))
    connection = http.client.HTTPSConnection(proxy.host, timeout=30, context=context)
    connection.request("GET", "/blob")
    assert connection.getresponse().read() == DATA
    connection.close()
    assert server.seen[0].headers["X-Forwarded-Proto"] == "https"


def test_what_is_seen_is_forgotten_with_new_faults(start: Open) -> None:
    proxy = start()
    ask(proxy)
    proxy.strike([])
    assert proxy.exchanges == []
    ask(proxy)
    assert isinstance(proxy.exchanges[0], Exchange)
