"""``olbuild inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli import units
from olbuild.cli.columns import pairs, table
from olbuild.cli.gguf import document_of
from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Json, Place, PlainHttp, Remote
from olbuild.cli.session import Session
from olbuild.cli.trials import test_document
from olbuild.cli.wording import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from olbuild.api.inspection import Inspection, Variant
    from olbuild.artifact.bundle import Bundle, Template

_INSTRUCTION = "dev.olbuild.instruction"
_ROLE = "dev.olbuild.role"
_TITLE = "org.opencontainers.image.title"
_SCALE = "dev.olbuild.scale"


def inspect(
    session: Session,
    source: Place,
    gguf: Annotated[bool, typer.Option("--gguf", help="Also the headers of its GGUF files.")] = False,
    json: Json = False,
    remote: Remote = False,
    plain_http: PlainHttp = False,
) -> None:
    """Show what is in an artifact, in the local store or in a registry. Weights are not fetched.

    Examples:
        olbuild inspect me/assistant
        olbuild inspect --json ghcr.io/me/assistant:v1
        olbuild inspect --gguf --remote ghcr.io/me/assistant:v1
    """
    from olbuild.api.inspection import inspect as inspect_artifact
    from olbuild.cli.gguf import rows_of

    if plain_http:
        allow_plain_http(session, source)
    found = inspect_artifact(session.workspace, source, remote=remote, gguf=gguf)
    if json:
        session.write_json(_document(found))
        return
    session.write_lines(pairs(_facts(found), session.width))
    _write_table(session, ("LAYER", "SIZE", "DIGEST", "FROM"), _layers(found))
    _write_table(session, ("VARIANT", "SIZE", "NOTES"), _variants(found))
    for title, rows in (
        *(_sections(found.bundle) if found.bundle else ()),
        *(("GGUF", rows_of(file)) for file in found.files),
    ):
        if rows:
            session.write("")
            session.write_lines(pairs([(title, "VALUE"), *rows], session.width))


def _write_table(session: Session, headers: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if rows:
        session.write("")
        session.write_lines(table(headers, rows, session.width))


def _sections(bundle: Bundle) -> tuple[tuple[str, list[tuple[str, str]]], ...]:
    return (
        ("PARAMETER", _parameters(bundle)),
        ("TEXT", _texts(bundle)),
        ("TEST", _tests(bundle)),
        ("LABEL", [(key, short(value)) for key, value in sorted(bundle.labels.items())]),
    )


def _document(found: Inspection) -> dict[str, object]:
    bundle = found.bundle
    return {
        "name": found.name,
        "digest": str(found.descriptor.digest),
        "mediaType": str(found.descriptor.media_type),
        "manifest": found.manifest,
        "config": found.config,
        "model": _model(bundle) if bundle else None,
        "base": {"name": bundle.base.name, "digest": str(bundle.base.digest)} if bundle and bundle.base else None,
        **({"variants": [_variant(each) for each in found.variants]} if bundle is None else {}),
        **({"gguf": [document_of(file) for file in found.files]} if found.files else {}),
    }


def _model(bundle: Bundle) -> dict[str, object]:
    metadata = bundle.metadata
    return {
        "architecture": metadata.architecture,
        "parameters": metadata.parameters,
        "quantization": metadata.quantization,
        "context_length": metadata.context_length,
        "system": bundle.system,
        "template": _template(bundle.template),
        "options": {key: _plain(value) for key, value in bundle.parameters.items()},
        "messages": [{"role": message.role, "content": message.content} for message in bundle.messages],
        "tests": [test_document(test) for test in bundle.tests],
        "licenses": list(bundle.licenses),
        "adapters": [
            {"digest": str(blob.digest), "size": blob.size, "scale": 1 if blob.scale is None else blob.scale}
            for blob in bundle.adapters
        ],
        "labels": dict(bundle.labels),
    }


def _variant(variant: Variant) -> dict[str, object]:
    return {
        "digest": str(variant.descriptor.digest),
        "mediaType": variant.descriptor.media_type,
        "size": variant.size,
        "annotations": dict(variant.descriptor.annotations),
    }


def _variants(found: Inspection) -> list[tuple[str, ...]]:
    return [
        (
            variant.descriptor.digest.short,
            "-" if variant.size is None else units.size(variant.size),
            ", ".join(f"{key}={value}" for key, value in sorted(variant.descriptor.annotations.items())) or "-",
        )
        for variant in found.variants
    ]


def _template(template: Template | None) -> dict[str, object] | None:
    if template is None:
        return None
    compiled = template.compiled
    made = {"text": compiled.text, "version": compiled.version, "portable": compiled.portable} if compiled else None
    return {"language": template.language, "text": template.text, "compiled": made}


def _facts(found: Inspection) -> list[tuple[str, str]]:
    from olbuild.artifact.bundle import Bundle

    bundle = found.bundle or Bundle()
    metadata = bundle.metadata
    rows = [
        ("Name", found.name),
        ("Place", found.label),
        ("Digest", str(found.descriptor.digest)),
        ("Architecture", metadata.architecture or ""),
        ("Parameters", units.count(metadata.parameters) if metadata.parameters else ""),
        ("Quantization", metadata.quantization or ""),
        ("Context", f"{metadata.context_length} tokens" if metadata.context_length else ""),
        ("Base", f"{bundle.base.name} @ {bundle.base.digest}" if bundle.base else ""),
        ("Created", bundle.created or ""),
    ]
    return [(label, value) for label, value in rows if value]


def _layers(found: Inspection) -> list[tuple[str, ...]]:
    layers = found.manifest.get("layers") if isinstance(found.manifest, dict) else None
    rows: list[tuple[str, ...]] = []
    for layer in layers if isinstance(layers, list) else []:
        # The bundle was read from this manifest, so its shape is known to be right; annotations may be absent.
        if not isinstance(layer, dict):
            continue
        notes = layer.get("annotations")
        notes = notes if isinstance(notes, dict) else {}
        size, digest = layer.get("size"), str(layer.get("digest"))
        rows.append(
            (
                str(notes.get(_TITLE) or notes.get(_ROLE) or layer.get("mediaType")),
                units.size(size) if isinstance(size, int) else "",
                digest.removeprefix("sha256:")[:12],
                _instruction(notes),
            )
        )
    return rows


def _instruction(notes: Mapping[str, object]) -> str:
    scale = f" --scale={notes[_SCALE]}" if _SCALE in notes else ""
    return f"{notes.get(_INSTRUCTION) or '-'}{scale}"


def _tests(bundle: Bundle) -> list[tuple[str, str]]:
    """Return a row for the prompt of each test, and one for each thing that its answer must satisfy."""
    rows: list[tuple[str, str]] = []
    for test in bundle.tests:
        rows.append((test.name or "-", short(test.prompt)))
        rows += [("", f"--contains={short(text)}") for text in test.contains]
        rows += [("", f"--not-contains={short(text)}") for text in test.not_contains]
        rows += [("", f"--matches={short(text)}") for text in test.matches]
        rows += [("", "--json-schema")] if test.json_schema is not None else []
        rows += [("", f"--max-tokens={test.max_tokens}")] if test.max_tokens is not None else []
    return rows


def _parameters(bundle: Bundle) -> list[tuple[str, str]]:
    return [
        (key, part)
        for key, value in sorted(bundle.parameters.items())
        for part in (value if isinstance(value, tuple) else (_shown(value),))
    ]


def _texts(bundle: Bundle) -> list[tuple[str, str]]:
    rows = [("system", bundle.system or "")]
    if bundle.template:
        rows.append((f"template ({bundle.template.language})", bundle.template.text))
    rows += [(message.role, message.content) for message in bundle.messages]
    return [(label, short(text)) for label, text in rows if text]


def _shown(value: object) -> str:
    """Write a value as a Modelfile does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
