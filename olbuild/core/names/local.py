"""The name under which the local store keeps an artifact."""

from __future__ import annotations

from olbuild.core.errors import UsageError
from olbuild.core.names.ollama import OllamaName
from olbuild.core.names.reference import Reference

LAYOUT_SCHEME = "oci:"
"""What the name of an OCI image layout on disk begins with, as skopeo writes it: ``oci:DIR[:NAME]``."""

ARCHIVE_SCHEME = "oci-archive:"
"""What the name of an image layout in a tar file begins with, as skopeo writes it: ``oci-archive:FILE[:NAME]``."""


def local_name(text: str) -> str:
    """Return the full name that the store uses as ``org.opencontainers.image.ref.name``.

    A reference is kept as it is with its tag filled in. A name that only Ollama's rules allow (upper case, say)
    is kept in Ollama's short form; it can be used locally and not pushed.

    Raises:
        UsageError: if the text is a name by neither grammar, or names a digest.
    """
    if text.startswith((LAYOUT_SCHEME, ARCHIVE_SCHEME)):
        hint = f"olbuild pull {text} gets it into the store"
        what = "a folder" if text.startswith(LAYOUT_SCHEME) else "an archive"
        raise UsageError(f"{text} means {what}, and a name of the store is needed here", hint=hint)
    try:
        reference = Reference.parse(text)
    except UsageError as refused:
        try:
            return OllamaName.parse(text).short
        except UsageError:
            raise refused from None
    if reference.digest is not None:
        raise UsageError(f"{text} names a digest, and a name is needed here", hint=f"try {reference.name}")
    return str(reference)
