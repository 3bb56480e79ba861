"""The examples of the specification, against its schemas, the published ones, and our writer and reader."""

import json
import re
from typing import Any

import jsonschema
import pytest

from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.profiles.modelpack import write
from olbuild.artifact.profiles.modelpack.config import decode_config
from olbuild.artifact.profiles.modelpack.documents import decode_messages, decode_parameters
from olbuild.artifact.profiles.modelpack.trials import decode_tests
from olbuild.artifact.splitting import read_whole
from olbuild.artifact.variants.read import parse_variants
from olbuild.core.content import BytesContent, Content, Descriptor
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest, MediaType
from olbuild.core.resources import resource
from olbuild.language.parameters import PARAMETERS
from tests.golden.artifact.cases import ASSISTANT, CASES, EXAMPLES, TESTED, VALID, files_of, index_files, split_files
from tests.tools import ROOT

INVALID = EXAMPLES / "invalid"
REASONS: dict[str, dict[str, Any]] = json.loads((INVALID / "reasons.json").read_text())
README = (ROOT / "registry-spec" / "README.md").read_text()
DOCUMENTS = ("manifest", "split", "index", "config", "params", "messages", "tests")
ORIGINS = {
    "split": "split",
    "index": "variants",
    "tests": "tested",
}  # the valid example that the invalid ones were made from, if not the assistant


