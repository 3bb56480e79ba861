"""``olbuild inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from olbuild.cli import units
from olbuild.cli.columns import pairs, table
from olbuild.cli.options import Json, Stored
from olbuild.cli.session import Session

if TYPE_CHECKING:
    from olbuild.api.inspection import Inspection
    from olbuild.artifact.bundle import Bundle, Template

_INSTRUCTION = "dev.olbuild.instruction"
_ROLE = "dev.olbuild.role"
_TITLE = "org.opencontainers.image.title"
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
    for title, rows in (("PARAMETER", _parameters(found.bundle)), ("TEXT", _texts(found.bundle))):
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
            "licenses": list(bundle.licenses),
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
                str(notes.get(_INSTRUCTION) or "-"),
            )
        )
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
    return [(label, _short(text)) for label, text in rows if text]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}… ({len(text)} characters)"


def _shown(value: object) -> str:
    """Write a value as a Modelfile does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
