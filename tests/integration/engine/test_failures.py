"""Every failure of llama.cpp is one clear error, and none of its own lines reaches the terminal."""

import resource
from pathlib import Path

import pytest

from olbuild.core.errors import EngineError, NotFoundError
from olbuild.running.engine.llamacpp import LlamaEngine
from olbuild.running.options import Adapter, Sampling
from olbuild.testing.models import model_bytes
from tests.integration.engine.conftest import Script

ANSWER = """
from pathlib import Path
from olbuild.artifact.bundle import Blob, Bundle, Message
from olbuild.core.content import FileContent
from olbuild.core.names import Digest, Role
from olbuild.running.session import load
content = FileContent.of(Path("{model}"))
weights = Blob(role=Role.WEIGHTS, digest=Digest.of(b""), size=content.size, content=content)
with load(Bundle(weights=(weights,), system="Answer in one sentence.", parameters={"temperature": 0})) as model:
    with model.chat([Message(role="user", content="What is the capital of France?")]) as generation:
        for piece in generation:
            print(piece.text, end="")
"""

FAIL = """
from pathlib import Path
from olbuild.core.errors import OlbuildError
from olbuild.running.engine.llamacpp import LlamaEngine
from olbuild.running.options import LoadOptions
LIMIT
try:
    LlamaEngine([Path("{file}")], options=LoadOptions(num_ctx=8192, num_batch=8192, num_thread=1))
except OlbuildError as error:
    print(type(error).__name__, error.message)
"""

LOADED = """
import os
import sys
from olbuild.llama.bind import bind
bind()
assert "GOMP_SPINCOUNT" not in os.environ
print(sorted({"numpy", "jinja2", "diskcache", "llama_cpp"} & sys.modules.keys()))
import llama_cpp
print(llama_cpp.Llama.__name__, llama_cpp.llama_cpp is bind())
"""


def test_llamacpp_is_silent(script: Script) -> None:
    out, err = script(ANSWER).communicate(timeout=120)
    assert (out, err) == ("The capital of France is Paris.", "")


def test_only_the_bindings_are_loaded_and_the_package_still_works(script: Script) -> None:
    out, err = script(LOADED).communicate(timeout=60)
    assert (out, err) == ("[]\nLlama True\n", "")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot load"),
        (b"GGUF", "cannot load"),
        (b"<html>not found</html>" * 100, "cannot load"),
        (model_bytes(), "cannot load"),  # a header without a vocabulary
    ],
)
def test_a_file_that_is_no_model(script: Script, tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "model.gguf").write_bytes(data)
    code = FAIL.replace("LIMIT", "")
    out, err = script(code, file=tmp_path / "model.gguf").communicate(timeout=60)
    assert out.startswith(f"EngineError llama.cpp {reason} model.gguf: ")
    assert err == ""


def test_a_cut_model(script: Script, smollm2: Path, tmp_path: Path) -> None:
    with smollm2.open("rb") as whole:
        (tmp_path / "cut.gguf").write_bytes(whole.read(50_000_000))
    out, err = script(FAIL.replace("LIMIT", ""), file=tmp_path / "cut.gguf").communicate(timeout=60)
    assert out.startswith("EngineError llama.cpp cannot load cut.gguf: ")
    assert err == ""


def test_too_little_memory(script: Script, smollm2: Path) -> None:
    # The weights fit; evaluating 8192 tokens at once takes 1.6 GB for their logits alone.
    limit = resource.getrlimit(resource.RLIMIT_AS)[1]
    code = FAIL.replace(
        "LIMIT",
        "import resource; from olbuild.llama.bind import bind; bind()\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (used + 1_000_000_000, {limit}))",
    )
    out, err = script(code, file=smollm2).communicate(timeout=60)
    assert out.startswith("ResourceError llama.cpp cannot make a context of 8192 tokens: ")
    assert err == ""


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="is not there"):
        LlamaEngine([tmp_path / "missing.gguf"])
    with pytest.raises(NotFoundError, match="is not there"):
        LlamaEngine([tmp_path])


def test_an_adapter_that_is_none(smollm2: Path, tmp_path: Path) -> None:
    (tmp_path / "adapter.gguf").write_bytes(b"GGUF")
    for adapter in (smollm2, tmp_path / "adapter.gguf"):
        with pytest.raises(EngineError, match=f"cannot use the adapter {adapter.name} with this model"):
            LlamaEngine([smollm2], [Adapter(adapter)])


def test_a_closed_model_says_so(smollm2: Path) -> None:
    engine = LlamaEngine([smollm2])
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="has been closed"):
        engine.generate([1], Sampling())
    with pytest.raises(EngineError, match="has been closed"):
        engine.tokenize("a")
