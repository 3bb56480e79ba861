"""The rules for a manifest of a model and for what it names, each asked for itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from olbuild.artifact.profiles.manifest import Fetch, Manifest
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.artifact.profiles.modelpack.compiled import check_compiler
from olbuild.artifact.profiles.modelpack.config import decode_config
from olbuild.artifact.profiles.modelpack.documents import decode_messages, decode_parameters
from olbuild.artifact.profiles.modelpack.layers import (
    check_layer_path,
    check_order,
    check_titles,
    layer_role,
    layer_scale,
)
from olbuild.artifact.profiles.modelpack.read import base_of, created_at, labels_of
from olbuild.artifact.profiles.modelpack.trials import decode_tests
from olbuild.artifact.profiles.paths import check_unique
from olbuild.artifact.validation.findings import Findings
from olbuild.artifact.validation.schemas import check_json
from olbuild.artifact.weights.gguf import is_gguf
from olbuild.core.content import Descriptor, read_verified
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest, MediaType, Role

_DOCUMENT = "manifest"
_DECODERS: dict[Role, tuple[str, Callable[[bytes, str], object]]] = {
    Role.PARAMETERS: ("params", decode_parameters),
    Role.MESSAGES: ("messages", decode_messages),
    Role.TESTS: ("tests", decode_tests),
}
_FILES = {Role.WEIGHTS, Role.PROJECTOR, Role.ADAPTER, Role.DRAFT}


def check_model(findings: Findings, manifest: Manifest, fetch: Fetch) -> None:
    """Note everything that is wrong with a manifest of a model, its config, and its layers as far as they are there."""
    roles = _check_layers(findings, manifest)
    if manifest.media_type != MediaType.OCI_MANIFEST:
        findings.note(_DOCUMENT, "$.mediaType", f"it is not {MediaType.OCI_MANIFEST.value}")
    if manifest.artifact_type not in {None, MediaType.MODEL_ARTIFACT}:
        findings.note(_DOCUMENT, "$.artifactType", f"it is not {MediaType.MODEL_ARTIFACT.value}")
    if manifest.config.media_type != MediaType.MODEL_CONFIG:
        findings.note(_DOCUMENT, "$.config.mediaType", f"it is not {MediaType.MODEL_CONFIG.value}")
    if Role.WEIGHTS not in roles:
        findings.note(_DOCUMENT, "$.layers", "no layer has the role weights")
    for check in (created_at, base_of, labels_of):
        findings.ask(_DOCUMENT, "$.annotations", check, manifest)
    _check_config(findings, manifest, fetch)
    for index, (layer, role) in enumerate(zip(manifest.layers, roles, strict=True)):
        if role is not None:
            _check_content(findings, layer, role, fetch, f"$.layers[{index}]")


def _check_layers(findings: Findings, manifest: Manifest) -> list[Role | None]:
    """Check the descriptors of the layers; return their roles, ``None`` of extras and of what has no known role."""
    roles: list[Role | None] = []
    paths: list[str] = []
    groups: dict[Role, list[Descriptor]] = {}
    before: Role | None = Role.WEIGHTS
    for index, layer in enumerate(manifest.layers):
        place, where = f"$.layers[{index}]", f"layers[{index}]"
        path = findings.ask(_DOCUMENT, place, check_layer_path, layer, where)
        paths += [path] if path is not None else []
        role = findings.ask(_DOCUMENT, place, layer_role, layer, where)
        roles.append(role)
        if role is None and words.ROLE in layer.annotations:
            continue
        findings.ask(_DOCUMENT, place, check_order, before, role, where)
        before = role
        if role is not None:
            groups.setdefault(role, []).append(layer)
            findings.ask(_DOCUMENT, place, layer_scale, layer, where)
    findings.ask(_DOCUMENT, "$.layers", check_unique, paths, "the model")
    for role, group in groups.items():
        findings.ask(_DOCUMENT, "$.layers", check_titles, role, group, "the model")
    template, jinja = (next(iter(groups.get(role, ())), None) for role in (Role.TEMPLATE, Role.TEMPLATE_JINJA))
    findings.ask(_DOCUMENT, "$.layers", check_compiler, template, jinja, "the model")
    return roles


def _check_config(findings: Findings, manifest: Manifest, fetch: Fetch) -> None:
    data = findings.ask("config", "$", _read, manifest.config, fetch, "config")
    if data is not None:
        check_config(findings, data, [layer.digest for layer in manifest.layers])


def check_config(findings: Findings, data: bytes, layers: Sequence[Digest] | None) -> None:
    """Note everything that is wrong with a config; whether it lists the layers of its manifest, if they are known."""
    check_json(findings, "config", "config", data)
    if layers is not None:
        findings.ask("config", "$", decode_config, data, layers, "config")


def check_part(findings: Findings, document: str, kind: str, data: bytes) -> None:
    """Note everything that is wrong with parameters, messages or tests; ``document`` is what they are called."""
    check_json(findings, document, kind, data)
    decode = next(decoder for name, decoder in _DECODERS.values() if name == kind)
    findings.ask(document, "$", decode, data, document)


def _check_content(findings: Findings, layer: Descriptor, role: Role, fetch: Fetch, place: str) -> None:
    name = layer.annotations.get(words.TITLE, role.value)
    if role in _FILES:
        if findings.ask(name, "$", lambda: is_gguf(fetch(layer))) is False:
            findings.note(_DOCUMENT, place, f"the {role.value} file is not a GGUF file")
        return
    data = findings.ask(name, "$", _read, layer, fetch, name)
    if data is None:
        return
    if role in _DECODERS:
        check_part(findings, name, _DECODERS[role][0], data)
    else:
        findings.ask(name, "$", _decode, data, name)


def _read(descriptor: Descriptor, fetch: Fetch, name: str) -> bytes:
    return read_verified(fetch(descriptor), descriptor, name, limit=words.TEXT_LIMIT)


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{name} is not UTF-8: byte {error.start} is 0x{data[error.start]:02x}") from None
