"""A model that says what it is told to, and writes down what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Self

from olbuild.artifact.bundle import Message, ParameterValue
from olbuild.core.errors import EngineError, NotFoundError, UsageError
from olbuild.running.requests import Chat, Delta, Done

RESULT = Done(
    finish="stop",
    prompt_tokens=30,
    cached_tokens=10,
    tokens=8,
    prompt_seconds=0.5,
    generation_seconds=0.25,
    seed=42,
)


class Answering:
    result = RESULT

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = pieces
        self.closed = False

    def __iter__(self) -> Iterator[Delta]:
        for piece in self._pieces:
            if piece == "^C":
                raise KeyboardInterrupt
            yield Delta(thinking=piece[1:]) if piece.startswith("~") else Delta(content=piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.closed = True


class Speaker:
    def __init__(self, *answers: Sequence[str], name: str = "me/a", capabilities: Sequence[str] = ()) -> None:
        self.name = name
        self.capabilities = frozenset(capabilities)
        self.messages = list[Message]()
        self._answers = list(answers)
        self.requests: list[Chat] = []
        self.answers: list[Answering] = []
        self.saved: list[tuple[str, str | None, dict[str, ParameterValue], list[tuple[str, str]]]] = []

    def is_fixed(self, parameter: str) -> bool:
        return parameter == "num_ctx"

    def others(self) -> Sequence[str]:
        return ["me/a", "me/b"]

    def ask(self, request: Chat) -> Answering:
        match request.messages[-1]["content"]:
            case "too long":
                raise UsageError("it does not fit")
            case "break":
                raise EngineError("broken")
        self.requests.append(request)
        self.answers.append(Answering(self._answers.pop(0) if self._answers else ["ok"]))
        return self.answers[-1]

    @property
    def heard(self) -> list[str]:
        """The last conversation."""
        return [f"{message['role']}: {message['content']}" for message in self.requests[-1].messages]

    def show(self, what: str) -> str:
        if what == "license":
            raise UsageError("the model has no license")
        return f"its {what}"

    def save(
        self, name: str, *, system: str | None, parameters: Mapping[str, ParameterValue], messages: Sequence[Message]
    ) -> None:
        if name == "BAD NAME":
            raise NotFoundError("no")
        self.saved.append((name, system, dict(parameters), [(each.role, each.content) for each in messages]))


class Models:
    """Opens speakers by name, and writes down which were opened and closed. ``refused`` says what cannot be opened."""

    def __init__(self, *speakers: Speaker, refused: Callable[[], bool] = lambda: False) -> None:
        self._speakers = {speaker.name: speaker for speaker in speakers}
        self._refused = refused
        self.events: list[str] = []

    @contextmanager
    def open(self, name: str) -> Iterator[Speaker]:
        if name not in self._speakers:
            raise NotFoundError(f"there is no {name}")
        if self._refused():
            raise UsageError("it does not fit into memory")
        self.events.append(f"+{name}")
        yield self._speakers[name]
        self.events.append(f"-{name}")


class Typed:
    """Lines that were typed; ``^C`` is a key."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self.prompts: list[str] = []

    def line(self, prompt: str, *, kept: bool) -> str:
        self.prompts.append(prompt if kept else f"({prompt})")
        if not self._lines:
            raise EOFError
        line = self._lines.pop(0)
        if line == "^C":
            raise KeyboardInterrupt
        return line
