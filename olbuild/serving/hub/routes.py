"""From a path to what is asked for (distribution-spec, "Endpoints"); every part of it has the right shape."""

from __future__ import annotations

import re
from typing import TypeAlias

from olbuild.core.errors import FormatError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.serving.hub.errors import Problem, digest_invalid, name_invalid
from olbuild.serving.hub.names import is_repository, is_tag


class Base(Frozen):
    """``/v2/``: is this a registry?"""


class Catalog(Frozen):
    """``/v2/_catalog``: the repositories."""


class Tags(Frozen):
    """``/v2/NAME/tags/list``."""

    repository: str


class Manifest(Frozen):
    """``/v2/NAME/manifests/REFERENCE``."""

    repository: str
    reference: str | Digest


class Blob(Frozen):
    """``/v2/NAME/blobs/DIGEST``."""

    repository: str
    digest: Digest


class NewUpload(Frozen):
    """``/v2/NAME/blobs/uploads/``."""

    repository: str


class OldUpload(Frozen):
    """``/v2/NAME/blobs/uploads/WORD``."""

    repository: str
    word: str


class Referrers(Frozen):
    """``/v2/NAME/referrers/DIGEST``."""

    repository: str
    digest: Digest


Route: TypeAlias = Base | Catalog | Tags | Manifest | Blob | NewUpload | OldUpload | Referrers

_PATH = re.compile(
    r"/v2/(?P<name>.+)/(?:(?P<tags>tags/list)"
    r"|manifests/(?P<reference>[^/]+)"
    r"|blobs/uploads/?(?P<new>)"
    r"|blobs/uploads/(?P<word>[^/]+)"
    r"|blobs/(?P<blob>[^/]+)"
    r"|referrers/(?P<subject>[^/]+))"
)


def route(path: str) -> Route:
    """Find what a path asks for.

    Raises:
        Problem: if it is none of this registry's, or a part of it is malformed.
    """
    if path in {"/v2", "/v2/"}:
        return Base()
    if path == "/v2/_catalog":
        return Catalog()
    found = _PATH.fullmatch(path)
    if found is None:
        raise Problem(404, "UNSUPPORTED", "this path is none of a registry's")
    name = found["name"]
    if not is_repository(name):
        raise name_invalid()
    match found.lastgroup:
        case "tags":
            return Tags(name)
        case "reference":
            return Manifest(name, _reference(found["reference"]))
        case "new":
            return NewUpload(name)
        case "word":
            return OldUpload(name, found["word"])
        case "blob":
            return Blob(name, digest_of(found["blob"]))
        case _:
            return Referrers(name, digest_of(found["subject"]))


def digest_of(text: str) -> Digest:
    """Read a digest.

    Raises:
        Problem: if it is none.
    """
    try:
        return Digest.parse(text)
    except FormatError:
        raise digest_invalid("a digest is sha256: and 64 hexadecimal digits here") from None


def _reference(text: str) -> str | Digest:
    if ":" in text:
        return digest_of(text)
    if not is_tag(text):
        raise Problem(404, "MANIFEST_UNKNOWN", "this is neither a tag nor a digest")
    return text
