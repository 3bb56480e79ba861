"""Images of a request: where they stand in the prompt, and what is said of those that cannot be used."""

import pytest

from olbuild.artifact.bundle import Bundle, Template
from olbuild.core.errors import UnsupportedError, UsageError
from olbuild.core.records import replace
from olbuild.running.chat import Choice, PromptWriter
from olbuild.running.media import part_key, part_tokens
from olbuild.running.requests import Chat, Complete, CountTokens, Event, Render, Rendered, Tokens
from olbuild.running.session.model import Model
from olbuild.running.session.pictures import MOST_IMAGES
from tests.unit.running.session.scripted import Scripted

TEMPLATE = Template(text="{% for m in messages %}({{ m.role[0] }} {{ m.content }}){% endfor %}", language="jinja")
CAT, DOG = b"image of a cat", b"image of a dog"


def shown(image: bytes) -> tuple[int, ...]:
    """Return the tokens of the scripted runtime for an image."""
    return (ord("<"), *part_tokens(part_key(image, 0), len(image)), ord(">"))


def spelled(text: str) -> tuple[int, ...]:
    return tuple(map(ord, text))


def model(runtime: Scripted, *, sees: bool = True) -> Model:
    runtime.facts = replace(runtime.facts, sees=sees)
    capabilities = frozenset({"completion", "vision"} if sees else {"completion"})
    writer = PromptWriter(Choice(template=TEMPLATE, origin="template"))
    return Model(Bundle(template=TEMPLATE), runtime, writer, parameters={}, capabilities=capabilities)


def prompt(request: Chat | Complete) -> tuple[int, ...]:
    """Return the prompt that the runtime gets."""
    runtime = Scripted(["ok"])
    events: list[Event] = []
    model(runtime).ask(request, events.append)
    (job,) = runtime.jobs
    assert {token >> 32 for token in job.prompt} - {0} == set(job.parts)
    return job.prompt


def user(content: str, *images: bytes, **fields: object) -> dict[str, object]:
    return {"role": "user", "content": content, "images": list(images), **fields}


def test_images_stand_in_front_of_their_text() -> None:
    given = prompt(Chat(messages=(user("both?", CAT, DOG),)))
    assert given == (*spelled("(u "), *shown(CAT), *shown(DOG), *spelled("both?)"))


def test_images_take_the_places_that_ollama_gives_them() -> None:
    given = prompt(Chat(messages=(user("a [img] b [img-0]", DOG, CAT),)))
    assert given == (*spelled("(u "), *shown(CAT), *spelled("a "), *shown(DOG), *spelled(" b [img-0])"))


def test_images_stand_where_the_parts_of_a_message_say() -> None:
    given = prompt(Chat(messages=(user("[img] ab", CAT, DOG, places=[6, 7]),)))
    assert given == (*spelled("(u [img] "), *shown(CAT), *spelled("a"), *shown(DOG), *spelled("b)"))


def test_images_of_one_place_stay_in_their_order() -> None:
    given = prompt(Chat(messages=(user("ab", CAT, DOG, CAT, places=[1, 1, 0]),)))
    assert given == (*spelled("(u "), *shown(CAT), *spelled("a"), *shown(CAT), *shown(DOG), *spelled("b)"))


def test_places_that_are_none_do_no_harm() -> None:
    for places in ([-1], [99], [1, 2], ["x"], "x"):
        assert set(shown(CAT)) <= set(prompt(Chat(messages=(user("ab", CAT, places=places),))))


def test_a_raw_prompt_names_its_images() -> None:
    given = prompt(Complete(prompt="see [img-1], [img-0] and [img-7]", images=(CAT, DOG), raw=True))
    assert given == (
        *spelled("see "), *shown(DOG), *spelled(", "), *shown(CAT), *spelled(" and [img-7]"),
    )  # fmt: skip
    assert prompt(Complete(prompt="see", images=(CAT,))) == (*spelled("(u "), *shown(CAT), *spelled("see)"))


def test_the_oldest_images_go_with_their_messages() -> None:
    long = b"image" * 100
    runtime = Scripted(["ok"], context=700)
    request = Chat(messages=(user("old", long), user("new", long)))
    model(runtime).ask(request, lambda _event: None)
    assert runtime.jobs[0].prompt == (*spelled("(u "), *shown(long), *spelled("new)"))
    with pytest.raises(UsageError, match="with its images has 8"):
        model(Scripted(context=700)).ask(Chat(messages=(user("both", long, b"image" * 60),)), lambda _event: None)


def test_what_is_shown_of_a_prompt() -> None:
    events: list[Event] = []
    request = Chat(messages=(user("both?", CAT, DOG),))
    model(Scripted()).ask(Render(request=request), events.append)
    model(Scripted()).ask(CountTokens(request=request), events.append)
    tokens = len(shown(CAT)) + len(shown(DOG)) + len("(u both?)")
    assert events == [Rendered(text="(u [img-0][img-1]both?)", images=2), Tokens(count=tokens)]


def test_an_error_names_the_image() -> None:
    request = Chat(messages=({"role": "user", "content": "a"}, user("b", CAT, b"junk")))
    with pytest.raises(UsageError, match=r"messages\[1\]\.images\[1\]: it is broken"):
        prompt(request)
    with pytest.raises(UsageError, match=r"^images\[0\]: it is broken"):
        prompt(Complete(prompt="a", images=(b"junk",)))


def test_the_number_of_images_is_bounded() -> None:
    with pytest.raises(UsageError, match=f"{MOST_IMAGES} are the most"):
        prompt(Chat(messages=(user("a", *[CAT] * (MOST_IMAGES + 1)),)))


def test_a_model_without_a_projector_says_so() -> None:
    with pytest.raises(UnsupportedError, match="does not support vision"):
        model(Scripted(), sees=False).ask(Chat(messages=(user("a", CAT),)), lambda _event: None)
