"""Ollama's Modelfile parser, told again character by character: the oracle of the property tests.

It follows the states of ollama's ``parser/parser.go`` and shares nothing with olbuild's parser but the table of
printable characters.
"""

from collections.abc import Iterator

from olbuild.language.modelfile.printable import is_printable

KEYWORDS = {
    *("from", "license", "template", "system", "adapter", "draft"),
    *("renderer", "parser", "parameter", "message", "requires"),
}
BLANKS, NEWLINES = " \t", "\r\n"


class Refused(Exception):
    """The machine accepts no such text."""


class Machine:
    """One run over a text. ``commands`` holds names and texts, as Ollama stores them."""

    def __init__(self) -> None:
        self.state, self.buffer, self.name, self.role = "start", "", "", ""
        self.commands: list[tuple[str, str]] = []

    def run(self, text: str) -> list[tuple[str, str]]:
        for character in text:
            getattr(self, self.state)(character)
        if self.state == "value":
            self.finish()
        elif self.state not in {"start", "comment"}:
            raise Refused
        if not any(name == "model" for name, _ in self.commands):
            raise Refused
        return self.commands

    def start(self, character: str) -> None:
        if character == "#":
            self.state = "comment"
        elif character not in BLANKS + NEWLINES:
            self.state, self.buffer = "keyword", character if is_printable(character) else ""

    def comment(self, character: str) -> None:
        if character in NEWLINES:
            self.state = "start"

    def keyword(self, character: str) -> None:
        if _is_letter(character):
            self.buffer += character
            return
        keyword = self.buffer.lower()
        if character not in BLANKS or keyword not in KEYWORDS:
            raise Refused
        self.name = "model" if keyword == "from" else keyword
        self.state = {"parameter": "parameter", "message": "message"}.get(keyword, "value")
        self.buffer = ""

    def parameter(self, character: str) -> None:
        if _is_letter(character) or character in "0123456789_":
            self.buffer += character
        elif character in BLANKS:
            self.name, self.buffer, self.state = self.buffer, "", "value"
        else:
            raise Refused

    def message(self, character: str) -> None:
        if _is_letter(character):
            self.buffer += character
        elif character in BLANKS and self.buffer in {"system", "user", "assistant"}:
            self.role, self.buffer, self.state = self.buffer, "", "value"
        else:
            raise Refused

    def value(self, character: str) -> None:
        if character in NEWLINES and _unquoted(self.buffer) is not None:
            self.finish()
            self.state = "start"
        elif character in BLANKS + NEWLINES or is_printable(character):
            self.buffer += character

    def finish(self) -> None:
        text = _unquoted(self.buffer)
        if text is None:
            raise Refused
        self.commands.append((self.name, f"{self.role}: {text}" if self.role else text))
        self.buffer = self.role = ""


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _unquoted(buffer: str) -> str | None:
    """Return what a buffer means, or nothing if its quote is still open."""
    text = buffer.strip()
    for quote in ('"""', '"'):
        if text.startswith(quote):
            closed = len(text) >= 2 * len(quote) and text.endswith(quote)
            return text[len(quote) : -len(quote)] if closed else None
    return text


def tokens() -> Iterator[str]:
    """Yield pieces of text whose combinations reach every state and every border between two."""
    yield from ("FROM x\n", "from ", "FROM\t", "SYSTEM ", "sYsTeM ", "LICENSE ", "TEMPLATE ", "ADAPTER ", "REQUIRES ")
    yield from ("PARAMETER ", "PARAMETER stop ", "PARAMETER system ", "PARAMETER model ", "PARAMETER message ", "ARG ")
    yield from ("MESSAGE ", "MESSAGE user ", "MESSAGE User ", "user", "system ", "assistant\t", "num_ctx ", "top-k ")
    yield from ('"', '""', '"""', '""""', '"""""', '"a"', 'a"', '"""a', "'", "\\", "#", "# c", "FROM", "SYSTEM", ": ")
    yield from (" ", "  ", "\t", "\n", "\r", "\r\n", "\n\n", " \n", "a", "B c", "7", "_", "\u00e9", "\U0001f999")
    yield from ("\u00a0", "\u200b", "\ufeff", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u00ad", "\ue000", "\ufffd")
    yield from ("\u017fystem ", "\u212a", "\u0301", "\ufe0f", "\u200d", "\u3000", "\x1a")
