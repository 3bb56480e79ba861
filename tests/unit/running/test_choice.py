"""Which template a model is given: the first that is there, in a fixed order."""

import itertools

import pytest

from olbuild.artifact.bundle import Template
from olbuild.running.chat import Choice, choose_template

OWN = Template(text="{{ .Prompt }}", language="go")
WRITTEN = Template(text="written", language="go")


def choose(*present: str) -> Choice:
    """Choose among the sources that are present."""
    return choose_template(
        OWN if "template" in present else None,
        renderer="qwen3-coder" if "renderer" in present else None,
        weights="theirs" if "weights" in present else None,
        architecture="llama" if "family" in present else None,
        renderers={"qwen3-coder": WRITTEN}.get,
        families={"llama": "usual"}.get,
    )


ORDER = ("template", "renderer", "weights", "family")
FOUND = {
    "template": OWN,
    "renderer": WRITTEN,
    "weights": Template(text="theirs", language="jinja"),
    "family": Template(text="usual", language="jinja"),
}


@pytest.mark.parametrize("present", [each for n in range(1, 5) for each in itertools.combinations(ORDER, n)])
def test_the_first_in_order_is_taken(present: tuple[str, ...]) -> None:
    choice = choose(*present)
    assert (choice.origin, choice.template) == (present[0], FOUND[present[0]])
    assert bool(choice.warning) == (present == ("family",))


def test_without_any_there_is_none_and_a_warning() -> None:
    assert choose() == Choice(template=None, origin="nowhere", warning=choose().warning)
    assert "continues the text as it is" in (choose().warning or "")


def test_a_text_that_is_empty_is_not_there() -> None:
    empty = Template(text="", language="go")
    assert choose_template(empty, weights="theirs").origin == "weights"
    assert choose_template(None, weights="").origin == "nowhere"


def test_a_renderer_or_an_architecture_that_nobody_knows_is_passed_over() -> None:
    assert choose_template(None, renderer="x", weights="theirs").origin == "weights"
    assert choose_template(None, architecture="x", families={"llama": "usual"}.get).origin == "nowhere"


def test_a_renderer_may_refuse_a_name() -> None:
    def refuse(name: str) -> Template | None:
        raise LookupError(name)

    with pytest.raises(LookupError):
        choose_template(None, renderer="x", renderers=refuse)
    assert choose_template(OWN, renderer="x", renderers=refuse).origin == "template"
