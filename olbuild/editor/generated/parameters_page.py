"""docs/parameters.md: every parameter with its type, default, range and meaning."""

from __future__ import annotations

from olbuild.language.parameters import DEPRECATED, ENTRIES, TYPE_NAMES, ParameterEntry

_HEAD = """\
# Parameters

`PARAMETER NAME VALUE` sets one. Names are case-sensitive. A value outside of the sensible range is accepted, and
`olbuild check` warns of it ([OLB331](rules.md)); a value of another type is an error. When a parameter is set several
times the last one counts, but every `stop` does. Defaults are what the engine takes when neither the Modelfile nor the
call says anything.

This page is made from the table that `check`, the editor and the
[JSON Schema](../registry-spec/schemas/params.schema.json) use: `python -m olbuild.editor.generated` writes it.

| parameter | type | default | sensible | meaning |
|---|---|---|---|---|
"""


def parameters_page() -> str:
    """Return the page."""
    rows = "".join(_row(entry) for entry in ENTRIES.values())
    ignored = ", ".join(f"`{name}`" for name in sorted(DEPRECATED))
    examples = "".join(f"PARAMETER {entry.name} {entry.example}\n" for entry in ENTRIES.values())
    return (
        f"{_HEAD}{rows}\n## Examples\n\n```modelfile\nFROM ./model.gguf\n{examples}```\n\n"
        f"## Deprecated\n\nAccepted with any value and ignored, as in Ollama: {ignored}.\n"
    )


def _row(entry: ParameterEntry) -> str:
    sensible = str(entry.range) if entry.range else " or ".join(f"`{choice}`" for choice in entry.choices) or "any text"
    unit = f", in {entry.unit}" if entry.unit else ""
    cells = (f"`{entry.name}`", TYPE_NAMES[entry.kind] + unit, entry.default_text, sensible, entry.meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
