"""Where a name comes from, where it is used, and giving it another one."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from lsprotocol import types

from olbuild.editor.features.ranges import offset_of, range_of, workspace_edit
from olbuild.editor.text.document import Document
from olbuild.editor.text.names import Named
from olbuild.language.modelfile.arguments import REFERENCE
from olbuild.language.modelfile.extensions import ARGUMENT, STAGE, split_stage
from olbuild.language.modelfile.nodes import InstructionNode

_FILES = ("file", "json-schema")


class BadName(Exception):
    """A name cannot be given, with the reason."""


def definition(document: Document, position: types.Position) -> types.Location | None:
    """Return where an argument or a stage is declared, or the file that INCLUDE or a flag names."""
    offset = offset_of(document, position)
    named = document.named_at(offset)
    if named is not None:
        above = [each for each in _same(document, named) if each.declares and each.start <= named.start]
        return _location(document, above[-1]) if above else None
    path = _file_at(document, offset)
    if path is None or document.path is None:
        return None
    place = document.folder / path
    start = types.Range(types.Position(0, 0), types.Position(0, 0))
    return types.Location(place.as_uri(), start) if place.is_file() else None


def references(document: Document, position: types.Position, *, declaration: bool) -> list[types.Location]:
    """Return every place of the name of an argument or a stage."""
    named = document.named_at(offset_of(document, position))
    if named is None:
        return []
    return [_location(document, each) for each in _same(document, named) if declaration or not each.declares]


def renamable(document: Document, position: types.Position) -> types.Range | None:
    """Return the range of the name that can be changed here, if there is one."""
    named = document.named_at(offset_of(document, position))
    return range_of(document, named.start, named.end) if named is not None else None


def rename(document: Document, position: types.Position, new: str, *, versioned: bool) -> types.WorkspaceEdit | None:
    """Give an argument or a stage another name everywhere.

    Raises:
        BadName: if it is no name, or means something in this file already.
    """
    named = document.named_at(offset_of(document, position))
    if named is None:
        return None
    if new != named.name:
        _require_free(document, named, new)
    edits = ((each.start, each.end, new) for each in _same(document, named))
    return workspace_edit(document, edits, versioned=versioned)


def _require_free(document: Document, named: Named, new: str) -> None:
    if named.kind == "argument":
        if not ARGUMENT.fullmatch(new):
            raise BadName(f"{new!r} is no name of an argument: letters, digits and _, and no digit comes first")
        if any(match["name"] == new for match in REFERENCE.finditer(document.text)):
            raise BadName(f"${{{new}}} stands in this file already, and would be the argument from then on")
    elif not STAGE.fullmatch(new) or new.lower() == "as":
        raise BadName(f"{new!r} is no name of a stage: a letter, and then letters, digits, and . _ -")
    elif new in _models(document):
        raise BadName(f"FROM {new} stands in this file already, and would be the stage from then on")
    if any(each.kind == named.kind and each.name == new for each in document.names):
        raise BadName(f"there is already {'an argument' if named.kind == 'argument' else 'a stage'} {new}")


def _models(document: Document) -> Iterator[str]:
    for node in document.page.nodes:
        if isinstance(node, InstructionNode) and node.keyword.text.upper() == "FROM":
            yield split_stage(node.value.text)[0]


def _same(document: Document, named: Named) -> list[Named]:
    return [each for each in document.names if (each.kind, each.name) == (named.kind, named.name)]


def _location(document: Document, named: Named) -> types.Location:
    return types.Location(document.uri, range_of(document, named.start, named.end))


def _file_at(document: Document, offset: int) -> str | None:
    """Return the path of a file beside the Modelfile that is named at an offset."""
    node = document.node_at(offset)
    if not isinstance(node, InstructionNode):
        return None
    for flag in node.flags:
        if flag.name in _FILES and flag.span.start <= offset <= flag.span.end:
            return posixpath.normpath(flag.value)
    if node.keyword.text.upper() == "INCLUDE" and node.value.span.start <= offset <= node.value.span.end:
        return posixpath.normpath(node.value.text)
    return None
