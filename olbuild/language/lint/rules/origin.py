"""Rules about what a model is made from: FROM, ADAPTER and DRAFT."""

from __future__ import annotations

import re
from collections.abc import Iterator

from olbuild.core.errors import UsageError
from olbuild.core.names import local_name
from olbuild.core.text import Fix
from olbuild.language.lint.edits import remove, replacement
from olbuild.language.lint.facts import Facts
from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Example, Remark, rule
from olbuild.language.modelfile import Adapter, Draft, From
from olbuild.language.modelfile.arguments import REFERENCE
from olbuild.language.modelfile.hints import shorten
from olbuild.language.modelfile.paths import is_written_as_path

_WINDOWS = re.compile(r"(?:[A-Za-z]:)?(?:\.{0,2}\\|[^\\/]+\\)")
_SCHEME = re.compile(r"[a-z][a-z0-9+]*://")
_GLOB = re.compile(r"[*?\[]")
_DIGEST = re.compile(r"@sha256:")


def is_path(text: str) -> bool:
    """Whether a FROM was meant as a path: a ``.bin`` is no name that anybody gives either."""
    return is_written_as_path(text) or text.lower().endswith(".bin")


def is_single_path(text: str) -> bool:
    """Whether a FROM is written as the path of one file or folder, and not as a pattern."""
    return is_path(text) and _GLOB.search(text) is None


def _named(subject: Subject) -> list[From]:
    """Return each FROM that can only be the name of an artifact, as far as is known."""
    return [
        each
        for each in subject.settings.froms
        if not is_path(each.model)
        and "\\" not in each.model
        and each.model not in subject.facts.present
        and not _is_open(each.model)
    ]


def _is_open(text: str) -> bool:
    """Whether a value waits for an argument that has no default."""
    return REFERENCE.search(text) is not None


def _pointing(subject: Subject) -> Iterator[tuple[From | Adapter | Draft, str]]:
    for each in subject.modelfile.instructions:
        if isinstance(each, From) and not _is_open(each.model):
            yield each, each.model
        elif isinstance(each, Adapter | Draft):
            yield each, each.path


@rule(
    "OLB310",
    "backslash-path",
    "warning",
    reason="A backslash separates folders on Windows only; here it is part of a name.",
    triggers="FROM .\\model.gguf\n",
    passes="FROM ./model.gguf\n",
)
def backslash_path(subject: Subject) -> Iterator[Remark]:
    """Find paths with backslashes."""
    for each, text in _pointing(subject):
        if _WINDOWS.match(text):
            span = each.place.value
            edits = (replacement(span, span.text.replace("\\", "/")),)
            yield Remark(
                span=span,
                message=f"{shorten(text)} has backslashes",
                hint="separate folders by /",
                fix=None if text[1:2] == ":" else Fix(title="separate folders by /", edits=edits),
            )


@rule(
    "OLB311",
    "unpinned-from",
    "note",
    reason="A name without a tag, or with the tag latest, is another model one day, and then so is what is built.",
    triggers="FROM llama3.2\n",
    passes="FROM llama3.2:3b\n",
)
def unpinned_from(subject: Subject) -> Iterator[Remark]:
    """Find names without a tag or with ``latest``."""
    for each in _named(subject):
        last = each.model.rpartition("/")[2]
        tag = last.partition(":")[2]
        if tag in {"", "latest"} and not _DIGEST.search(each.model) and _refused(each.model) is None:
            hint = "name a tag that does not move, or a digest"
            yield Remark(span=each.place.value, message=f"{shorten(each.model)} can change", hint=hint)


@rule(
    "OLB312",
    "plain-http",
    "warning",
    reason="Without TLS anybody on the way can read and change what arrives, the credentials included.",
    triggers="FROM http://registry.example.com/team/model:v1\n",
    passes="FROM registry.example.com/team/model:v1\n",
)
def plain_http(subject: Subject) -> Iterator[Remark]:
    """Find ``http://``."""
    for each, text in _pointing(subject):
        if text.lower().startswith("http://"):
            yield Remark(span=each.place.value, message="this is fetched without TLS", hint="leave http:// out")


@rule(
    "OLB313",
    "absolute-path",
    "warning",
    reason="The path exists on this machine only; nobody else can build the file.",
    triggers="FROM /models/model.gguf\n",
    passes="FROM ./model.gguf\n",
)
def absolute_path(subject: Subject) -> Iterator[Remark]:
    """Find absolute paths and those of a home."""
    for each, text in _pointing(subject):
        if text.startswith(("/", "~")):
            hint = "put the file beside the Modelfile and write a relative path"
            yield Remark(span=each.place.value, message=f"{shorten(text)} is an absolute path", hint=hint)


