"""The images of one request, from the messages that have them to the tokens that stand for them.

A template writes text, so each image goes through it as a word that nobody can foresee; where the word stands in the
prompt, the image does. What a template leaves out is not looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from msgspec import field

from olbuild.core.errors import UnsupportedError, UsageError
from olbuild.core.records import Frozen
from olbuild.running.chat import PlainMessage
from olbuild.running.chat.ollama import text_of
from olbuild.running.jobs import Part, Picture, Runtime
from olbuild.running.requests import Chat, Complete

MOST_IMAGES = 64
"""Of one request."""

_WORD = f"image{os.urandom(12).hex()}x"
_MARK = re.compile(rf"{_WORD}(\d+)x")
_TAG = "[img]"
_NUMBERED = re.compile(r"\[img-(\d+)\]")


def count_images(request: Chat | Complete) -> int:
    """Return how many images a request has."""
    if isinstance(request, Complete):
        return len(request.images)
    return sum(len(message.get("images") or ()) for message in request.messages)


class Prompt(Frozen, kw_only=True):
    """A prompt as text and as tokens. Images are ``[img-0]`` and so on in the text; ``parts`` are theirs by key."""

    text: str
    tokens: tuple[int, ...]
    parts: Mapping[int, Part] = field(default_factory=dict)


class Pictures:
    """Places the images of a request into its messages, and reads the prompt that a template made of those."""

    def __init__(self, runtime: Runtime) -> None:
        """Begin without images."""
        self._runtime = runtime
        self._images: list[tuple[str, bytes]] = []
        self._looked: dict[int, Picture] = {}

    def place(self, messages: Iterable[PlainMessage]) -> list[PlainMessage]:
        """Return messages with their images in their texts.

        ``places`` of a message says before which character of the content each image stands. Without that it is
        Ollama's rule (server/prompt.go): in place of an ``[img]`` in the content, in front of the content without one.

        Raises:
            UsageError: if there are too many.
        """
        return [self._place(message, f"messages[{number}].") for number, message in enumerate(messages)]

    def _place(self, message: PlainMessage, where: str) -> PlainMessage:
        images = message.get("images")
        if not isinstance(images, list | tuple) or not images:
            return message
        marks = self.marks(images, where)
        content, places = text_of(message), message.get("places")
        if isinstance(places, list | tuple) and [type(place) for place in places] == [int] * len(images):
            content = _placed(content, sorted(zip(places, marks, strict=True), key=itemgetter(0)))
        else:
            content = _as_ollama_places(content, marks)
        rest = {name: value for name, value in message.items() if name not in {"images", "places"}}
        return {**rest, "content": content}

    def marks(self, images: Sequence[bytes], where: str) -> list[str]:
        """Return the words that stand for some images; ``where`` is their place in the request."""
        first = len(self._images)
        self._images += [(f"{where}images[{number}]", image) for number, image in enumerate(images)]
        if len(self._images) > MOST_IMAGES:
            raise UsageError(f"the request has {len(self._images)} images, and {MOST_IMAGES} are the most")
        return [f"{_WORD}{number}x" for number in range(first, len(self._images))]

    def raw(self, prompt: str, images: Sequence[bytes]) -> str:
        """Return a prompt that goes through no template with its images: at ``[img-0]`` and so on, else in front."""
        marks = self.marks(images, "")
        known = {f"[img-{number}]": mark for number, mark in enumerate(marks)}
        placed = _NUMBERED.sub(lambda found: known.get(found[0], found[0]), prompt)
        return placed if placed != prompt else _as_ollama_places(prompt, marks)

    def read(self, text: str) -> Prompt:
        """Return the prompt that a text with such words is.

        Raises:
            UsageError, UnsupportedError: if one of its images cannot be used.
        """
        if not self._images:
            return Prompt(text=text, tokens=self._runtime.tokenize(text))
        first, *rest = _MARK.split(text)
        tokens, shown, parts = [*self._runtime.tokenize(first)], [first], dict[int, Part]()
        for number, (image, following) in enumerate(zip(rest[::2], rest[1::2], strict=True)):
            picture = self._look(int(image))
            tokens += (*picture.tokens, *self._runtime.tokenize(following, add_bos=False))
            shown += (f"[img-{number}]", following)
            parts |= picture.parts
        return Prompt(text="".join(shown), tokens=tuple(tokens), parts=parts)

    def _look(self, number: int) -> Picture:
        if number not in self._looked:
            where, image = self._images[number]
            try:
                self._looked[number] = self._runtime.look(image)
            except UnsupportedError as error:
                raise UnsupportedError(f"{where}: {error.message}", capability=error.capability) from None
            except UsageError as error:
                raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
        return self._looked[number]


def _placed(content: str, marks: Sequence[tuple[int, str]]) -> str:
    """Return a content with marks in it, each before a character; those of one place stay in their order."""
    pieces, before = list[str](), 0
    for place, mark in marks:
        after = min(max(place, before), len(content))
        pieces += (content[before:after], mark)
        before = after
    return "".join([*pieces, content[before:]])


def _as_ollama_places(content: str, marks: Sequence[str]) -> str:
    front = ""
    for mark in marks:
        if _TAG in content:
            content = content.replace(_TAG, mark, 1)
        else:
            front += mark
    return front + content
