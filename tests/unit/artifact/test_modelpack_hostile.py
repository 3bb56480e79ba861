"""Artifacts that are broken or hostile: each is one clear error, and nothing of them is believed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from olbuild.artifact.profiles import Fetch, read_bundle
from olbuild.artifact.profiles.modelpack import read, write
from olbuild.core.content import BytesContent, Descriptor, Graph, Node
from olbuild.core.errors import FormatError, IntegrityError, NotFoundError
from olbuild.core.names import Digest, MediaType
from tests.unit.artifact.contents import altered, fetch_from, with_manifest
from tests.unit.artifact.test_modelpack import FULL, MINIMAL

TITLE = "org.opencontainers.image.title"
PATH = "org.cncf.model.filepath"
ROLE = "dev.olbuild.role"
Change = Callable[[dict[str, Any]], object]


def _layer(document: dict[str, Any], title: str) -> dict[str, Any]:
    layer: dict[str, Any] = next(item for item in document["layers"] if item["annotations"][TITLE] == title)
    return layer


def _annotate(of: str, **annotations: str | None) -> Change:
    names = {"title": TITLE, "path": PATH, "role": ROLE}

    def change(document: dict[str, Any]) -> None:
        layer = _layer(document, of)
        for key, value in annotations.items():
            if value is None:
                del layer["annotations"][names[key]]
            else:
                layer["annotations"][names[key]] = value

    return change


def _remove(document: dict[str, Any], role: str) -> None:
    document["layers"] = [item for item in document["layers"] if item["annotations"][ROLE] != role]


def _extra(path: str, **more: object) -> Change:
    layer = {
        "mediaType": "application/octet-stream",
        "digest": str(Digest.of(b"")),
        "size": 0,
        "annotations": {PATH: path},
    }
    return lambda document: document["layers"].append(layer | more)


CHANGES: dict[str, tuple[Change, str]] = {
    "no weights": (lambda it: _remove(it, "weights"), "has no weights"),
    "no layers": (lambda it: it.update(layers=[]), "has no weights"),
    "layers is no list": (lambda it: it.update(layers={}), "layers is not a list"),
    "layer is no object": (lambda it: it["layers"].append("x"), r"layers\[14\] is not a descriptor"),
    "no config": (lambda it: it.pop("config"), "config is not a descriptor"),
    "config of another type": (lambda it: it["config"].update(mediaType="a/b"), "config.mediaType is not"),
    "schema version": (lambda it: it.update(schemaVersion=1), "schemaVersion 2"),
    "media type": (lambda it: it.update(mediaType="text/plain"), "says it is 'text/plain' and was announced as"),
    "media type is a list": (lambda it: it.update(mediaType=[]), "says it is '\\[\\]' and was announced as"),
    "no media type": (lambda it: it.pop("mediaType"), "mediaType is not application/vnd.oci"),
    "artifact type": (lambda it: it.update(artifactType="a/b"), "of the type 'a/b', which is not a model"),
    "artifact type is a number": (lambda it: it.update(artifactType=1), "artifactType is not text"),
    "annotation is a number": (lambda it: it["annotations"].update(a=1), r"annotations\['a'\] is not text"),
    "negative size": (lambda it: it["layers"][0].update(size=-1), r"layers\[0\].size"),
    "another algorithm": (lambda it: it["layers"][0].update(digest="md5:00"), "not a sha256 digest: 'md5:00'"),
    "unknown role": (_annotate("system.txt", role="voice"), "unknown role 'voice'"),
    "unknown annotation of a layer": (
        lambda it: _layer(it, "system.txt")["annotations"].update({"dev.olbuild.voice": "x"}),
        r"\(system\) has the annotation 'dev.olbuild.voice', which is unknown",
    ),
    "wrong type for a role": (
        lambda it: _layer(it, "system.txt").update(mediaType="application/vnd.cncf.model.weight.v1.raw"),
        r"\(system\) is of the type",
    ),
    "no role beside roles of ours": (_annotate("system.txt", role=None), "annotations of olbuild's and no dev.olbuild"),
    "out of order": (lambda it: it["layers"].reverse(), "is not in its place"),
    "shards out of order": (
        lambda it: it["layers"].insert(0, it["layers"].pop(1)),
        "layer 1 of 3 of the role weights is not called 'model-00001-of-00003.gguf'",
    ),
    "title of another role": (
        _annotate("system.txt", title="system.md", path="system.md"),
        "is not called 'system.txt'",
    ),
    "no title": (_annotate("system.txt", title=None), "is not called 'system.txt'"),
    "two systems": (
        lambda it: it["layers"].insert(10, _layer(it, "system.txt")),
        "two layers for one file|2 layers of the role system",
    ),
    "title leaves its folder": (_annotate("system.txt", title="../x"), "'../x', which leaves its folder"),
    "path leaves its folder": (_annotate("system.txt", path="a/../../x"), "'a/../../x', which leaves its folder"),
    "path is absolute": (_annotate("system.txt", path="/etc/passwd"), "'/etc/passwd', which is not a relative path"),
    "path on a drive": (_extra("C:/x"), "'C:/x', which is not a relative path"),
    "path with backslashes": (_extra("..\\x"), "which is not a relative path"),
    "path with a control character": (_extra("a\x1b[2J"), r"'a\\x1b\[2J', which has control characters"),
    "path that reads backwards": (_extra("a\u202egpj.exe"), "which has control characters"),
    "empty path": (_extra(""), "is empty or longer"),
    "long path": (_extra("a/" * 3000 + "b"), "is empty or longer"),
    "long name": (_extra("a" * 256), "no file name"),
    "path twice": (_extra("SYSTEM.TXT"), "two layers for one file: 'system.txt' and 'SYSTEM.TXT'"),
    "base without digest": (
        lambda it: it["annotations"].pop("org.opencontainers.image.base.digest"),
        "need each other",
    ),
    "base with a bad digest": (
        lambda it: it["annotations"].update({"org.opencontainers.image.base.digest": "x"}),
        "not a sha256 digest",
    ),
    "created is no time": (
        lambda it: it["annotations"].update({"org.opencontainers.image.created": "now"}),
        "not an RFC 3339 time",
    ),
    "unknown annotation of ours": (
        lambda it: it["annotations"].update({"dev.olbuild.voice": "x"}),
        "unknown annotation 'dev.olbuild.voice'",
    ),
    "a layer more than the config has": (_extra("README.md"), r"\$\.modelfs does not list the layers"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_manifest_is_refused(name: str) -> None:
    change, reason = CHANGES[name]
    root, fetch = altered(write(FULL), lambda document: (change(document), None)[1])
    with pytest.raises(FormatError, match=reason):
        read_bundle(root, fetch)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[]", "not a manifest of schemaVersion 2"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"schemaVersion":2,"schemaVersion":2}', "a key stands twice"),
        (b" " * ((4 << 20) + 1), "more than the limit of 4194304"),
    ],
)
def test_a_manifest_that_is_none(data: bytes, reason: str) -> None:
    root, fetch = with_manifest(write(MINIMAL), data)
    with pytest.raises(FormatError, match=reason):
        read_bundle(root, fetch)


def test_bytes_that_do_not_match_their_digest() -> None:
    graph = write(FULL)
    for node in graph:
        size = node.descriptor.size
        if node.descriptor.media_type == MediaType.MODEL_WEIGHT:
            continue  # not read here: whoever reads weights verifies them
        damaged = Graph(
            tuple(
                Node(other.descriptor, BytesContent(bytes(size)) if other is node else other.content) for other in graph
            )
        )
        with pytest.raises(IntegrityError, match=node.descriptor.digest.hex):
            read(graph.root, fetch_from(damaged))


def test_content_that_is_missing() -> None:
    graph = write(FULL)
    with pytest.raises(NotFoundError):
        read(graph.root, fetch_from(Graph(graph.nodes[:5])))


def test_a_text_beyond_its_limit_is_not_read() -> None:
    def change(document: dict[str, Any]) -> None:
        _layer(document, "system.txt")["size"] = 65 << 20

    root, fetch = altered(write(FULL), change)
    with pytest.raises(FormatError, match="more than the limit of 67108864"):
        read(root, fetch)


BAD_TEXTS = {
    "system not UTF-8": ("system.txt", b"\xff", "system.txt is not UTF-8"),
    "params not JSON": ("params.json", b"{", "params.json is not valid JSON"),
    "params a list": ("params.json", b"[]", r"params.json: \$ is not an object"),
    "params with a number too large": ("params.json", b'{"a":1e999}', "not valid JSON: a number is too large"),
    "params with an integer too large": ("params.json", b'{"a":1' + b"0" * 30 + b"}", r"\$\.a is neither"),
    "params with endless digits": ("params.json", b'{"a":' + b"1" * 5000 + b"}", "not valid JSON"),
    "params with an object": ("params.json", b'{"a":{}}', r"\$\.a is neither"),
    "params with null": ("params.json", b'{"a":null}', r"\$\.a is neither"),
    "params with a mixed list": ("params.json", b'{"stop":["a",1]}', r"\$\.stop is neither"),
    "params with a bad name": ("params.json", b'{"a b":1}', "'a b' is not the name of a parameter"),
    "params with half a character": ("params.json", b'{"stop":["\\ud800"]}', "holds half a character"),
    "params with text for a whole number": ("params.json", b'{"num_ctx":"abc"}', r"\$\.num_ctx is 'abc', which is not"),
    "params with a truth value for a number": ("params.json", b'{"top_p":true}', r"\$\.top_p is True, which is not"),
    "params with a number for a truth value": ("params.json", b'{"use_mmap":1}', r"\$\.use_mmap is 1, which is not"),
    "params with a number for texts": ("params.json", b'{"stop":1}', r"\$\.stop is 1, which is not a text"),
    "params with a list for a number": ("params.json", b'{"seed":["1"]}', r"\$\.seed is \('1',\), which is not"),
    "params with a key twice": ("params.json", b'{"a":1,"a":2}', "a key stands twice"),
    "messages an object": ("messages.json", b"{}", r"messages.json: \$ is not a list"),
    "messages with a key too many": (
        "messages.json",
        b'[{"role":"user","content":"","images":[]}]',
        r"\$\[0\] is not an object of role and content",
    ),
    "messages with another role": (
        "messages.json",
        b'[{"role":"user","content":""},{"role":"tool","content":""}]',
        r"\$\[1\]\.role is not one of system, user, assistant",
    ),
    "messages with a role that is no text": ("messages.json", b'[{"role":1,"content":""}]', r"\$\[0\]\.role"),
    "messages with content that is no text": ("messages.json", b'[{"role":"user","content":1}]', r"\[0\]\.content"),
    "config not JSON": (None, b"x", "config is not valid JSON"),
    "config with a further key": (None, b'{"olbuild":1}', "unknown field `olbuild`"),
    "config without descriptor": (None, b'{"config":{}}', "missing required field `descriptor`"),
    "config with a number for a name": (None, b'{"descriptor":{"name":1}}', r"Expected `str.*`\$\.descriptor\.name`"),
    "config with null": (None, b'{"descriptor":{"name":null}}', r"`\$\.descriptor\.name`"),
    "config with an unknown modality": (
        None,
        b'{"descriptor":{},"config":{"capabilities":{"inputTypes":["smell"]}}}',
        "Invalid enum value 'smell'",
    ),
    "config with a long language": (
        None,
        b'{"descriptor":{},"config":{"capabilities":{"languages":["en\\n"]}}}',
        r"languages",
    ),
    "config of other layers": (
        None,
        b'{"descriptor":{},"config":{},"modelfs":{"type":"layers","diffIds":[]}}',
        r"\$\.modelfs does not list the layers",
    ),
}


def test_parameters_that_are_not_known_or_of_a_type_that_fits_are_kept() -> None:
    text = b'{"future":"x","mirostat":"2","num_ctx":64.5,"seed":1,"stop":"x","temperature":1,"use_mmap":true}'
    root, fetch = _with_document("params.json", text)
    assert read(root, fetch).parameters == json.loads(text)


@pytest.mark.parametrize(
    "time",
    [
        *("9999-99-99T99:99:99Z", "2023-00-10T00:00:00Z", "2023-01-32T00:00:00Z", "2023-02-29T00:00:00Z"),
        *("2023-01-01T24:00:00Z", "2023-01-01T00:60:00Z", "2023-01-01T00:00:61Z", "2023-01-01T00:00:00+24:00"),
        *("2023-01-01T00:00:00+00:60", "2023-01-01t00:00:00z", "2023-01-01T00:00:00"),
    ],
)
def test_a_time_that_is_none(time: str) -> None:
    def change(document: dict[str, Any]) -> None:
        document["annotations"]["org.opencontainers.image.created"] = time

    with pytest.raises(FormatError, match="created is not an RFC 3339 time"):
        read(*altered(write(FULL), change))
    for part in ({"descriptor": {"createdAt": time}}, {"config": {"capabilities": {"knowledgeCutoff": time}}}):
        config = {"descriptor": {}, "config": {}, "modelfs": {"type": "layers", "diffIds": []}} | part
        with pytest.raises(FormatError, match=r"(createdAt|knowledgeCutoff) is not an RFC 3339 time"):
            read(*_with_document(None, json.dumps(config).encode()))


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_a_document_that_is_wrong_is_refused(name: str) -> None:
    title, data, reason = BAD_TEXTS[name]
    root, fetch = _with_document(title, data)
    with pytest.raises(FormatError, match=reason):
        read(root, fetch)


def test_a_size_that_is_none() -> None:
    def change(document: dict[str, Any]) -> None:
        document["config"]["paramSize"] = "many"

    graph = write(MINIMAL)
    config = json.loads(graph.nodes[0].content.read_at(0, 1 << 20))
    change(config)
    root, fetch = _with_document(None, json.dumps(config).encode(), graph)
    with pytest.raises(FormatError, match=r"paramSize is 'many'"):
        read(root, fetch)


def _with_document(title: str | None, data: bytes, graph: Graph | None = None) -> tuple[Descriptor, Fetch]:
    """Return an artifact with other bytes for a layer (``None``: the config), and its digest wherever it stands."""
    graph = graph or write(FULL)
    manifest = json.loads(graph.nodes[-1].content.read_at(0, graph.root.size))
    config = json.loads(graph.nodes[0].content.read_at(0, 1 << 20))
    if title is None:
        manifest["config"] |= {"digest": str(Digest.of(data)), "size": len(data)}
    else:
        _layer(manifest, title).update(digest=str(Digest.of(data)), size=len(data))
        config["modelfs"]["diffIds"] = [layer["digest"] for layer in manifest["layers"]]
        encoded = json.dumps(config).encode()
        manifest["config"] |= {"digest": str(Digest.of(encoded)), "size": len(encoded)}
        graph = Graph((Node(Descriptor.of("x/y", encoded), BytesContent(encoded)), *graph.nodes))
    graph = Graph((Node(Descriptor.of("x/y", data), BytesContent(data)), *graph.nodes))
    return with_manifest(graph, json.dumps(manifest).encode())