def _validator(document: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(resource(f"registry-spec/schemas/{document}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _fetch(descriptor: Descriptor) -> Content:
    """Give the files of the examples that invalid ones were made from, by their digests; nothing else is ever read."""
    files = (files_of(ASSISTANT), files_of(TESTED), split_files())
    contents = {Digest.of(data): data for group in files for data in group.values()}
    return BytesContent(contents.get(descriptor.digest, b""))


@pytest.mark.parametrize("case", CASES)
def test_an_example_is_what_we_write_byte_for_byte(case: str) -> None:
    found = {path.name: path.read_bytes() for path in (VALID / case).iterdir()}
    assert found == files_of(CASES[case])


def test_the_example_in_parts_is_what_we_write_byte_for_byte() -> None:
    found = {path.name: path.read_bytes() for path in (VALID / "split").iterdir()}
    assert found == split_files()
    assert found["whole.json"] == (VALID / "minimal" / "manifest.json").read_bytes()
    _validator("split").validate(json.loads(found["split.json"]))
    assert f"`examples/valid/split` | `{Digest.of(found['split.json'])}`" in README


def test_the_example_of_an_index_is_what_we_write_byte_for_byte() -> None:
    found = {path.name: path.read_bytes() for path in (VALID / "variants").iterdir()}
    assert found == index_files()
    _validator("index").validate(json.loads(found["index.json"]))
    assert f"`examples/valid/variants` | `{Digest.of(found['index.json'])}`" in README


@pytest.mark.parametrize("case", CASES)
def test_an_example_reads_back(case: str) -> None:
    bundle = CASES[case]
    graph = write(bundle)
    contents = {node.descriptor.digest: node.content for node in graph}
    found = read_bundle(graph.root, lambda descriptor: contents[descriptor.digest])
    assert write(found) == graph
    assert (found.system, found.messages, found.extras) == (bundle.system, bundle.messages, bundle.extras)


@pytest.mark.parametrize("case", CASES)
def test_the_schemas_accept_an_example(case: str) -> None:
    published = json.loads((ROOT / "tests" / "data" / "modelpack" / "config-schema.json").read_text())
    jsonschema.Draft202012Validator(published).validate(json.loads((VALID / case / "config.json").read_text()))
    for document in DOCUMENTS:
        path = VALID / case / f"{document}.json"
        if path.exists():
            _validator(document).validate(json.loads(path.read_text()))


def test_the_schema_of_the_config_is_no_wider_than_the_published_one() -> None:
    published = json.loads((ROOT / "tests" / "data" / "modelpack" / "config-schema.json").read_text())
    ours = json.loads(resource("registry-spec/schemas/config.schema.json").read_text())
    parts = {"descriptor": "ModelDescriptor", "config": "ModelConfig", "modelfs": "ModelFS"}
    for name, definition in parts.items():
        assert set(ours["properties"][name]["properties"]) == set(published["$defs"][definition]["properties"])


def test_every_invalid_example_has_a_reason_and_a_document() -> None:
    assert {path.name for path in INVALID.iterdir()} == {*REASONS, "reasons.json"}
    assert {name.partition("-")[0] for name in REASONS} == set(DOCUMENTS)


@pytest.mark.parametrize("name", REASONS)
def test_the_schema_refuses_an_invalid_example_where_it_can(name: str) -> None:
    document = json.loads((INVALID / name).read_text())
    assert not _validator(name.partition("-")[0]).is_valid(document) or not REASONS[name]["schema"]


@pytest.mark.parametrize("name", [name for name, reason in REASONS.items() if not reason["schema"]])
def test_what_is_marked_as_beyond_the_schema_is(name: str) -> None:
    assert _validator(name.partition("-")[0]).is_valid(json.loads((INVALID / name).read_text()))


@pytest.mark.parametrize("name", REASONS)
def test_the_reader_refuses_an_invalid_example(name: str) -> None:
    with pytest.raises(FormatError):
        _read(name.partition("-")[0], (INVALID / name).read_bytes())


def _read(document: str, data: bytes) -> None:
    match document:
        case "manifest":
            root = Descriptor.of(MediaType.OCI_MANIFEST, data)
            read_bundle(root, lambda other: BytesContent(data) if other == root else _fetch(other))
        case "split":
            root = Descriptor.of(MediaType.OCI_MANIFEST, data)
            read_whole(root, lambda other: BytesContent(data) if other == root else _fetch(other))
        case "index":
            parse_variants(data, "the index")
        case "config":
            manifest = json.loads((VALID / "assistant" / "manifest.json").read_text())
            decode_config(data, [Digest.parse(layer["digest"]) for layer in manifest["layers"]], "config")
        case "params":
            decode_parameters(data, "params.json")
        case "messages":
            decode_messages(data, "messages.json")
        case _:
            decode_tests(data, "tests.json")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_reader_takes_the_valid_document_that_the_invalid_ones_were_made_from(document: str) -> None:
    _read(document, (VALID / ORIGINS.get(document, "assistant") / f"{document}.json").read_bytes())


def test_json_in_the_prose_is_that_of_an_example() -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", README, re.DOTALL)]
    examples = [json.loads(path.read_text()) for path in VALID.glob("*/*.json")]
    assert len(blocks) == len(DOCUMENTS)
    assert all(block in examples for block in blocks)


@pytest.mark.parametrize("case", CASES)
def test_the_digests_in_the_prose_are_those_of_the_examples(case: str) -> None:
    digest = Digest.of((VALID / case / "manifest.json").read_bytes())
    assert f"`examples/valid/{case}` | `{digest}`" in README


def test_the_prose_lists_every_name_that_is_used() -> None:
    section = README.partition("## Names")[2].partition("## Versions")[0]
    schemas = [path.read_text() for path in (ROOT / "registry-spec" / "schemas").glob("*.schema.json")]
    used = {
        name
        for text in schemas
        for name in re.findall(r'"((?:dev\.olbuild\.|application/vnd\.olbuild\.)[\w.+]+)"', text)
    }
    assert used
    assert {name for name in re.findall(r"`([^`]*olbuild[^`]*)`", section) if name != "dev.olbuild."} == used


def test_the_types_of_parameters_are_those_of_the_language_in_the_schema_and_in_the_prose() -> None:
    properties = json.loads(resource("registry-spec/schemas/params.schema.json").read_text())["properties"]
    number, flag = {"$ref": "#/$defs/number"}, {"type": "boolean"}
    texts = {"oneOf": [{"type": "string"}, {"$ref": "#/$defs/texts"}]}
    shapes = {"int": number, "float": number, "bool": flag, "texts": texts}
    accepted = {
        name: {key: value for key, value in each.items() if key in {"$ref", "type", "oneOf"}}
        for name, each in properties.items()
    }
    assert accepted == {name: shapes[kind] for name, kind in PARAMETERS.items()}
    rows = {"a whole number": "int", "a number": "float", "`true` or `false`": "bool", "a list of texts": "texts"}
    section = README.partition("## Parameters")[2].partition("## Messages")[0]
    found = {
        name: kind
        for names, meaning in re.findall(r"^\| (`.*?) \| (.*) \|$", section, re.MULTILINE)
        for words, kind in rows.items()
        if meaning.partition(";")[0] == words
        for name in re.findall(r"`(\w+)`", names)
    }
    assert found == dict(PARAMETERS)
