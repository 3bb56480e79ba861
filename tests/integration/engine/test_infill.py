"""The prompt for what stands between two texts. The model knows nothing, and has the tokens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.artifact.bundle import Bundle
from olbuild.core.errors import UnsupportedError
from olbuild.core.names import Role
from olbuild.running.requests import Complete, Render, Rendered
from olbuild.running.runtime import LlamaRuntime, load_runtime
from olbuild.running.session.loading import load
from olbuild.testing.runnable import write_runnable_model
from tests.integration.engine.conftest import blob


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_runnable_model(tmp_path_factory.mktemp("infill") / "model.gguf", infills=True)


@pytest.fixture(scope="module")
def filling(model: Path) -> Iterator[LlamaRuntime]:
    runtime = load_runtime([model])
    yield runtime
    runtime.close()


@pytest.mark.parametrize(
    ("most", "text"),
    [
        (100, "<PRE>abcdefgh<SUF>stuvwxyz<MID>"),
        (19, "<PRE>abcdefgh<SUF>stuvwxyz<MID>"),
        (17, "<PRE>abcdefgh<SUF>stuvwx<MID>"),
        (11, "<PRE>cdefgh<SUF>st<MID>"),
        (4, "<PRE><SUF>s<MID>"),
        (3, "<PRE><SUF><MID>"),
    ],
)
def test_the_middle_is_asked_for_with_what_is_nearest(filling: LlamaRuntime, most: int, text: str) -> None:
    tokens = filling.infill("abcdefgh", "stuvwxyz", most)
    assert filling.detokenize(tokens) == text
    assert len(tokens) <= most


def test_a_short_text_leaves_its_room_to_the_other(filling: LlamaRuntime) -> None:
    assert filling.detokenize(filling.infill("a", "stuvwxyz", 12)) == "<PRE>a<SUF>stuvwxyz<MID>"
    assert filling.detokenize(filling.infill("abcdefgh", "", 11)) == "<PRE>abcdefgh<SUF><MID>"


def test_texts_are_no_tokens(filling: LlamaRuntime) -> None:
    assert len(filling.infill("<SUF>", "", 100)) == len(filling.infill("(SUF)", "", 100))


def test_a_session_fills_in(model: Path) -> None:
    with load(Bundle(weights=(blob(model, Role.WEIGHTS),))) as session:
        assert "insert" in session.facts.capabilities
        heard: list[object] = []
        session.ask(Render(request=Complete(prompt="def", suffix="end")), heard.append)
        assert heard == [Rendered(text="<PRE>def<SUF>end<MID>")]


def test_a_vocabulary_without_the_tokens_refuses(runtime: LlamaRuntime) -> None:
    assert not runtime.facts.infills
    with pytest.raises(UnsupportedError, match="no tokens for filling in the middle"):
        runtime.infill("a", "b", 100)
