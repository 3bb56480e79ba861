"""What a path asks for."""

import pytest

from olbuild.core.names import Digest
from olbuild.serving.hub.errors import Problem
from olbuild.serving.hub.routes import (
    Base,
    Blob,
    Catalog,
    Manifest,
    NewUpload,
    OldUpload,
    Referrers,
    Route,
    Tags,
    route,
)

DIGEST = Digest.of(b"x")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2", Base()),
        ("/v2/", Base()),
        ("/v2/_catalog", Catalog()),
        ("/v2/a/tags/list", Tags("a")),
        ("/v2/a/b/c/tags/list", Tags("a/b/c")),
        ("/v2/tags/list/tags/list", Tags("tags/list")),
        ("/v2/a/manifests/v1", Manifest("a", "v1")),
        (f"/v2/ghcr.io/a/manifests/{DIGEST}", Manifest("ghcr.io/a", DIGEST)),
        (f"/v2/a/manifests/b/blobs/{DIGEST}", Blob("a/manifests/b", DIGEST)),
        (f"/v2/a/blobs/{DIGEST}", Blob("a", DIGEST)),
        ("/v2/a/blobs/uploads", NewUpload("a")),
        ("/v2/a/blobs/uploads/", NewUpload("a")),
        ("/v2/a/blobs/uploads/word", OldUpload("a", "word")),
        (f"/v2/a/referrers/{DIGEST}", Referrers("a", DIGEST)),
    ],
)
def test_a_path(path: str, expected: Route) -> None:
    assert route(path) == expected


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/", 404, "UNSUPPORTED"),
        ("/v1/", 404, "UNSUPPORTED"),
        ("/v2/a", 404, "UNSUPPORTED"),
        ("/v2//tags/list", 404, "UNSUPPORTED"),
        ("/v2/A/tags/list", 400, "NAME_INVALID"),
        ("/v2/a//b/tags/list", 400, "NAME_INVALID"),
        ("/v2/../tags/list", 400, "NAME_INVALID"),
        ("/v2/a\n/tags/list", 404, "UNSUPPORTED"),
        ("/v2/a/manifests/.x", 404, "MANIFEST_UNKNOWN"),
        ("/v2/a/manifests/md5:x", 400, "DIGEST_INVALID"),
        ("/v2/a/blobs/x", 400, "DIGEST_INVALID"),
        ("/v2/a/referrers/sha512:" + "0" * 128, 400, "DIGEST_INVALID"),
    ],
)
def test_what_is_no_path(path: str, status: int, code: str) -> None:
    with pytest.raises(Problem) as refused:
        route(path)
    assert (refused.value.status, refused.value.code) == (status, code)
