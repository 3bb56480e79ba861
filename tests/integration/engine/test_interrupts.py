"""An answer ends when someone wants it to: closed, by Ctrl-C, in a long prompt, while loading."""

import gc
import signal
import threading
import time
import weakref
from pathlib import Path

import pytest

from olbuild.core.errors import EngineError
from olbuild.running.jobs import Job, Piece
from olbuild.running.options import Sampling
from olbuild.running.requests import Done
from olbuild.running.runtime import LlamaRuntime
from tests.integration.engine.asking import FRANCE, STORY, Asked, ask, job, load_runtime
from tests.integration.engine.conftest import Script

TALK = """
from pathlib import Path
from olbuild.running.options import LoadOptions
from tests.integration.engine.asking import FRANCE, Asked, ask, job, load_runtime
runtime = load_runtime([Path("{model}")], options=LoadOptions(num_ctx=8192))
print("ready", flush=True)
asked = Asked(runtime, job(runtime, PROMPT, num_predict=-1))
try:
    for event in asked:
        print("piece", flush=True)
except KeyboardInterrupt:
    asked.cancel()
    done = list(asked)[-1]
    print(done.finish, done.tokens > 0)
    print(ask(runtime)[0])
"""


def _read_until(stream: object, line: str) -> None:
    for text in iter(stream.readline, ""):  # type: ignore[attr-defined]
        if text.strip() == line:
            return
    pytest.fail(f"the program ended before it said {line!r}")


@pytest.mark.parametrize(
    ("prompt", "moment", "end"),
    [
        (repr(STORY), "piece", "interrupted True"),
        ('"word " * 8000', "ready", "interrupted False"),  # a prompt of many seconds
    ],
)
def test_ctrl_c_ends_an_answer_at_once_and_the_model_can_go_on(
    script: Script, prompt: str, moment: str, end: str
) -> None:
    process = script(TALK.replace("PROMPT", prompt))
    _read_until(process.stdout, moment)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    lines = [line for line in out.splitlines() if line != "piece"]
    assert (lines, err) == ([end, "The capital of France is Paris."], "")
    assert process.returncode == 0


def test_an_uncaught_ctrl_c_ends_the_program(script: Script) -> None:
    process = script(TALK.replace("PROMPT", repr(STORY)).replace("KeyboardInterrupt", "ValueError"))
    _read_until(process.stdout, "piece")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert err.rstrip().endswith("KeyboardInterrupt")


def test_a_cancelled_answer_is_interrupted_and_the_next_one_is_as_ever(runtime: LlamaRuntime) -> None:
    asked = Asked(runtime, job(runtime, STORY, num_predict=-1))
    first = next(iter(asked))
    assert isinstance(first, Piece)
    asked.cancel()
    text, done = asked.answer()
    assert (done.finish, 0 < done.tokens < 4000) == ("interrupted", True)
    assert ask(runtime)[0] == "The capital of France is Paris."
    asked.cancel()  # too late, and without effect
    assert (first.text + text).startswith(ask(runtime, STORY, num_predict=1)[0])


def test_cancelling_a_long_prompt_does_not_wait_for_its_evaluation(smollm2: Path) -> None:
    runtime = load_runtime([smollm2])
    other = Asked(runtime, Job(prompt=tuple(range(1000, 5000)), sampling=Sampling(num_predict=1)))
    time.sleep(0.2)
    other.cancel()
    assert other.answer()[1].finish == "interrupted"
    assert ask(runtime)[0] == "The capital of France is Paris."
    runtime.close()


def test_a_neighbour_that_is_cancelled_hurts_nobody(runtime: LlamaRuntime) -> None:
    asked = [Asked(runtime, job(runtime, FRANCE if number == 0 else STORY * number)) for number in range(6)]
    for one in asked[1:]:
        one.cancel()
    ends = [one.answer() for one in asked]
    assert ends[0][0] == "The capital of France is Paris."
    assert ends[0][1].finish == "stop"
    assert {done.finish for _, done in ends[1:]} <= {"interrupted", "length"}


def test_jobs_that_are_cancelled_at_any_moment_leave_nothing_behind(runtime: LlamaRuntime) -> None:
    prompts = [FRANCE, STORY, FRANCE * 3, STORY * 2]
    for number in range(60):
        asked = Asked(runtime, job(runtime, prompts[number % 4], num_predict=4))
        time.sleep(number % 7 * 0.002)
        asked.cancel()
        assert asked.answer()[1].finish in {"interrupted", "length"}
    assert ask(runtime)[0] == "The capital of France is Paris."
    assert runtime.cache_use < 0.5


def test_interrupting_the_loading_frees_everything(smollm2: Path) -> None:
    def interrupt(_fraction: float) -> None:
        raise KeyboardInterrupt

    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        load_runtime([smollm2], progress=interrupt)
    assert threading.active_count() == threads


def test_closing_the_model_ends_its_answers(smollm2: Path) -> None:
    runtime = load_runtime([smollm2])
    asked = [Asked(runtime, job(runtime, STORY, num_predict=-1)) for _ in range(3)]
    assert isinstance(next(iter(asked[0])), Piece)
    runtime.close()
    for one in asked:
        assert one.answer()[1].finish == "interrupted"
    with pytest.raises(EngineError, match="has been closed"):
        ask(runtime)


def test_a_model_that_nobody_has_any_more_is_closed(smollm2: Path) -> None:
    runtime = load_runtime([smollm2])
    asked = Asked(runtime, job(runtime, STORY, num_predict=-1))
    threads, gone = threading.active_count(), weakref.ref(runtime)
    del runtime
    gc.collect()
    assert gone() is None
    assert asked.answer()[1].finish == "interrupted"
    assert threading.active_count() == threads - 1


def test_a_listener_that_fails_hears_nothing_more_and_hurts_nobody(runtime: LlamaRuntime) -> None:
    heard: list[object] = []

    def hear(event: object) -> None:
        heard.append(event)
        raise ValueError("a listener's fault")

    runtime.submit(job(runtime, STORY), hear)
    assert ask(runtime)[0] == "The capital of France is Paris."
    assert len(heard) == 1
    assert not isinstance(heard[0], Done)
