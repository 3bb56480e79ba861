"""Clients that others wrote, unchanged, against the server. Each is run once, and does all its checks."""

from typing import Any

import pytest

from tests.integration.clients.conftest import Ask

PARIS = "The capital of France is Paris."
NO_TOOLS = '"smol" does not support tools'

EXPECTED: dict[str, dict[str, Any]] = {
    "openai": {
        "chat": [PARIS, "stop", 29],
        "chat_stream": [PARIS, "stop", 29],
        "chat_stream_helper": PARIS,
        "several": [3, 12],
        "schema": ["city", "large"],
        "logprobs": [True, True, PARIS],
        "completion": [2, True],
        "completion_stream": [True, "length"],
        "models": [True, "smol"],
        "response": ["completed", PARIS, True],
        "response_stream": ["response.created", "response.completed", PARIS],
        "response_cut": ["completed", 4],
        "embeddings": [384, True, True, 64],
        "no_embeddings": [
            501,
            {"message": '"smol" does not support embedding', "type": "api_error", "param": None, "code": None},
        ],
        "missing": [
            404,
            {"message": "model 'nothing' not found", "type": "not_found_error", "param": None, "code": None},
        ],
        "left_early": [PARIS, "stop", 29],
    },
    "anthropic": {
        "message": [PARIS, "end_turn", True],
        "blocks": "text",
        "stream": [True, "end_turn", True],
        "stop_sequence": ["stop_sequence", "aris"],
        "cut": "max_tokens",
        "counted": [True, True],
        "thinking": True,
        "missing": [404, True, "not_found_error"],
    },
    "ollama": {
        "listed": True,
        "shown": "llama",
        "chat": [PARIS, True, True],
        "chat_stream": [PARIS, True],
        "generate": True,
        "schema": ["city"],
        "running": True,
        "copied": [True, False],
        "created": ["success", True],
        "travelled": ["success", True, "success", PARIS],
        "embedded": [384, 384],
        "missing": [404, "model 'nothing' not found"],
    },
    "langchain_ollama": {
        "chat": PARIS,
        "stream": PARIS,
        "batch": [PARIS] * 4,
        "generate": True,
        "schema": ["city"],
        "embedded": [384, 384],
        "missing": True,
    },
    "llama_index": {"chat": PARIS, "stream": PARIS, "complete": True},
    "haystack": {"chat": PARIS, "stream": PARIS},
    "litellm": {"ollama": PARIS, "ollama_stream": PARIS, "openai": PARIS, "openai_stream": PARIS, "missing": 404},
    "autogen_ext": {"chat": PARIS, "stream": PARIS},
}
WORDS = {
    "openai": {"unenforceable": "uniqueItems", "tools": NO_TOOLS, "wrong": "$.temperature"},
    "anthropic": {"tools": NO_TOOLS},
}


@pytest.mark.parametrize(("client", "check"), [(client, check) for client in EXPECTED for check in EXPECTED[client]])
def test_what_a_client_finds(ask: Ask, client: str, check: str) -> None:
    assert ask(client)[check] == EXPECTED[client][check]


@pytest.mark.parametrize(("client", "check"), [(client, check) for client in WORDS for check in WORDS[client]])
def test_what_a_client_is_told(ask: Ask, client: str, check: str) -> None:
    assert WORDS[client][check] in ask(client)[check]


@pytest.mark.parametrize("client", EXPECTED)
def test_every_check_is_looked_at(ask: Ask, client: str) -> None:
    assert set(ask(client)) == {*EXPECTED[client], *WORDS.get(client, {})}