@rule(
    "OLB314",
    "path-outside",
    "note",
    reason="The path leaves the folder of the Modelfile, so that the folder alone is not enough to build it.",
    triggers="FROM ../model.gguf\n",
    passes="FROM ./model.gguf\n",
)
def path_outside(subject: Subject) -> Iterator[Remark]:
    """Find relative paths that leave the folder."""
    for each, text in _pointing(subject):
        depth = 0
        for part in text.split("/") if not text.startswith(("/", "~")) else ():
            depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
            if depth < 0:
                hint = "put the file beside the Modelfile"
                yield Remark(span=each.place.value, message=f"{shorten(text)} is outside of the folder", hint=hint)
                break


@rule(
    "OLB315",
    "several-names",
    "warning",
    reason="Of several names the last one counts, and the others are not even looked at.",
    triggers="FROM llama3.2:3b\nFROM qwen3:4b\n",
    passes="FROM llama3.2:3b\n",
)
def several_names(subject: Subject) -> Iterator[Remark]:
    """Find names that another name takes the place of."""
    for each in _named(subject)[:-1]:
        message = f"{shorten(each.model)} has no effect: a later FROM names another model"
        yield Remark(
            span=each.place.value,
            message=message,
            hint="keep one of them",
            fix=remove(each.place.span, "the FROM without effect"),
        )


@rule(
    "OLB316",
    "name-and-file",
    "warning",
    reason="Where one FROM is a name and another one a file, Ollama takes the name and ignores the file.",
    triggers="FROM llama3.2:3b\nFROM ./projector.gguf\n",
    passes="FROM ./model.gguf\nFROM ./projector.gguf\n",
)
def name_and_file(subject: Subject) -> Iterator[Remark]:
    """Find files beside names."""
    if not _named(subject):
        return
    for each in subject.settings.froms:
        if is_path(each.model) and each.model:
            message = f"Ollama ignores {shorten(each.model)}, because another FROM is a name"
            yield Remark(span=each.place.value, message=message, hint="build the two from files, or from one name")


@rule(
    "OLB317",
    "several-adapters",
    "warning",
    reason="Of several adapters Ollama applies the last one only.",
    triggers=Example(data=b"FROM llama3.2:3b\nADAPTER ./style.gguf\nADAPTER ./facts.gguf\n", dialect="ollama"),
    passes="FROM llama3.2:3b\nADAPTER ./style.gguf\nADAPTER ./facts.gguf\n",
)
def several_adapters(subject: Subject) -> Iterator[Remark]:
    """Find adapters that another one takes the place of."""
    for each in subject.settings.adapters[:-1] if subject.modelfile.dialect == "ollama" else ():
        message = f"{shorten(each.path)} has no effect: a later ADAPTER takes its place"
        fix = remove(each.place.span, "the ADAPTER without effect")
        yield Remark(span=each.place.value, message=message, hint="keep one of them", fix=fix)


@rule(
    "OLB318",
    "empty-path",
    "warning",
    reason="An empty value means the folder of the Modelfile itself, which hardly anybody means.",
    triggers='FROM ""\n',
    passes="FROM .\n",
)
def empty_path(subject: Subject) -> Iterator[Remark]:
    """Find empty values."""
    for each, text in _pointing(subject):
        if not text:
            hint = "write . if the folder of the Modelfile is meant"
            yield Remark(span=each.place.keyword, message="the value is empty", hint=hint)


@rule(
    "OLB319",
    "no-name",
    "warning",
    reason="The value is written neither as a path nor as a name of an artifact, so it can only be a file beside this.",
    triggers="FROM my model\n",
    passes="FROM ./my model\n",
)
def no_name(subject: Subject) -> Iterator[Remark]:
    """Find values that cannot be a name."""
    for each in _named(subject):
        reason = _refused(each.model)
        if reason is not None:
            hint = "write a file as ./FILE, and an artifact as NAME:TAG"
            yield Remark(span=each.place.value, message=reason, hint=hint)


def _refused(name: str) -> str | None:
    """Return why a text cannot be a name, or ``None`` if it can."""
    if _SCHEME.match(name):
        return None
    try:
        local_name(name.partition("@")[0])
    except UsageError as error:
        return error.message
    return None


@rule(
    "OLB320",
    "missing-file",
    "note",
    reason="Nothing is where FROM points. Weights that are not in git may come later; without them nothing builds.",
    triggers=Example(data=b"FROM ./model.gguf\n", facts=Facts(missing=frozenset({"./model.gguf"}))),
    passes=Example(data=b"FROM ./model.gguf\n", facts=Facts(present=frozenset({"./model.gguf"}))),
    needs_facts=True,
)
def missing_file(subject: Subject) -> Iterator[Remark]:
    """Find paths to nothing."""
    for each in subject.settings.froms:
        if each.model in subject.facts.missing and not _is_open(each.model):
            hint = "paths are relative to the folder of the Modelfile"
            yield Remark(span=each.place.value, message=f"there is no {shorten(each.model)}", hint=hint)


RULES = (
    backslash_path,
    unpinned_from,
    plain_http,
    absolute_path,
    path_outside,
    several_names,
    name_and_file,
    several_adapters,
    empty_path,
    no_name,
    missing_file,
)
