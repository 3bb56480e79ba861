"""``POST /api/create``."""

from __future__ import annotations

import posixpath
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from olbuild.api.creating import create as create_model
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Blob, Bundle, Message, ParameterValue, Template
from olbuild.artifact.profiles.ollama.texts import (
    encode_messages,
    encode_parameters,
    read_messages,
    read_parameters,
    stated_parameters,
)
from olbuild.artifact.weights.gguf import kind, read_header
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError, OlbuildError, UsageError
from olbuild.core.events import Emit, Finished, Started
from olbuild.core.names import Digest, Role
from olbuild.serving.server.background import in_background
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Problem, words_of
from olbuild.serving.server.ollama.blobs import read_digest
from olbuild.serving.server.ollama.lines import last_or_lines
from olbuild.serving.server.ollama.managing import is_name, may_be_made, target
from olbuild.serving.server.ollama.moving import pulled
from olbuild.serving.wire import ollama as wire
from olbuild.serving.wire.binding import read
from olbuild.serving.wire.ollama import CreateRequest

_CLIENT, _SERVER = 400, 500
_QUANTIZATIONS = ("F32", "F16", "Q4_K_S", "Q4_K_M", "Q8_0")


async def create(context: Context, request: Request) -> Response:
    """Make a model from another one, or from files that were sent."""
    wanted = await context.bodies.read(request, read, CreateRequest)
    for path in (*wanted.files, *wanted.draft_files):
        if path.startswith("/") or posixpath.normpath(path) != path or path.split("/")[0] in {"..", "."}:
            raise UsageError("file path must be relative")
    if wanted.adapters is not None and not wanted.adapters:
        raise UsageError("adapters has no files")
    if not all((*wanted.files.values(), *wanted.draft_files.values(), *(wanted.adapters or {}).values())):
        raise UsageError("invalid digest format")
    if wanted.draft_quantize and not wanted.draft_files:
        raise UsageError("--draft-quantize requires a DRAFT model")
    name = wanted.model or wanted.name
    if not may_be_made(name):
        raise UsageError("invalid model name")
    if wanted.from_ and not is_name(wanted.from_):
        raise UsageError("invalid model name")
    if not wanted.from_ and not wanted.files:
        raise UsageError("neither 'from' or 'files' was specified")
    if wanted.remote_host:
        raise UsageError("a model that runs elsewhere has no weights here; olbuild runs models on this machine")
    progress = _created(context, wanted, target(context, name))
    return await last_or_lines(context, request, progress, stream=wanted.stream is not False)


async def _created(context: Context, wanted: CreateRequest, name: str) -> AsyncGenerator[dict[str, object], None]:
    if wanted.from_ and context.models.find(wanted.from_) is None:
        async for line in pulled(context, wanted.from_):
            if line["status"] != "success":
                yield line
    base = context.models.find(wanted.from_) if wanted.from_ else None

    def work(emit: Emit) -> None:
        said, files = _said(context, wanted, with_files=base is None)
        workspace = Workspace(context.workspace.config, emit)
        create_model(workspace, said, name, base=base.name if base is not None else None, files=files)

    _check_quantization(wanted.quantize or wanted.quantization)
    manifests: set[str] = set()
    async for event in in_background(work):
        if isinstance(event, Started) and event.label == "manifest":
            manifests.add(event.id)
        if isinstance(event, Finished) and event.outcome != "failed" and event.id not in manifests:
            how = "using existing" if event.outcome == "exists" else "creating new"
            yield {"status": f"{how} layer {event.id}"}
    for status in ("writing manifest", "success"):
        yield {"status": status}


def _check_quantization(wanted: str) -> None:
    """Refuse to convert weights; Ollama answers with 500 to a type that it does not know, too."""
    if not wanted:
        return
    kind_of = wanted.upper()
    known = (*_QUANTIZATIONS, "BF16", "Q4_K")
    if kind_of not in known:
        supported = ", ".join(_QUANTIZATIONS)
        raise Problem(500, f"unsupported quantization type {kind_of} - supported types are {supported}")
    raise Problem(
        500, f"this version of olbuild cannot convert weights to {kind_of}; send a file that llama-quantize made"
    )


