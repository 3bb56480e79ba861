"""FROM, ADAPTER and DRAFT as paths and names, over a disk that is a table."""

import pytest

from olbuild.core.errors import ModelfileError
from olbuild.language.modelfile import Dialect, Inputs, expand_path, inputs, parse, settings
from olbuild.language.modelfile.paths import Kind

KINDS: dict[str, Kind] = {
    "/here": "folder",
    "/here/model.gguf": "file",
    "/here/adapter.gguf": "file",
    "/here/link.gguf": "file",
    "/here/weights dir": "folder",
    "/home/me/m.gguf": "file",
    "/abs/m.gguf": "file",
}
LINKS = {"/here/link.gguf": "/here/model.gguf"}


class Table:
    """A disk that is a table."""

    def kind(self, path: str) -> Kind | None:
        if path == "/here/loop":
            raise OSError(40, "Too many levels of symbolic links")
        return KINDS.get(path)

    def real(self, path: str) -> str:
        return LINKS.get(path, path)

    def home(self, user: str) -> str | None:
        return {"": "/home/me", "you": "/home/you/"}.get(user)


def found(text: str, dialect: Dialect = "olbuild") -> Inputs:
    return inputs(settings(parse(text, dialect=dialect)), "/here", Table(), dialect)


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(ModelfileError) as caught:
        found(text)
    return [(finding.code, finding.span.text) for finding in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        *(("x", "/here/x"), ("./x", "/here/x"), ("../x", "/x"), ("", "/here"), (".", "/here"), ("/x/../y", "/y")),
        *(("~", "/home/me"), ("~/x", "/home/me/x"), ("~you/x", "/home/you/x"), ("~you", "/home/you")),
        *(("//x", "/x"), ("a//b/", "/here/a/b"), ("../../../..", "/"), ("\\x", "/here/\\x"), ("no/../x", "/here/x")),
    ],
)
def test_expansion(text: str, path: str) -> None:
    assert expand_path(text, "/here", Table()) == path


def test_an_unknown_user() -> None:
    with pytest.raises(LookupError):
        expand_path("~nobody-here/x", "/here", Table())


def test_what_exists_is_a_path_and_the_rest_are_names() -> None:
    both = found("FROM llama3\nFROM model.gguf\nFROM ./weights dir\nFROM ~/m.gguf\nFROM /abs/m.gguf\nFROM base:7b\n")
    assert both.name is not None
    assert both.name.model == "base:7b"
    assert [(each.path, each.kind) for each in both.files] == [
        *(("/here/model.gguf", "file"), ("/here/weights dir", "folder")),
        *(("/home/me/m.gguf", "file"), ("/abs/m.gguf", "file")),
    ]


def test_adapters_and_drafts_join_and_in_ollama_the_last_adapter_counts() -> None:
    text = "FROM x\nADAPTER model.gguf\nADAPTER adapter.gguf\nDRAFT adapter.gguf\nDRAFT model.gguf\n"
    assert [each.path for each in found(text).adapters] == ["/here/model.gguf", "/here/adapter.gguf"]
    assert [each.path for each in found(text, "ollama").adapters] == ["/here/adapter.gguf"]
    assert [each.path for each in found(text).drafts] == ["/here/adapter.gguf", "/here/model.gguf"]


def test_adapters_and_drafts_must_exist_all_of_them() -> None:
    text = (
        "FROM x\nADAPTER ./missing\nADAPTER adapter.gguf\nDRAFT ./gone\nDRAFT ~nobody/x\nFROM ~nobody/y\nADAPTER loop\n"
    )
    assert refused(text) == [
        *(("OLB113", "./missing"), ("OLB113", "./gone"), ("OLB114", "~nobody/x")),
        *(("OLB114", "~nobody/y"), ("OLB115", "loop")),
    ]


@pytest.mark.parametrize("draft", ["model.gguf", "./model.gguf", "/here/model.gguf", "link.gguf"])
def test_a_draft_is_not_the_from(draft: str) -> None:
    assert refused(f"DRAFT {draft}\nFROM model.gguf\nFROM x\n") == [("OLB116", draft)]
