"""Clients that others wrote, unchanged, against the server. Each is run once, and does all its checks."""

import pytest

from tests.integration.clients.conftest import Ask
from tests.integration.clients.expected import EXPECTED, WORDS


@pytest.mark.parametrize(("client", "check"), [(client, check) for client in EXPECTED for check in EXPECTED[client]])
def test_what_a_client_finds(ask: Ask, client: str, check: str) -> None:
    assert ask(client)[check] == EXPECTED[client][check]


@pytest.mark.parametrize(("client", "check"), [(client, check) for client in WORDS for check in WORDS[client]])
def test_what_a_client_is_told(ask: Ask, client: str, check: str) -> None:
    assert WORDS[client][check] in ask(client)[check]


@pytest.mark.parametrize("client", EXPECTED)
def test_every_check_is_looked_at(ask: Ask, client: str) -> None:
    assert set(ask(client)) == {*EXPECTED[client], *WORDS.get(client, {})}
