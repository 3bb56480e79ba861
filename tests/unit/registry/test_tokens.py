"""Scopes, tokens and the cache of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.errors import FormatError
from olbuild.storage.registry.tokens import (
    DEFAULT_LIFE,
    Token,
    TokenCache,
    parse_scopes,
    parse_token,
    repository_scopes,
    scope_parameters,
)

PULL, BOTH = repository_scopes("a/b", "pull"), repository_scopes("a/b", "pull", "push")


def test_scopes_are_merged_by_resource() -> None:
    scopes = parse_scopes("repository:a/b:pull repository:a/b:push,pull registry:catalog:* nonsense :x")
    assert scope_parameters(scopes) == ["registry:catalog:*", "repository:a/b:pull,push"]
    assert parse_scopes("repository:host:5000/a:pull") == {"repository:host:5000/a:pull"}


_NAMES = st.text("abc/-.", min_size=1, max_size=8)


@given(st.frozensets(st.tuples(_NAMES, st.sampled_from(["pull", "push", "delete"])), max_size=6))
def test_scopes_survive_being_written(pairs: frozenset[tuple[str, str]]) -> None:
    scopes = frozenset(f"repository:{name}:{action}" for name, action in pairs)
    assert parse_scopes(" ".join(scope_parameters(scopes))) == scopes


def test_answers_of_token_servers() -> None:
    assert parse_token(b'{"token":"t"}', 100, "x") == Token(value="t", expires=100 + DEFAULT_LIFE)
    assert parse_token(b'{"access_token":"t","expires_in":3600}', 100, "x").expires == 3700
    assert parse_token(b'{"token":"t","expires_in":"soon"}', 0, "x").expires == DEFAULT_LIFE
    assert parse_token(b'{"token":"t","expires_in":1e300}', 0, "x").expires == 86400
    assert parse_token(b'{"token":"t","expires_in":%s}' % (b"9" * 400), 0, "x").expires == 86400
    for bad in (b"", b"[]", b"{}", b'{"token":null}', b'{"token":"a\\nb"}', b'{"token":"\xc3\xa9"}'):
        with pytest.raises(FormatError):
            parse_token(bad, 0, "x")


def test_a_token_serves_what_it_covers_on_its_own_host_while_it_lives() -> None:
    cache, token = TokenCache(), Token(value="t", expires=100)
    cache.keep("one", BOTH, token)
    assert cache.find("one", BOTH, 0) == token
    assert cache.find("one", PULL, 0) == token
    assert cache.find("one", repository_scopes("other", "pull"), 0) is None
    assert cache.find("two", PULL, 0) is None
    assert cache.find("one", PULL, 95) is None
    cache.drop("two", "t")
    assert cache.find("one", PULL, 0) == token
    cache.drop("one", "t")
    assert cache.find("one", PULL, 0) is None


def test_a_token_for_pulling_does_not_push() -> None:
    cache = TokenCache()
    cache.keep("one", PULL, Token(value="t", expires=100))
    assert cache.find("one", BOTH, 0) is None


def test_tokens_do_not_show() -> None:
    assert "secret" not in repr(Token(value="secret", expires=1))
