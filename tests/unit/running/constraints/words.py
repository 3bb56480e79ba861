"""A vocabulary without an engine: each byte, some longer tokens, control tokens, two ends."""

import random
from collections.abc import Iterator

from olbuild.running.jobs import Constraint

LONGER = [b'{"', b'":', b'",', b'"}', b"  ", b"    ", b"\n", b"\n  ", b"true", b"null", b"name", b"ab", "é".encode()]
CONTROL = ["<|im_start|>", "[TOOL_CALLS]"]
STEERING = frozenset(b'"}],:0123456789.tfn')


class Words:
    """Satisfies ``constraints.port.Vocabulary``."""

    def __init__(self) -> None:
        self.pieces = [bytes([byte]) for byte in range(256)] + LONGER + [b""] * (len(CONTROL) + 2)
        self.size = len(self.pieces)
        self.first_control = 256 + len(LONGER)

    def piece(self, token: int) -> bytes:
        return self.pieces[token]

    def shown(self, token: int) -> bytes:
        """Return the bytes of a token; those of a control token are its name."""
        control = token - self.first_control
        return CONTROL[control].encode() if 0 <= control < len(CONTROL) else self.pieces[token]

    def ends(self, token: int) -> bool:
        return token >= self.size - 2

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        del add_bos
        if special and text in CONTROL:
            return (self.first_control + CONTROL.index(text),)
        data, tokens = text.encode(), []
        while data:
            token = max((t for t in range(self.first_control) if data.startswith(self.pieces[t])), key=self._length)
            tokens.append(token)
            data = data[len(self.pieces[token]) :]
        return tuple(tokens)

    def _length(self, token: int) -> int:
        return len(self.pieces[token])


def bits(mask: bytes | None, size: int) -> set[int]:
    """Return the tokens of a mask."""
    assert mask is not None
    assert len(mask) == (size + 7) // 8
    number = int.from_bytes(mask, "little")
    assert number >> size == 0
    return {token for token in range(size) if number >> token & 1}


def write(constraint: Constraint, text: str) -> str:
    """Let a constraint accept a text, byte by byte; return what it does not allow."""
    for at, byte in enumerate(data := text.encode()):
        if not constraint.allows(byte):
            return data[at:].decode(errors="replace")
        constraint.accept(byte)
    return ""


def may_end(constraint: Constraint, vocabulary: Words) -> bool:
    """Whether both ends are allowed; they always go together."""
    found = {constraint.allows(token) for token in range(vocabulary.size) if vocabulary.ends(token)}
    assert len(found) == 1
    return found.pop()


def takes(constraint: Constraint, vocabulary: Words, text: str) -> bool:
    """Whether a text is allowed, and may be all."""
    return not write(constraint, text) and may_end(constraint, vocabulary)


def speak(constraint: Constraint, vocabulary: Words, chance: random.Random, most: int = 400) -> str | None:
    """Return what comes out of random tokens under the mask, or None if it does not come to an end."""
    said = b"".join(_tokens(constraint, vocabulary, chance, most))
    return said.decode() if may_end(constraint, vocabulary) else None


def _tokens(constraint: Constraint, vocabulary: Words, chance: random.Random, most: int) -> Iterator[bytes]:
    for _ in range(most):
        allowed = sorted(bits(constraint.mask(), vocabulary.size))
        assert allowed
        structure = [token for token in allowed if set(vocabulary.piece(token)) <= STEERING or vocabulary.ends(token)]
        token = chance.choice(structure if structure and chance.random() < 0.6 else allowed)
        if vocabulary.ends(token):
            return
        assert constraint.allows(token)
        constraint.accept(token)
        yield vocabulary.shown(token)
        if constraint.finished:
            return
