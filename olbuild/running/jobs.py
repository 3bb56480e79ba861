"""What the runtime is given, in tokens, and what it gives back, in text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, TypeAlias

from msgspec import field

from olbuild.core.errors import OlbuildError
from olbuild.core.records import Frozen
from olbuild.running.options import Sampling
from olbuild.running.requests import Done, Grammar, TokenLogprob


class Constraint(Protocol):
    """What the next token may be, for one answer. It has a state, which ``accept`` moves on."""

    def mask(self) -> bytes | None:
        """Return the tokens that are allowed now, a bit for each in little-endian order, or ``None`` for all of them.

        Raises:
            EngineError: if the grammar has become too large to be followed.
        """
        ...

    def allows(self, token: int) -> bool:
        """Whether a token is allowed now; often cheaper than the mask."""
        ...

    def accept(self, token: int) -> None:
        """Go on behind a token that is allowed."""
        ...

    def forced(self) -> Sequence[int]:
        """Return tokens that nearly surely come next, because only their text is allowed; none if that is not known."""
        ...

    @property
    def finished(self) -> bool:
        """Whether nothing may follow but the end."""
        ...

    def copy(self) -> Constraint:
        """Return one in the same state, which goes on for itself."""
        ...


class Part(Frozen, kw_only=True):
    """A part of an image, cut to size and not yet encoded.

    Attributes:
        key: by which the prompt names it; see ``olbuild.running.media``.
        places: how many tokens it stands for.
        positions: by how much the positions of what follows go on; less than ``places`` with M-RoPE.
        chunk: the engine's pointer to it, valid as long as ``owner`` is there.
    """

    key: int
    places: int
    positions: int
    chunk: int
    owner: object


class Picture(Frozen, kw_only=True):
    """What stands in a prompt for an image: tokens of text, those of its parts, and the parts by their keys."""

    tokens: tuple[int, ...]
    parts: Mapping[int, Part]


NO_PARTS: Mapping[int, Part] = MappingProxyType({})


class Job(Frozen, kw_only=True):
    """A prompt to continue.

    Attributes:
        prompt: its tokens, at least one; the last one is text.
        parts: the parts of images that are in it, by their keys.
        sampling: how tokens are chosen, and what ends the answer.
        constraint: what the answer must look like.
        visible: control tokens whose text is shown, because a parser looks for them.
        logprobs: alternatives of which the log-probability is wanted with each token; ``None`` is none at all.
        shift, client, cache, priority: as ``olbuild.running.requests.Wishes`` has them.
    """

    prompt: tuple[int, ...]
    parts: Mapping[int, Part] = field(default_factory=dict)
    sampling: Sampling
    constraint: Constraint | None = None
    visible: frozenset[int] = frozenset()
    logprobs: int | None = None
    shift: bool = False
    client: str = ""
    cache: str = ""
    priority: int = 0


class Piece(Frozen, kw_only=True):
    """A further part of an answer: whole characters, never a part of a stop text."""

    text: str
    logprobs: tuple[TokenLogprob, ...] = ()


JobEvent: TypeAlias = Piece | Done | OlbuildError
"""Pieces, then either of the others, once."""

Hear: TypeAlias = Callable[[JobEvent], None]
"""Hears the events of one job, in order, in the thread of the engine: it must be quick, and must not raise."""


HearVectors: TypeAlias = Callable[[list[bytes] | Done | OlbuildError], None]
"""Hears, once, the vectors of some inputs, that they are not wanted any more, or what went wrong. It must be quick."""


class Facts(Frozen, kw_only=True):
    """What loaded weights say about themselves. ``context`` and ``trained_context`` are in tokens, sizes in bytes.

    Attributes:
        context: most tokens of one job, prompt and answer together.
        template: the chat template in the header, which is Jinja.
        bos, eos: the texts of the tokens that begin and end a sequence; empty when there is none.
        embedding_length: numbers in a vector of the model.
        generates: whether it can continue a text; an encoder cannot.
        infills: whether its vocabulary has the tokens for filling in the middle.
        ranks: whether it makes scores of pairs instead of vectors.
        sees: whether it has a projector for images.
        memory: what weights, contexts and buffers took, in all, when it was loaded; contexts can grow.
        gpu_memory: how much of that is on graphics processors.
        notes: what was given and has no effect, in words.
    """

    description: str
    size: int
    context: int
    trained_context: int
    template: str | None
    bos: str
    eos: str
    embedding_length: int = 0
    generates: bool = True
    infills: bool = False
    ranks: bool = False
    sees: bool = False
    memory: int = 0
    gpu_memory: int = 0
    notes: tuple[str, ...] = ()


class UnderWay(Frozen, kw_only=True):
    """A step of an engine that has begun and not ended: its tokens, and how many seconds it has taken so far."""

    tokens: int
    seconds: float


class Ticket(Protocol):
    """A job on its way."""

    def cancel(self) -> None:
        """End it at once; ``Done`` with ``interrupted`` is heard, unless it has ended. From any thread, at any time."""
        ...


class Runtime(Protocol):
    """A loaded model that works on many jobs at once, in a thread of its own."""

    @property
    def facts(self) -> Facts:
        """What the weights say about themselves."""
        ...

    @property
    def closed(self) -> bool:
        """Whether it takes no jobs any more: somebody closed it, or its thread failed."""
        ...

    @property
    def cache_use(self) -> float:
        """Which part of the cache the jobs take that are going on, from 0 to 1."""
        ...

    @property
    def under_way(self) -> UnderWay | None:
        """The step that has taken longest so far. From any thread."""
        ...

    def settle(self) -> None:
        """Wait until there is nothing to do, not even what the engine does for itself behind an answer."""
        ...

    def submit(self, job: Job, hear: Hear) -> Ticket:
        """Begin a job. From any thread.

        Raises:
            UsageError: if the prompt is empty or does not fit into the context.
            EngineError: if the model has been closed.
        """
        ...

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        """Return the tokens of a text. From any thread.

        Args:
            text: the text.
            add_bos: put the token that begins a sequence in front, if the model wants one and it is not there.
            special: the texts of special tokens become those tokens.
        """
        ...

    def constraint(self, grammar: Grammar) -> Constraint:
        """Return what holds one answer to a grammar. From any thread.

        Raises:
            UsageError: if the grammar is wrong, too large, or asks what cannot be enforced, which is named.
        """
        ...

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token, those of a control token included."""
        ...

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        ...

    def detokenize(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens, that of special ones included."""
        ...

    def look(self, image: bytes) -> Picture:
        """Return what stands in a prompt for an image. From any thread.

        Raises:
            UnsupportedError: if the model has no projector, or it is sound.
            UsageError: if it is no image that can be read, or too large.
            EngineError: if the projector cannot be used.
        """
        ...

    def infill(self, prefix: str, suffix: str, most: int) -> tuple[int, ...]:
        """Return the prompt for what stands between two texts, by the tokens that the vocabulary has for that.

        Args:
            prefix: what stands before; its beginning is left out if it is too long.
            suffix: what stands behind; of this, the end.
            most: most tokens of the prompt.

        Raises:
            UnsupportedError: if there are no such tokens.
        """
        ...

    def sequence(self, text: str, *, truncate: bool) -> tuple[int, ...]:
        """Return the tokens of a text for ``embed``, with what the model wants at its beginning and end.

        Args:
            text: the text.
            truncate: leave out the end of what is longer than the context.
        """
        ...

    def pair(self, query: str, document: str) -> tuple[int, ...]:
        """Return the tokens for ``embed`` in which a query and a document are compared."""
        ...

    def embed(self, inputs: Sequence[Sequence[int]], hear: HearVectors) -> Ticket:
        """Begin to make a vector of each input; of a model that ranks, the score. From any thread.

        Args:
            inputs: tokens each.
            hear: hears the vectors: little-endian float32, ``Facts.embedding_length`` of them each.

        Raises:
            UsageError: if an input is empty, has a token that does not exist, or does not fit into the context.
            EngineError: if the model has been closed.
        """
        ...

    def close(self) -> None:
        """End all jobs, and free the model. Safe to call twice."""
        ...
