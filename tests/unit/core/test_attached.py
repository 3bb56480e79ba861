"""Names of what belongs to an artifact."""

import pytest

from olbuild.core.names import Digest, attached_tags, beside, is_attached

DIGEST = Digest.of(b"x")
TAG = f"sha256-{DIGEST.hex}"


def test_tags_of_cosign_and_lists_of_referrers_are_attached() -> None:
    assert attached_tags(DIGEST) == (f"{TAG}.sig", f"{TAG}.att", f"{TAG}.sbom")
    for tag in attached_tags(DIGEST):
        assert is_attached(tag)
        assert is_attached(f"ghcr.io/me/a:{tag}")
    assert is_attached(TAG)


@pytest.mark.parametrize("name", ["me/a:1", "latest", f"me/{TAG}:1", f"{TAG}x", "sha256-abc.sig", f"v{TAG}.sig"])
def test_other_names_are_artifacts_own(name: str) -> None:
    assert not is_attached(name)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("me/a:1", "me/a:t"),
        ("localhost:5000/a:1", "localhost:5000/a:t"),
        ("localhost:5000/a", "t"),
        ("v1", "t"),
        (f"sha256:{DIGEST.hex}", "t"),
    ],
)
def test_a_tag_stands_beside_a_name_in_its_repository(name: str, found: str) -> None:
    assert beside(name, "t") == found
