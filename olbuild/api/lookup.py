"""What a person calls an artifact of the store: a name, a digest, or the beginning of one."""

from __future__ import annotations

import re

from olbuild.api.workspace import Workspace
from olbuild.building.sources.stored import resolve_stored
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError, UsageError
from olbuild.core.names import Digest, local_name

_ABBREVIATED = re.compile(r"(?:sha256:)?([0-9a-f]{4,63})")
_DIGEST = "sha256:"


def find(workspace: Workspace, text: str) -> tuple[str, Descriptor]:
    """Return the name of an artifact in the store and its root; an artifact without a name is called by its digest.

    A name wins over the beginning of a digest, which is at least four digits and must fit one named artifact only.

    Raises:
        NotFoundError: if the store has no such artifact.
        UsageError: if the text is neither name nor digest, or fits several artifacts.
    """
    names = workspace.store.names()
    if text in names:
        return text, names[text]
    if text.startswith(_DIGEST) and len(text) == len(_DIGEST) + 64:
        return text, workspace.store.resolve(str(_digest(text)))
    abbreviated = _ABBREVIATED.fullmatch(text)
    if abbreviated is not None and not _is_name(names, text):
        found = {name: root for name, root in names.items() if root.digest.hex.startswith(abbreviated[1])}
        if len({root.digest for root in found.values()}) > 1:
            raise UsageError(f"{text} begins the digests of several artifacts", hint=f"they are {', '.join(found)}")
        if found:
            return next(iter(found.items()))
    if text.startswith(_DIGEST):
        _digest(text)
    return resolve_stored(workspace.store, text)


def _is_name(names: dict[str, Descriptor], text: str) -> bool:
    return not text.startswith(_DIGEST) and local_name(text) in names


def _digest(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except FormatError as error:
        raise UsageError(error.message, hint="a digest is sha256: and 64 hexadecimal digits") from None