def _said(context: Context, wanted: CreateRequest, *, with_files: bool) -> tuple[Bundle, dict[Digest, str]]:
    """Return what a request says, and what it calls its files. Blocks.

    Raises:
        OlbuildError, Problem: if it says something that cannot be.
    """
    names: dict[Digest, str] = {}
    blobs = [*_blobs(context, wanted.files, names)] if with_files else []
    adapters = [*_blobs(context, wanted.adapters or {}, names, Role.ADAPTER)]
    drafts = [*_blobs(context, wanted.draft_files, names, Role.DRAFT)]
    found = [*blobs, *adapters, *drafts]
    said = Bundle(
        weights=tuple(blob for blob in found if blob.role is Role.WEIGHTS),
        projectors=tuple(blob for blob in found if blob.role is Role.PROJECTOR),
        adapters=tuple(blob for blob in found if blob.role is Role.ADAPTER),
        drafts=tuple(blob for blob in found if blob.role is Role.DRAFT),
        template=_template(wanted.template),
        system=wanted.system or None,
        parameters=_parameters(wanted.parameters),
        messages=_messages(wanted.messages),
        licenses=_licenses(wanted.license),
        renderer=wanted.renderer or None,
        parser=wanted.parser or None,
        requires=wanted.requires or None,
    )
    return said, names


def _blobs(
    context: Context, files: Mapping[str, str], names: dict[Digest, str], role: Role | None = None
) -> Iterator[Blob]:
    """Find files that were sent. Ollama answers with 500 where there is none."""
    store = context.workspace.store
    for path, text in sorted(files.items()):
        try:
            digest = read_digest(text)
        except UsageError as error:
            raise Problem(_CLIENT if role is Role.ADAPTER else _SERVER, error.message) from None
        # Ollama opens what is called so, and of the rest finds no type; of adapters all is the client's mistake.
        named = path.endswith((".gguf", ".safetensors")) and role is not Role.ADAPTER
        size = store.layout.blobs.size(digest)
        if size is None:
            status = _SERVER if named else _CLIENT
            raise Problem(status, f"{path}: the blob {digest} is not here; POST it to api/blobs first")
        content = store.fetch(Descriptor(media_type="application/octet-stream", digest=digest, size=size))
        try:
            header = read_header(content, path)
        except FormatError as error:
            status = _SERVER if named and path.endswith(".safetensors") else _CLIENT
            raise Problem(status, f"{path} cannot be used: {error.message}; weights are needed as GGUF") from None
        names[digest] = path
        yield Blob(role=role or kind(header), digest=digest, size=size, content=content)


def _template(text: str) -> Template | None:
    """Check a template; only for that a compiler is loaded.

    Raises:
        UsageError: if it is none in Go's language.
    """
    if not text:
        return None
    from olbuild.language.template import parse_template  # noqa: PLC0415

    try:
        parse_template(text)
    except OlbuildError as error:
        raise UsageError(f"template error: {words_of(error)}") from None
    return Template(text=text, language="go")


def _licenses(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON value
    match value:
        case None | "":
            return ()
        case str():
            return (value,)
        case list() if all(isinstance(each, str) for each in value):
            return tuple(value)
        case _:
            raise Problem(500, "license must be a text or a list of texts")


def _messages(messages: Sequence[wire.Message]) -> tuple[Message, ...]:
    """Read messages; those that no model could be loaded with are refused here, and not later as in Ollama."""
    read = tuple(Message(role=each.role.lower(), content=each.content) for each in messages)
    try:
        return read_messages(encode_messages(read), "messages")
    except FormatError as error:
        raise UsageError(error.message) from None


def _parameters(values: Mapping[str, Any]) -> dict[str, ParameterValue]:
    """Read parameters; those that no model could be loaded with are refused here, and not later as in Ollama."""
    stated = {name: _parameter(name, value) for name, value in values.items() if value is not None}
    try:
        return read_parameters(encode_parameters(stated_parameters(stated)), "parameters")
    except (FormatError, ValueError) as error:
        raise UsageError(str(error)) from None


def _parameter(name: str, value: Any) -> ParameterValue:  # noqa: ANN401 - any JSON value
    match value:
        case bool() | int() | float() | str():
            return value
        case list() if all(isinstance(each, str) for each in value):
            return tuple(value)
        case _:
            raise UsageError(f"the parameter {name} is neither a number, a text, true or false, nor a list of texts")
