"""Which files are made, and of what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from olbuild.editor.generated.parameters_page import parameters_page
from olbuild.editor.generated.params_schema import params_schema
from olbuild.editor.generated.textmate import textmate_grammar

FILES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "docs/parameters.md": parameters_page,
        "editors/vscode/syntaxes/modelfile.tmLanguage.json": textmate_grammar,
        "registry-spec/schemas/params.schema.json": params_schema,
    }
)
"""The content of each file, by its path in the repository."""
