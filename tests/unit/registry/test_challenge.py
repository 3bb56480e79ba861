"""`WWW-Authenticate`, as registries write it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.storage.registry.challenge import Challenge, parse_challenges

BEARER = Challenge(
    scheme="bearer",
    parameters={"realm": "https://auth.docker.io/token", "service": "registry", "scope": "repository:a/b:pull,push"},
)
HEADER = 'Bearer realm="https://auth.docker.io/token",service="registry",scope="repository:a/b:pull,push"'
BASIC = Challenge(scheme="basic", parameters={"realm": "Registry"})


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        (HEADER, (BEARER,)),
        (
            'bearer  Realm = "https://auth.docker.io/token" , service=registry ,scope="repository:a/b:pull,push"',
            (BEARER,),
        ),
        ('Basic realm="Registry"', (BASIC,)),
        (
            'Basic realm="Registry", ' + HEADER,
            (BASIC, BEARER),
        ),
        ("Negotiate", (Challenge(scheme="negotiate"),)),
        ("Negotiate, Basic realm=Registry", (Challenge(scheme="negotiate"), BASIC)),
        ("NTLM TlRMTVNTUAAB=, Basic realm=Registry", (Challenge(scheme="ntlm"), BASIC)),
        (r'Basic realm="a \"quoted\" \\ one"', (Challenge(scheme="basic", parameters={"realm": 'a "quoted" \\ one'}),)),
        ('Basic realm=""', (Challenge(scheme="basic", parameters={"realm": ""}),)),
        ('Basic realm="one",realm="two"', (Challenge(scheme="basic", parameters={"realm": "one"}),)),
        ('Bearer realm="x",error="invalid_token" Basic realm="y"', None),
        (", ,Basic realm=Registry,,", (BASIC,)),
        ("", ()),
        ('"', ()),
        ('Basic realm="never closed', (Challenge(scheme="basic"),)),
    ],
)
def test_headers(header: str, challenges: tuple[Challenge, ...] | None) -> None:
    parsed = parse_challenges(header)
    if challenges is None:
        assert parsed[0].parameters["error"] == "invalid_token"
    else:
        assert parsed == challenges


_WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=12)
_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
_CHALLENGES = st.lists(
    st.builds(
        lambda scheme, parameters: Challenge(scheme=scheme, parameters=parameters),
        _WORDS,
        st.dictionaries(_WORDS, _VALUES, min_size=1, max_size=4),
    ),
    max_size=4,
)


@given(_CHALLENGES)
def test_what_is_written_is_read(challenges: list[Challenge]) -> None:
    assert parse_challenges(", ".join(map(_write, challenges))) == tuple(challenges)


def _write(challenge: Challenge) -> str:
    quoted = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in challenge.parameters.items()}
    return f"{challenge.scheme} " + ",".join(f'{key}="{value}"' for key, value in quoted.items())


@given(st.text())
def test_no_header_is_too_strange(header: str) -> None:
    for challenge in parse_challenges(header):
        assert challenge.scheme


def test_long_headers_take_no_longer() -> None:
    for unit in (" ", ",", "a ", 'a="', '\\"', "a=b,", 'a="\\'):
        begun = time.thread_time()
        assert parse_challenges("Basic " + unit * 1_000_000)[0].scheme == "basic"
        assert time.thread_time() - begun < 1, f"{unit!r} takes longer the more of it there is"
