"""A runtime whose tokens are characters and whose answers are written beforehand: what a session works on."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from olbuild.core.errors import OlbuildError, UsageError
from olbuild.running.jobs import Constraint, Facts, Hear, HearVectors, Job, Part, Picture, Piece, UnderWay
from olbuild.running.media import part_key, part_tokens
from olbuild.running.requests import Done, Grammar


class Ticket:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Scripted:
    """A ``Runtime``. Each job gets the pieces of the next answer, at once."""

    def __init__(
        self,
        *answers: Sequence[str] | OlbuildError,
        context: int = 1000,
        template: str | None = None,
        infills: bool = False,
    ) -> None:
        self.answers = list(answers)
        self.jobs: list[Job] = []
        self.facts = Facts(
            description="scripted",
            size=1,
            context=context,
            trained_context=context,
            template=template,
            bos="",
            eos="",
            infills=infills,
        )
        self.closed = False
        self.fault: OlbuildError | Done | None = None
        """What ends all vectors."""
        self.cache_use = 0.0
        self.under_way: UnderWay | None = None

    def settle(self) -> None:
        pass

    def submit(self, job: Job, hear: Hear) -> Ticket:
        self.jobs.append(job)
        answer = self.answers.pop(0)
        if isinstance(answer, OlbuildError):
            hear(answer)
            return Ticket()
        for text in answer:
            hear(Piece(text=text))
        hear(Done(finish="stop", prompt_tokens=len(job.prompt), tokens=len(answer)))
        return Ticket()

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        del add_bos, special
        return tuple(map(ord, text))

    def detokenize(self, tokens: Sequence[int]) -> str:
        return "".join(map(chr, tokens))

    def piece(self, token: int) -> bytes:
        return chr(token).encode()

    @property
    def ends(self) -> frozenset[int]:
        return frozenset({0})

    def constraint(self, grammar: Grammar) -> Constraint:
        raise UsageError(f"{grammar.kind} is not scripted")

    def look(self, image: bytes) -> Picture:
        if not image.startswith(b"image"):
            raise UsageError("it is broken, and cannot be read")
        key = part_key(image, 0)
        part = Part(key=key, places=len(image), positions=len(image), chunk=0, owner=None)
        return Picture(tokens=(ord("<"), *part_tokens(key, len(image)), ord(">")), parts={key: part})

    def infill(self, prefix: str, suffix: str, most: int) -> tuple[int, ...]:
        return self.tokenize(f"{prefix}_{suffix}"[:most])

    def sequence(self, text: str, *, truncate: bool) -> tuple[int, ...]:
        tokens = self.tokenize(text)
        return tokens[: self.facts.context] if truncate else tokens

    def pair(self, query: str, document: str) -> tuple[int, ...]:
        return self.tokenize(f"{query}|{document}")

    def embed(self, inputs: Sequence[Sequence[int]], hear: HearVectors) -> Ticket:
        heard = [array("f", [len(tokens), tokens[0], 0]).tobytes() for tokens in inputs]
        hear(self.fault or heard)
        return Ticket()

    def close(self) -> None:
        self.closed = True
