"""``olbuild inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from olbuild.cli import units
from olbuild.cli.columns import pairs, table
from olbuild.cli.options import Json, Stored
from olbuild.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from olbuild.api.inspection import Inspection
    from olbuild.artifact.bundle import Bundle, Template, Test

_INSTRUCTION = "dev.olbuild.instruction"
_ROLE = "dev.olbuild.role"
_TITLE = "org.opencontainers.image.title"
_SCALE = "dev.olbuild.scale"
_LONGEST = 200  # characters of a system text that are shown; --json has all of it


def inspect(session: Session, source: Stored, json: Json = False) -> None:
    """Show what is in an artifact in the local store. Weights are not read.

    Examples:
        olbuild inspect me/assistant
        olbuild inspect --json me/assistant
    """
    from olbuild.api.inspection import inspect as inspect_artifact

    found = inspect_artifact(session.workspace, source)
    if json:
        session.write_json(_document(found))
        return
    session.write_lines(pairs(_facts(found), session.width))
    layers = _layers(found)
    if layers:
        session.write("")
        session.write_lines(table(("LAYER", "SIZE", "DIGEST", "FROM"), layers, session.width))
    for title, rows in (
        ("PARAMETER", _parameters(found.bundle)),
        ("TEXT", _texts(found.bundle)),
        ("TEST", _tests(found.bundle)),
        ("LABEL", [(key, _short(value)) for key, value in sorted(found.bundle.labels.items())]),
    ):
        if rows:
            session.write("")
            session.write_lines(pairs([(title, "VALUE"), *rows], session.width))


def _document(found: Inspection) -> dict[str, object]:
    bundle, metadata = found.bundle, found.bundle.metadata
    return {
        "name": found.name,
        "digest": str(found.descriptor.digest),
        "mediaType": str(found.descriptor.media_type),
        "manifest": found.manifest,
        "config": found.config,
        "model": {
            "architecture": metadata.architecture,
            "parameters": metadata.parameters,
            "quantization": metadata.quantization,
            "context_length": metadata.context_length,
            "system": bundle.system,
            "template": _template(bundle.template),
            "options": {key: _plain(value) for key, value in bundle.parameters.items()},
            "messages": [{"role": message.role, "content": message.content} for message in bundle.messages],
            "tests": [_test(test) for test in bundle.tests],
            "licenses": list(bundle.licenses),
            "adapters": [
                {"digest": str(blob.digest), "size": blob.size, "scale": 1 if blob.scale is None else blob.scale}
                for blob in bundle.adapters
            ],
            "labels": dict(bundle.labels),
        },
        "base": {"name": bundle.base.name, "digest": str(bundle.base.digest)} if bundle.base else None,
    }


def _template(template: Template | None) -> dict[str, object] | None:
    if template is None:
        return None
    compiled = template.compiled
    made = {"text": compiled.text, "version": compiled.version, "portable": compiled.portable} if compiled else None
    return {"language": template.language, "text": template.text, "compiled": made}


def _facts(found: Inspection) -> list[tuple[str, str]]:
    bundle, metadata = found.bundle, found.bundle.metadata
    rows = [
        ("Name", found.name),
        ("Digest", str(found.descriptor.digest)),
        ("Architecture", metadata.architecture or ""),
        ("Parameters", units.count(metadata.parameters) if metadata.parameters else ""),
        ("Quantization", metadata.quantization or ""),
        ("Context", f"{metadata.context_length} tokens" if metadata.context_length else ""),
        ("Base", f"{bundle.base.name} @ {bundle.base.digest}" if bundle.base else ""),
        ("Created", bundle.created or ""),
    ]
    return [(label, value) for label, value in rows if value]


def _layers(found: Inspection) -> list[tuple[str, str, str, str]]:
    layers = found.manifest.get("layers") if isinstance(found.manifest, dict) else None
    rows = []
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
        rows.append((test.name or "-", _short(test.prompt)))
        rows += [("", f"--contains={_short(text)}") for text in test.contains]
        rows += [("", f"--not-contains={_short(text)}") for text in test.not_contains]
        rows += [("", f"--matches={_short(text)}") for text in test.matches]
        rows += [("", "--json-schema")] if test.json_schema is not None else []
        rows += [("", f"--max-tokens={test.max_tokens}")] if test.max_tokens is not None else []
    return rows


def _test(test: Test) -> dict[str, object]:
    return {
        "prompt": test.prompt,
        "name": test.name,
        "contains": list(test.contains),
        "not_contains": list(test.not_contains),
        "matches": list(test.matches),
        "json_schema": test.json_schema,
        "max_tokens": test.max_tokens,
    }


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
    return [(label, _short(text)) for label, text in rows if text]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}… ({len(text)} characters)"


def _shown(value: object) -> str:
    """Write a value as a Modelfile does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
