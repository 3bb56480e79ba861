"""What a real Ollama answered over HTTP, asked of ``olbuild serve``."""

from olbuild.testing.conformance.http import judge_http
from tests.integration.serving.conftest import Server
from tests.tools import ROOT

# Each is in docs/compatibility.md, with its reason.
DIFFERENCES = {
    *("generate-16", "oai-chat-11"),  # white space in an answer that follows a schema
    "chat-20",  # the grammar ends the answer, without a token for it
    *("oai-completion-3", "oai-completion-4"),  # lists of prompts are answered
    *("oai-responses-1", "oai-responses-2", "oai-responses-3"),  # an answer that was cut is incomplete
}


def test_answers_agree_with_ollama(server: Server) -> None:
    with (ROOT / "tests" / "golden" / "http.jsonl").open(encoding="utf-8") as file:
        verdict = judge_http(file, server.url)
    assert verdict.agree > 130
    assert [each for each in verdict.differences if each.id not in DIFFERENCES] == []
