"""An answer ends when someone wants it to: closed, by Ctrl-C, in a long prompt, while loading."""

import signal
import threading
import time
from pathlib import Path

import pytest

from olbuild.artifact.bundle import Bundle, Message
from olbuild.core.errors import EngineError
from olbuild.core.events import Advanced, Event
from olbuild.running.engine.llamacpp import LlamaEngine
from olbuild.running.options import Sampling
from olbuild.running.session import load
from tests.integration.engine.conftest import Script
from tests.integration.engine.test_answers import FRANCE, STORY, ask

TALK = """
from pathlib import Path
from olbuild.running.engine.llamacpp import LlamaEngine
from olbuild.running.options import LoadOptions, Sampling
engine = LlamaEngine([Path("{model}")], options=LoadOptions(num_ctx=8192))
prompt = engine.tokenize(PROMPT)
print("ready", flush=True)
generation = engine.generate(prompt, Sampling(temperature=0))
try:
    for piece in generation:
        print("piece", flush=True)
except KeyboardInterrupt:
    generation.close()
    print(generation.result.finish, generation.result.tokens > 0)
    after = engine.generate(engine.tokenize("<|im_start|>user\\nWhat is the capital of France?<|im_end|>\\n"
        "<|im_start|>assistant\\n"), Sampling(temperature=0))
    print("".join(piece.text for piece in after))
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


def test_a_closed_answer_is_interrupted_and_the_next_one_is_as_ever(engine: LlamaEngine) -> None:
    generation = engine.generate(engine.tokenize(STORY), Sampling(temperature=0))
    next(generation)
    with pytest.raises(EngineError, match="still giving another answer"):
        engine.generate(engine.tokenize(FRANCE), Sampling())
    generation.close()
    assert generation.result.finish == "interrupted"
    assert 0 < generation.result.tokens < 4000
    assert ask(engine)[0] == "The capital of France is Paris."


def test_ctrl_c_while_loading_frees_everything(bundle: Bundle) -> None:
    def interrupt(event: Event) -> None:
        if isinstance(event, Advanced):
            raise KeyboardInterrupt

    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        load(bundle, emit=interrupt)
    assert threading.active_count() == threads
    with load(bundle) as model, model.chat([Message(role="user", content="Hi")]) as generation:
        assert next(generation).text


def test_closing_the_model_ends_its_answer(smollm2: Path) -> None:
    engine = LlamaEngine([smollm2])
    generation = engine.generate(engine.tokenize(STORY), Sampling(temperature=0))
    next(generation)
    engine.close()
    assert generation.result.finish == "interrupted"
