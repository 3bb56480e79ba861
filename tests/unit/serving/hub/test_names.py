"""Names of the store and paths of the registry."""

import pytest

from olbuild.core.names import Digest
from olbuild.serving.hub.names import full_name, names_a_host, split_name, without_library

DIGEST = Digest.of(b"x")


@pytest.mark.parametrize(
    ("name", "repository", "reference"),
    [
        ("tiny:v1", "tiny", "v1"),
        ("me/assistant:latest", "me/assistant", "latest"),
        ("ghcr.io/me/assistant:v1", "ghcr.io/me/assistant", "v1"),
        ("localhost:5000/me/x:v1", "localhost:5000/me/x", "v1"),
        (f"me/assistant@{DIGEST}", "me/assistant", DIGEST),
    ],
)
def test_a_name_is_a_repository_and_a_reference(name: str, repository: str, reference: str | Digest) -> None:
    assert split_name(name) == (repository, reference)
    assert full_name(repository, reference) == name


@pytest.mark.parametrize("name", ["Me/Upper:v1", "", "a b:c", "me/x@sha256:short", f"me/x:v1@{DIGEST}"])
def test_what_no_registry_can_express(name: str) -> None:
    assert split_name(name) is None


def test_hosts_and_the_library() -> None:
    assert [names_a_host(each) for each in ("ghcr.io/x", "localhost/x", "a.b", "me/x.y", "me/x")] == [
        *(True, True),
        *(False, False, False),
    ]
    assert [without_library(each) for each in ("library/x", "library/x/y", "x", "me/library/x")] == ["x", *[None] * 3]
