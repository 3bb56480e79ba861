"""Grammars in GBNF allow the tokens that llama.cpp's own grammar sampler allows."""

import ctypes
import random
from contextlib import closing

import numpy as np
import pytest

from olbuild.llama.bind import bind
from olbuild.running.constraints.maker import Constraints
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.requests import Grammar

JSON = r"""
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws
object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
array  ::= "[" ws ( value ("," ws value)* )? "]" ws
string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) )* "\"" ws
number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
ws     ::= | " " | "\n" [ \t]{0,20}
"""
LIST = 'root ::= item+\nitem ::= "- " [^\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029]+ "\\n"'
CHOICE = 'root ::= ("yes" | "no" | "maybe" [!?]{1,3}) ("\\n" root)?'
EMOJI = "root ::= [\\U0001F300-\\U0001FAFF]{1,5} [\\u3040-\\u30ff]*"


class Sampler:
    """llama.cpp's."""

    def __init__(self, vocabulary: Vocabulary, text: str) -> None:
        self.llama, self.size = bind(), vocabulary.size
        self.sampler = self.llama.llama_sampler_init_grammar(vocabulary._handle, text.encode(), b"root")
        assert self.sampler

    def allowed(self) -> set[int]:
        data = np.zeros(self.size, [("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        data["id"] = np.arange(self.size)
        array = self.llama.llama_token_data_array()
        array.data = ctypes.cast(data.ctypes.data, ctypes.POINTER(self.llama.llama_token_data))
        array.size, array.selected, array.sorted = self.size, -1, False
        self.llama.llama_sampler_apply(self.sampler, ctypes.byref(array))
        return set(map(int, data["id"][data["logit"] == 0]))

    def accept(self, token: int) -> None:
        self.llama.llama_sampler_accept(self.sampler, token)

    def close(self) -> None:
        self.llama.llama_sampler_free(self.sampler)


@pytest.mark.parametrize("text", [JSON, LIST, CHOICE, EMOJI])
def test_the_same_tokens_are_allowed(constraints: Constraints, vocabulary: Vocabulary, text: str) -> None:
    chance = random.Random(len(text))  # noqa: S311 - a test that can be repeated
    for _ in range(2):
        ours = constraints.make(Grammar(kind="gbnf", text=text))
        with closing(Sampler(vocabulary, text)) as theirs:
            for _ in range(20):
                mask = np.frombuffer(ours.mask() or b"", np.uint8)
                mine = set(map(int, np.flatnonzero(np.unpackbits(mask, count=vocabulary.size, bitorder="little"))))
                theirs_only, mine_only = _differences(vocabulary, mine, theirs.allowed())
                assert {piece for piece in theirs_only if not _is_broken(piece)} == set()
                assert {piece for piece in mine_only if not _is_cut(piece)} == set()
                word = sorted(token for token in mine if not vocabulary.ends(token))
                if not word:
                    break
                token = chance.choice(word)
                ours.accept(token)
                theirs.accept(token)


def _differences(vocabulary: Vocabulary, mine: set[int], theirs: set[int]) -> tuple[set[bytes], set[bytes]]:
    """Return the pieces that only one side allows.

    llama.cpp takes control tokens for their names, which here are invisible and so are never allowed.
    """
    visible = {token for token in theirs if vocabulary.piece(token) or vocabulary.ends(token)}
    return {vocabulary.piece(token) for token in visible - mine}, {vocabulary.piece(token) for token in mine - visible}


def _is_broken(piece: bytes) -> bool:
    """Whether bytes neither are characters nor can become some: llama.cpp lets a few of those pass."""
    return _reason(piece) not in ("", "unexpected end of data")


def _is_cut(piece: bytes) -> bool:
    """Whether bytes end within a character: llama.cpp allows no beginning of what ``[^...]`` has, others may follow."""
    return _reason(piece) == "unexpected end of data"


def _reason(piece: bytes) -> str:
    try:
        piece.decode()
    except UnicodeDecodeError as error:
        return error.reason
    return ""
