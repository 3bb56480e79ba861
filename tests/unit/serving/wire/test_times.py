"""Times, durations and addresses as Go and Ollama write them."""

import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.wire.host import Host, read_host
from olbuild.serving.wire.keepalive import read_keep_alive, read_setting
from olbuild.serving.wire.times import read_duration, stamp


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_795_399_863_194_768_787, "2026-11-23T02:11:03.194768787Z"),
        (1_500_000_000, "1970-01-01T00:00:01.5Z"),
    ],
)
def test_times_have_the_digits_that_they_need(nanoseconds: int, text: str) -> None:
    assert stamp(nanoseconds) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("10m", 600), ("1h30m", 5400), ("-1.5s", -1.5), ("+300ms", 0.3), ("2h45m.5s", 9900.5), ("3µs", 3e-6)],
)
def test_durations(text: str, seconds: float) -> None:
    assert read_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("300", 'time: missing unit in duration "300"'),
        ("5q", 'time: unknown unit "q" in duration "5q"'),
        ("", 'time: invalid duration ""'),
        ("-", 'time: invalid duration "-"'),
        ("m", 'time: invalid duration "m"'),
        ("9999999999h", 'time: invalid duration "9999999999h"'),
    ],
)
def test_what_is_no_duration_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_duration(text)
    assert raised.value.message == message


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, None), (300, 300.0), (0.5, 0.5), (-7, -1.0), ("-1m", -1.0), ("0", 0.0), (1e400, -1.0)]
)
def test_keep_alive(value: object, seconds: float | None) -> None:
    assert read_keep_alive(value) == seconds


def test_keep_alive_of_another_type_is_refused() -> None:
    with pytest.raises(UsageError, match="Unsupported type: 'bool'"):
        read_keep_alive(True)  # noqa: FBT003


@pytest.mark.parametrize(("text", "seconds"), [("300", 300.0), ("5m", 300.0), ("-1", -1.0), ("soon", None), ("", None)])
def test_keep_alive_of_the_environment(text: str, seconds: float | None) -> None:
    assert read_setting(text) == seconds


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://0.0.0.0:11434"),  # noqa: S104
        ("example.com:56789", "http://example.com:56789"),
        ("http://example.com", "http://example.com:80"),
        ("https://example.com/a/b/", "https://example.com:443/a/b"),
        ("1.2.3.4:99999", "http://1.2.3.4:11434"),
        ("[::1]:1234", "http://[::1]:1234"),
        ("::1", "http://[::1]:11434"),
        (":8080", "http://127.0.0.1:8080"),
        (' "localhost:1" ', "http://localhost:1"),
    ],
)
def test_ollama_host(text: str, url: str) -> None:
    assert str(read_host(text)) == url


def test_a_client_reaches_every_address_by_the_loopback() -> None:
    assert Host(host="0.0.0.0").reached() == Host(host="127.0.0.1")  # noqa: S104
