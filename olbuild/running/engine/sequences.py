"""Whole sequences for models that make vectors: what stands at their beginning and end, and pairs that are compared."""

from __future__ import annotations

from types import ModuleType

from olbuild.running.engine.vocabulary import Vocabulary

_WORD_PIECE = 3  # LLAMA_VOCAB_TYPE_WPM
_RERANK = b"rerank"


class Sequences:
    """Makes sequences for one model.

    Args:
        llama: the bindings.
        model: the loaded weights.
        handle: their vocabulary.
    """

    def __init__(self, llama: ModuleType, model: object, handle: object) -> None:
        """Ask the vocabulary what it wants."""
        self._vocabulary = Vocabulary(llama, handle)
        null = llama.LLAMA_TOKEN_NULL
        begin, end, separator = (
            llama.llama_vocab_bos(handle),
            llama.llama_vocab_eos(handle),
            llama.llama_vocab_sep(handle),
        )
        last = separator if end == null else end
        ends, separates = llama.llama_vocab_get_add_eos(handle), llama.llama_vocab_get_add_sep(handle)
        self._begin: tuple[int, ...] = (begin,) if llama.llama_vocab_get_add_bos(handle) and begin != null else ()
        self._between: tuple[int, ...] = (*((last,) if ends else ()), *((separator,) if separates else ()))
        self._end: tuple[int, ...] = (last,) if ends else ()
        # llama.cpp's tokenizer for WordPiece ends every text so, whatever the header says.
        pieces = llama.llama_vocab_type(handle) == _WORD_PIECE and separator != null
        self._behind: tuple[int, ...] = (separator,) if pieces else self._end
        template: bytes | None = llama.llama_model_chat_template(model, _RERANK)
        self._template = None if template is None else template.decode("utf-8", errors="replace")

    def whole(self, text: str) -> tuple[int, ...]:
        """Return the tokens of a text with what the model wants around them."""
        tokens = self._vocabulary.tokenize(text)
        return tokens if tokens[-1:] == self._behind else (*tokens, *self._behind)

    def fitting(self, tokens: tuple[int, ...], most: int) -> tuple[int, ...]:
        """Return the first tokens of a sequence, so many at most; what ends it stays at its end."""
        if len(tokens) <= most:
            return tokens
        end = tokens[-1:] if tokens[-1:] == self._behind and most > 1 else ()
        return (*tokens[: most - len(end)], *end)

    def pair(self, query: str, document: str) -> tuple[int, ...]:
        """Return the sequence in which a query and a document are compared, as llama.cpp's server makes it."""
        if self._template is not None:
            text = self._template.replace("{query}", query).replace("{document}", document)
            return self._vocabulary.tokenize(text, add_bos=False)
        asked, found = (self._vocabulary.tokenize(text, add_bos=False, special=False) for text in (query, document))
        return (*self._begin, *asked, *self._between, *found, *self._end)
