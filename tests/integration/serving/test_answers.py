"""What a real Ollama answered over HTTP, asked of ``olbuild serve``."""

import json
import subprocess
from pathlib import Path

from olbuild.testing.conformance.http import judge_http
from tests.command import OLBUILD
from tests.integration.serving.conftest import MODELFILE, Server
from tests.tools import ROOT

# Each is in docs/compatibility.md, with its reason.
DIFFERENCES = {
    "oai-completion-3",  # lists of prompts are answered
    "oai-completion-4",
}


def test_answers_agree_with_ollama(server: Server) -> None:
    """Takes 15 seconds or minutes: generate-21 has neither a seed nor a limit, and some of its answers do not end."""
    recorded = _recorded("http.jsonl")
    if "avx512f" not in Path("/proc/cpuinfo").read_text(encoding="utf-8"):  # Ollama rounds otherwise there
        recorded |= _recorded("http-avx2.jsonl")
    differing = _judged(recorded, server)
    assert {each: what for each, what in differing.items() if each not in DIFFERENCES} == {}


def _recorded(name: str) -> dict[str, str]:
    """Return the lines of a file by their ids."""
    lines = (ROOT / "tests" / "golden" / name).read_text(encoding="utf-8").splitlines()
    return {json.loads(line)["id"]: line for line in lines}


def _judged(recorded: dict[str, str], server: Server) -> dict[str, str]:
    """Return what differs, by ids."""
    verdict = judge_http(recorded.values(), server.url)
    assert verdict.agree + len(verdict.differences) == 139
    return {each.id: each.what for each in verdict.differences}


def test_answers_to_what_is_wrong_or_odd_agree_with_ollama(server: Server) -> None:
    with (ROOT / "tests" / "golden" / "http-odd.jsonl").open(encoding="utf-8") as file:
        verdict = judge_http(file, server.url)
    assert verdict.agree > 400
    assert verdict.differences == ()


def test_the_weights_alone_make_the_model_that_the_recorded_server_had(smollm2: Path, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").symlink_to(smollm2)

    def digest(modelfile: str) -> str:
        (tmp_path / "Modelfile").write_text(modelfile)
        build = [str(OLBUILD), "build", "--profile", "ollama", "--home", str(tmp_path / "home"), str(tmp_path)]
        return subprocess.run(build, check=True, capture_output=True, text=True).stdout

    assert digest("FROM ./model.gguf") == digest(MODELFILE)
