"""What can be written at a place: instructions, names, values, files, references."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from lsprotocol import types

from olbuild.core.records import Frozen
from olbuild.editor.features.files import files
from olbuild.editor.features.hover import about_instruction, about_parameter
from olbuild.editor.features.ranges import offset_of, range_of
from olbuild.editor.text.document import Document
from olbuild.language.modelfile.extensions import PARTS
from olbuild.language.modelfile.nodes import CommentNode, InstructionNode, UnknownRoleNode
from olbuild.language.modelfile.quantization import QUANTIZATIONS
from olbuild.language.modelfile.reference import BY_KEYWORD, INSTRUCTIONS, ROLE_MEANINGS, InstructionEntry
from olbuild.language.parameters import ENTRIES, ParameterEntry
from olbuild.language.template.families.names import PARSERS, RENDERERS, WRITTEN_RENDERERS

TRIGGERS = (" ", "/", "$", "{", "-", "=")
"""Characters that ask for completion when they are typed."""

_KEYWORD = re.compile(r"[ \t]*(?P<word>[A-Za-z]*)")
_FIRST = re.compile(r"[ \t]*(?P<keyword>[A-Za-z]+)[ \t](?P<rest>.*)", re.DOTALL)
_FLAGS = re.compile(r"(?:[ \t]*--[a-z-]+=(?:\"[^\"]*\"|[^ \t\"]*)[ \t]+)*[ \t]*")
_FLAG = re.compile(r"--(?P<name>[a-z-]*)(?:(?P<equals>=)(?P<value>[^ \t\"]*))?")
_ARGUMENT = re.compile(r"(?<!\$)\$\{?(?P<name>\w*)\Z")
_NAMED = re.compile(r"(?P<name>\w*)(?P<blank>[ \t]+(?P<value>.*))?", re.DOTALL)
_AS = re.compile(r"[^ \t\"]+[ \t]+[A-Za-z]*")
_PATHS = {"file", "json-schema"}


class _Place(Frozen, kw_only=True):
    """Where something is written: ``[start, end)`` is what is replaced."""

    document: Document
    start: int
    end: int
    written: str

    def item(
        self,
        label: str,
        kind: types.CompletionItemKind,
        *,
        detail: str = "",
        about: str = "",
        text: str | None = None,
        order: int | None = None,
    ) -> types.CompletionItem:
        """Make an item; ``text`` is what is written, if it is not the label."""
        return types.CompletionItem(
            label=label,
            kind=kind,
            detail=detail or None,
            documentation=types.MarkupContent(types.MarkupKind.Markdown, about) if about else None,
            text_edit=types.TextEdit(
                range_of(self.document, self.start, self.end), text if text is not None else label
            ),
            filter_text=text if text is not None else label,
            sort_text=f"{order:04}" if order is not None else None,
        )


def completion(document: Document, position: types.Position, stored: Iterable[str]) -> list[types.CompletionItem]:
    """Return what can be written. ``stored`` are the names in the local store."""
    offset = offset_of(document, position)
    node = document.node_at(offset)
    if isinstance(node, CommentNode) and offset > node.span.start:
        return []
    line = document.positions.line_of(offset + document.shift)
    begin = max(document.positions.starts[line] - document.shift, 0)
    written = document.text[begin:offset]
    in_text = node is not None and begin > node.extent.start
    argument = _ARGUMENT.search(written)
    if argument is not None and isinstance(node, InstructionNode | UnknownRoleNode):
        place = _Place(document=document, start=begin + argument.start(), end=offset, written=argument["name"])
        return list(_arguments(place))
    if in_text:
        return []
    return list(_on_line(document, offset, written, stored))


def _on_line(document: Document, offset: int, written: str, stored: Iterable[str]) -> Iterator[types.CompletionItem]:
    keyword = _KEYWORD.fullmatch(written)
    if keyword is not None:
        word = re.compile(r"[A-Za-z]*").match(document.text, offset)
        end = word.end() if word is not None else offset
        yield from _instructions(_Place(document=document, start=offset - len(keyword["word"]), end=end, written=""))
        return
    first = _FIRST.fullmatch(written)
    entry = BY_KEYWORD.get(first["keyword"].upper()) if first is not None else None
    if first is None or entry is None or (entry.extension and document.dialect == "ollama"):
        return

    def place(text: str) -> _Place:
        """Return the place of what stands at the end of the line."""
        return _Place(document=document, start=offset - len(text), end=offset, written=text)

    rest = first["rest"]
    flags = _FLAGS.match(rest)
    behind = rest[flags.end() :] if flags is not None else rest
    if document.dialect == "olbuild" and entry.flags and behind.startswith("-"):
        yield from _flags(entry, behind, place)
        return
    yield from _values(entry, rest if entry.takes in {"parameter", "message"} else behind, place, stored)


def _values(
    entry: InstructionEntry, rest: str, place: Callable[[str], _Place], stored: Iterable[str]
) -> Iterator[types.CompletionItem]:
    match entry.takes:
        case "parameter":
            yield from _parameters(rest, place)
        case "message":
            if rest.isalpha() or not rest:
                yield from _words(place(rest), ROLE_MEANINGS.items(), types.CompletionItemKind.EnumMember)
        case "model":
            yield from _models(rest, place, stored)
        case "path":
            if " " not in rest:
                yield from _files(place(rest), rest)
        case "part":
            if " " not in rest:
                yield from _words(place(rest), ((part, "") for part in PARTS), types.CompletionItemKind.Keyword)
            elif rest.upper().startswith("PARAMETER "):
                yield from _parameter_names(place(rest.partition(" ")[2]))
        case "name":
            yield from _builtin(entry.keyword, place(rest))
        case "quantization":
            yield from _words(place(rest), ((each, "") for each in QUANTIZATIONS), types.CompletionItemKind.EnumMember)
        case _:
            return


def _instructions(place: _Place) -> Iterator[types.CompletionItem]:
    for order, entry in enumerate(INSTRUCTIONS):
        if entry.extension and place.document.dialect == "ollama":
            continue
        about, text = about_instruction(entry), f"{entry.keyword} "
        kind = types.CompletionItemKind.Keyword
        yield place.item(entry.keyword, kind, detail=entry.meaning, about=about, text=text, order=order)


def _flags(entry: InstructionEntry, behind: str, place: Callable[[str], _Place]) -> Iterator[types.CompletionItem]:
    flag = _FLAG.fullmatch(behind)
    if flag is None and behind != "-":
        return
    if flag is not None and flag["equals"]:
        if flag["name"] in _PATHS:
            yield from _files(place(flag["value"]), flag["value"])
        return
    for each in entry.flags:
        text = f"--{each.name}="
        kind = types.CompletionItemKind.Property
        yield place(behind).item(f"--{each.name}", kind, detail=each.meaning, text=text)


def _parameters(rest: str, place: Callable[[str], _Place]) -> Iterator[types.CompletionItem]:
    match = _NAMED.fullmatch(rest)
    if match is None:
        return
    if match["blank"] is None:
        yield from _parameter_names(place(match["name"]))
        return
    entry = ENTRIES.get(match["name"])
    if entry is not None:
        yield from _parameter_values(entry, place(match["value"]))


def _parameter_names(place: _Place) -> Iterator[types.CompletionItem]:
    kind = types.CompletionItemKind.Property
    for order, entry in enumerate(ENTRIES.values()):
        about, text = about_parameter(entry), f"{entry.name} "
        yield place.item(entry.name, kind, detail=entry.meaning, about=about, text=text, order=order)


def _parameter_values(entry: ParameterEntry, place: _Place) -> Iterator[types.CompletionItem]:
    """Offer the values that there are, or an example and the default."""
    if entry.choices:
        yield from _words(place, ((choice, "") for choice in entry.choices), types.CompletionItemKind.EnumMember)
        return
    offered = {entry.example: "for example"}
    if entry.default is not None:
        offered[str(entry.default)] = "the default"
    yield from _words(place, offered.items(), types.CompletionItemKind.Value)


def _models(rest: str, place: Callable[[str], _Place], stored: Iterable[str]) -> Iterator[types.CompletionItem]:
    if _AS.fullmatch(rest):
        word = re.split(r"[ \t]+", rest)[-1]
        if place(word).document.dialect == "olbuild":
            yield place(word).item("AS", types.CompletionItemKind.Keyword, detail="begins a stage", text="AS ")
        return
    if " " in rest:
        return
    here = place(rest)
    above = (each.name for each in here.document.names if each.kind == "stage" and each.declares)
    for name in dict.fromkeys(each for each in above):
        yield here.item(name, types.CompletionItemKind.Class, detail="a stage of this file", order=0)
    for name in stored:
        yield here.item(name, types.CompletionItemKind.Module, detail="in the local store", order=1)
    yield from _files(here, rest)


def _builtin(keyword: str, place: _Place) -> Iterator[types.CompletionItem]:
    """Offer the names that RENDERER and PARSER know, those first that are written."""
    known, written = {"RENDERER": (RENDERERS, WRITTEN_RENDERERS), "PARSER": (PARSERS, PARSERS)}.get(
        keyword, (frozenset[str](), ())
    )
    names = sorted(known, key=lambda name: (name not in written, name))
    words = ((name, "" if name in written else "known, and not yet written") for name in names)
    yield from _words(place, words, types.CompletionItemKind.Module)


def _arguments(place: _Place) -> Iterator[types.CompletionItem]:
    """Offer the arguments that are declared above."""
    defaults = {
        each.name: each.default
        for each in place.document.names
        if each.kind == "argument" and each.declares and each.start < place.start
    }
    closed = place.document.text[place.end : place.end + 1] == "}"
    for name, default in defaults.items():
        detail = f"by default {default}" if default is not None else "an argument"
        text = f"${{{name}" + ("" if closed else "}")
        yield place.item(name, types.CompletionItemKind.Variable, detail=detail, text=text)


def _files(place: _Place, written: str) -> Iterator[types.CompletionItem]:
    """Offer what is in the folder that is written so far."""
    folder = written.rpartition("/")[0]
    for each in files(place.document, folder, hidden=written.rpartition("/")[2].startswith(".")):
        kind = types.CompletionItemKind.Folder if each.is_folder else types.CompletionItemKind.File
        prefix = f"{folder}/" if "/" in written else ""
        text = f"{prefix}{each.name}" + ("/" if each.is_folder else "")
        yield place.item(each.name, kind, text=text, order=2)


def _words(
    place: _Place, words: Iterable[tuple[str, str]], kind: types.CompletionItemKind
) -> Iterator[types.CompletionItem]:
    for order, (word, detail) in enumerate(words):
        yield place.item(word, kind, detail=detail, order=order)
