"""Digests, references and Ollama's names cannot exist in a bad shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.errors import FormatError, UsageError
from olbuild.core.names import Digest, OllamaName, Reference, local_name

A = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    "text",
    ["", "a" * 64, "sha256:", "sha256:" + "A" * 64, "sha256:" + "a" * 63, "sha512:" + "a" * 128, A + "\n", A + "/.."],
)
def test_bad_digests_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        Digest.parse(text)


def test_a_digest_prints_as_it_was_read() -> None:
    assert str(Digest.parse(A)) == A
    assert str(Digest.of(b"")) == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("text", "host", "repository", "tag"),
    [
        ("a", None, "a", "latest"),
        ("me/assistant", None, "me/assistant", "latest"),
        ("me/assistant:1.0", None, "me/assistant", "1.0"),
        ("ghcr.io/me/a", "ghcr.io", "me/a", "latest"),
        ("localhost/a/b:t", "localhost", "a/b", "t"),
        ("127.0.0.1:5000/a", "127.0.0.1:5000", "a", "latest"),
        ("[::1]:5000/a:x", "[::1]:5000", "a", "x"),
        (f"ghcr.io/me/a@{A}", "ghcr.io", "me/a", None),
        (f"ghcr.io/me/a:t@{A}", "ghcr.io", "me/a", "t"),
        ("hf.co/org/repo.x-y__z:Q4_K_M", "hf.co", "org/repo.x-y__z", "Q4_K_M"),
    ],
)
def test_references(text: str, host: str | None, repository: str, tag: str | None) -> None:
    reference = Reference.parse(text)
    assert (reference.host, reference.repository, reference.tag) == (host, repository, tag)
    assert Reference.parse(str(reference)) == reference


@pytest.mark.parametrize(
    "text",
    ["", ":x", "a:", "a//b", "/a", "a/", "x.io/../../a:b", "bad ref", "a@@b", "a:t:u", "x.io/a@sha256:zz",
     "a:-x", "a:" + "t" * 129, "x.io/" + "a" * 300, "http://x.io/a:b", "a\nb", "a:b\n", "x.io:port/a", "é"],
)  # fmt: skip
def test_bad_references_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Reference.parse(text)


def test_an_upper_case_repository_is_told_the_spelling_that_works() -> None:
    with pytest.raises(UsageError) as caught:
        Reference.parse("ghcr.io/Me/Assistant")
    assert "me/assistant" in (caught.value.hint or "")


@given(st.text(max_size=40))
def test_no_text_crashes_a_parser(text: str) -> None:
    for parse in (Reference.parse, OllamaName.parse, local_name):
        try:
            parsed = parse(text)
        except UsageError:
            continue
        assert parse(str(parsed)) == parsed


def test_the_store_accepts_both_kinds_of_names() -> None:
    assert local_name("me/a") == "me/a:latest"
    assert local_name("Llama3:8B") == "Llama3:8B"
    with pytest.raises(UsageError):
        local_name(f"a@{A}")
