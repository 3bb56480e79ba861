"""Every failure of llama.cpp is one clear error, and none of its own lines reaches the terminal."""

import resource
from contextlib import closing
from pathlib import Path

import pytest

from olbuild.core.errors import EngineError, NotFoundError, UsageError
from olbuild.running.jobs import Job
from olbuild.running.options import Adapter, Sampling
from olbuild.running.runtime import LlamaRuntime, load_runtime, loop
from olbuild.running.runtime.chooser import Chooser
from olbuild.testing.models import model_bytes
from tests.integration.engine.asking import FRANCE, Asked, ask, job
from tests.integration.engine.conftest import Script

ANSWER = """
from pathlib import Path
from tests.integration.engine.asking import ask, load_runtime
print(ask(load_runtime([Path("{model}")]))[0], end="")
"""

FAIL = """
from pathlib import Path
from olbuild.core.errors import OlbuildError
from olbuild.running.options import LoadOptions
from olbuild.running.placement import Placement
from olbuild.running.runtime import load_runtime
LIMIT
try:
    load_runtime([Path("{file}")], placement=Placement(context=8192, cells=8192, batch=8192, outputs=8192))
except OlbuildError as error:
    print(type(error).__name__, error.message)
"""

LOADED = """
import os
import sys
from olbuild.llama.bind import bind
os.environ.pop("GOMP_SPINCOUNT", None)
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
        load_runtime([tmp_path / "missing.gguf"])
    with pytest.raises(NotFoundError, match="is not there"):
        load_runtime([tmp_path])


def test_an_adapter_that_is_none(smollm2: Path, tmp_path: Path) -> None:
    (tmp_path / "adapter.gguf").write_bytes(b"GGUF")
    for adapter in (smollm2, tmp_path / "adapter.gguf"):
        with pytest.raises(EngineError, match=f"cannot use the adapter {adapter.name} with this model"):
            load_runtime([smollm2], [Adapter(adapter)])


def test_a_closed_model_says_so(smollm2: Path) -> None:
    runtime = load_runtime([smollm2])
    assert runtime.detokenize(runtime.tokenize("a<|im_end|>")) == "a<|im_end|>"
    runtime.close()
    runtime.close()
    with pytest.raises(EngineError, match="has been closed"):
        runtime.submit(Job(prompt=(1,), sampling=Sampling()), print)
    with pytest.raises(EngineError, match="has been closed"):
        runtime.tokenize("a")


def test_a_token_that_does_not_exist_is_refused(runtime: LlamaRuntime) -> None:
    for token in (-1, 49152, 2**40):
        with pytest.raises(UsageError, match="does not exist"):
            runtime.submit(Job(prompt=(1, token), sampling=Sampling()), print)
        with pytest.raises(UsageError, match="there is no token"):
            runtime.piece(token)


IMPORTED_LATER = """
import logging
from olbuild.llama.bind import bind
from olbuild.llama.log import LOG
bind()
import llama_cpp
llama = bind()
LOG.clear()
assert not llama.llama_model_load_from_file(b"{model}", llama.llama_model_default_params())
assert LOG.reason(), "nothing was heard"
"""


def test_the_log_comes_back_after_someone_else_took_it(tmp_path: Path, script: Script) -> None:
    finished = script(IMPORTED_LATER, model=tmp_path / "missing.gguf")
    _, errors = finished.communicate(timeout=120)
    assert finished.returncode == 0, errors


def test_a_job_that_cannot_be_begun_harms_no_other_one(runtime: LlamaRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_named: object) -> Chooser:
        raise OverflowError("too large")

    with monkeypatch.context() as patch:
        patch.setattr(loop, "Chooser", refuse)
        with pytest.raises(EngineError, match="the request could not be begun: OverflowError: too large"):
            ask(runtime)
    assert "Paris" in ask(runtime)[0]


def test_what_waits_when_the_engine_fails_is_told_so(smollm2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[Asked] = []

    def fail(*_arguments: object) -> None:
        waiting.append(Asked(runtime, job(runtime, FRANCE)))
        raise RuntimeError("no step")

    with closing(load_runtime([smollm2])) as runtime:
        monkeypatch.setattr(loop.Loop, "_step", fail)
        with pytest.raises(EngineError, match="the engine failed: RuntimeError: no step"):
            ask(runtime)
        with pytest.raises(EngineError, match="the engine failed: RuntimeError: no step"):
            waiting[0].answer()
        assert runtime.closed
