"""Modelfiles: accepted alike, the same commands in the same order, the same create request or an error like it."""

from __future__ import annotations

import base64
import binascii
import tempfile
from pathlib import Path
from typing import Any, Self

from olbuild.building.sources.disk import Disk
from olbuild.building.sources.files import expand
from olbuild.core.errors import ModelfileError, OlbuildError, UsageError
from olbuild.language.modelfile import (
    Inputs,
    Local,
    Modelfile,
    Settings,
    command,
    format_commands,
    inputs,
    parse,
    settings,
)
from olbuild.testing.conformance.kinds import Line

_NO_WEIGHTS = b"This is not a model.\n"
_MAGIC = b"GGUF"


class _NoWeights(Exception):
    """A folder without weights."""


class _Disk(Disk):
    """The disk as it is, with a home of its own for the current user."""

    def __init__(self, home: str) -> None:
        self._home = home

    def home(self, user: str) -> str | None:
        """Return a user's home."""
        return super().home(user) if user else self._home


class Modelfiles:
    """Judges lines of the kind ``modelfiles``, in a folder like the one in which they were recorded."""

    def __enter__(self) -> Self:
        """Make the folder: two files that are no models, a folder without weights, and an empty home."""
        self._place = tempfile.TemporaryDirectory(prefix="olbuild-conformance-")
        root = Path(self._place.name).resolve()
        self._folder, home = root / "dir", root / "home"
        (self._folder / "weights dir").mkdir(parents=True)
        home.mkdir()
        for name in ("model.gguf", "adapter.gguf"):
            (self._folder / name).write_bytes(_NO_WEIGHTS)
        self._disk = _Disk(str(home))
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the folder."""
        self._place.cleanup()

    def differences(self, line: Line) -> list[str]:
        """Compare one Modelfile."""
        answer = line["ollama"]
        try:
            data = base64.b64decode(line["b64"], validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise UsageError(f"golden {line.get('id')}: b64 is not base64") from None
        try:
            modelfile = parse(data, dialect="ollama")
        except ModelfileError as error:
            return [f"refused: {_first(error)}"] if answer["ok"] else []
        if not answer["ok"]:
            return [f"accepted, not {answer['error']!r}"]
        found = _compare("commands", [list(command(each)) for each in modelfile.instructions], answer["commands"])
        if "formatted" in answer:
            found += _compare("formatted", format_commands(modelfile), answer["formatted"])
        return found + self._compare_request(modelfile, answer)

    def _compare_request(self, modelfile: Modelfile, answer: dict[str, Any]) -> list[str]:
        try:
            merged = settings(modelfile)
            request = _request(merged, inputs(merged, str(self._folder), self._disk, "ollama"))
        except (ModelfileError, _NoWeights) as error:
            reason = _first(error) if isinstance(error, ModelfileError) else f"{error} has no weights"
            return [f"request refused: {reason}"] if "request" in answer else []
        if "request_error" in answer:
            return [f"request accepted, not {answer['request_error']!r}"]
        expected = _normal(answer["request"])
        return [difference for key in expected for difference in _compare(key, request.get(key), expected[key])]


def _request(merged: Settings, found: Inputs) -> dict[str, Any]:
    """Return the create request in the form of the goldens, which hold base names and no digests."""
    return {
        "from": found.name.model if found.name else "",
        "files": _files(found.files),
        "adapters": _files(found.adapters),
        "draft": _files(found.drafts),
        "template": merged.template.text if merged.template else "",
        "system": merged.system.text if merged.system else "",
        "license": [each.text for each in merged.licenses],
        "messages": [{"role": each.role, "content": each.content or ""} for each in merged.messages],
        "parameters": {
            name: list(value) if isinstance(value, tuple) else value for name, value in merged.parameters.items()
        },
        "renderer": merged.renderer.name if merged.renderer else "",
        "parser": merged.parser.name if merged.parser else "",
        "requires": merged.requires or "",
    }


def _files(found: tuple[Local, ...]) -> list[str]:
    """Return the base names of files, and of the weights in folders.

    Raises:
        _NoWeights: if a folder has none.
    """
    names: set[str] = set()
    for each in found:
        if each.kind == "file":
            names.add(Path(each.path).name)
            continue
        weights = {path.name for path in _expanded(each) if path.read_bytes().startswith(_MAGIC)}
        if not weights:
            raise _NoWeights(each.path)
        names |= weights
    return sorted(names)


def _expanded(folder: Local) -> tuple[Path, ...]:
    try:
        return expand(Path(folder.path))
    except OlbuildError:
        return ()


def _normal(request: dict[str, Any]) -> dict[str, Any]:
    """Read an absent list or map as an empty one."""
    empty: dict[str, Any] = {"license": [], "messages": [], "parameters": {}, "files": [], "adapters": [], "draft": []}
    return {key: empty.get(key) if value is None else value for key, value in request.items()}


def _compare(what: str, ours: object, theirs: object) -> list[str]:
    return [] if _same(ours, theirs) else [f"{what} {ours!r}, not {theirs!r}"]


def _same(ours: object, theirs: object) -> bool:
    """Compare JSON values: true is not 1, and 1e+20 is the number that Go prints as 100000000000000000000."""
    match ours, theirs:
        case dict(), dict():
            return ours.keys() == theirs.keys() and all(_same(ours[key], theirs[key]) for key in ours)
        case list(), list():
            return len(ours) == len(theirs) and all(map(_same, ours, theirs))
        case (bool(), _) | (_, bool()):
            return ours is theirs
        case ((float() | int()), (float() | int())):
            return ours == theirs or float(ours) == float(theirs)
        case _:
            return ours == theirs


def _first(error: ModelfileError) -> str:
    finding = next(each for each in error.diagnostics if each.is_error)
    return f"{finding.code} {finding.message}"
