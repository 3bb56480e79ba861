"""check and fix: the linter with its eyes open, which looks at paths and at the headers of weights on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.api.headers import Headers
from olbuild.api.modelfiles import ModelfileText
from olbuild.building.sources.disk import Disk, Inside
from olbuild.core.errors import FormatError, ModelfileError
from olbuild.language.lint import Facts, Finding, Fixed, Selection, fix, lint
from olbuild.language.lint.rules.origin import is_single_path
from olbuild.language.modelfile import Dialect, From, Settings, inputs

if TYPE_CHECKING:
    from olbuild.artifact.weights.gguf import Header

_TOKENS = "tokenizer.ggml.tokens"


def check(
    text: ModelfileText, *, dialect: Dialect = "olbuild", selection: Selection | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong and what is doubtful about a Modelfile. Nothing is looked up in a registry or the store."""
    found = lint(
        text.data, name=text.name, dialect=dialect, survey=Surveyor(text.folder, dialect), reader=Inside(text.folder)
    )
    return (selection or Selection()).keep(found)


def check_and_fix(text: ModelfileText, *, dialect: Dialect = "olbuild", selection: Selection | None = None) -> Fixed:
    """Mend what can be mended safely; nothing is written."""
    return fix(
        text.data,
        name=text.name,
        dialect=dialect,
        survey=Surveyor(text.folder, dialect),
        reader=Inside(text.folder),
        selection=selection,
    )


class Surveyor:
    """Finds out the facts about the model of a Modelfile in a folder. A header is read once."""

    def __init__(self, folder: Path, dialect: Dialect) -> None:
        """Look at paths relative to a folder."""
        self._folder = folder
        self._dialect = dialect
        self._headers = Headers()

    def __call__(self, settings: Settings) -> Facts:
        """Return the facts. What cannot be read is not known: whether it can be built, the build says."""
        try:
            found = inputs(settings, str(self._folder), Disk(), self._dialect)
        except ModelfileError as error:
            return Facts(problems=error.diagnostics)
        values = {each.model for each in settings.froms}
        present = frozenset(each.instruction.model for each in found.files if isinstance(each.instruction, From))
        missing = frozenset(value for value in values - present if is_single_path(value))
        weights = self._headers.weights(found.files)
        if weights is None:
            return Facts(present=present, missing=missing)
        from olbuild.artifact.weights.gguf import describe  # noqa: PLC0415 - most files name an artifact

        described = describe((weights,))
        wants_tokens = settings.template is not None and "stop" in settings.parameters
        return Facts(
            present=present,
            missing=missing,
            context_length=described.context_length,
            licenses=described.licenses,
            tokens=_vocabulary(weights) if wants_tokens else None,
        )


def _vocabulary(header: Header) -> frozenset[str] | None:
    try:
        tokens = header.array(_TOKENS)
    except FormatError:
        return None
    return None if tokens is None else frozenset(token for token in tokens if isinstance(token, str))
