"""The models of ``registry-spec/examples/valid``. ``python -m tests.golden.artifact.cases`` writes the files."""

from olbuild.artifact.bundle import Base, Bundle, CompiledTemplate, Extra, Message, Metadata, Template, Test
from olbuild.artifact.profiles.modelpack import write
from olbuild.artifact.splitting import hash_parts, split
from olbuild.artifact.variants import describe_variant, write_variants
from olbuild.artifact.weights.gguf import describe, read_header
from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.names import Digest, MediaType, Role
from olbuild.core.records import replace
from olbuild.testing.gguf import gguf_bytes
from olbuild.testing.models import (
    adapter_bytes,
    model_bytes,
    model_metadata,
    model_tensors,
    projector_bytes,
    shard_bytes,
)
from tests.tools import ROOT
from tests.unit.artifact.contents import blob

EXAMPLES = ROOT / "registry-spec" / "examples"
VALID = EXAMPLES / "valid"
SPLIT_LIMIT = 2000

_README = b"# Tiny\n\nA model for examples.\n"
_CHAT = "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}\n{% endfor %}<|assistant|>"


def _described(*files: bytes, projectors: tuple[bytes, ...] = ()) -> Metadata:
    headers, seeing = ([read_header(BytesContent(data), "x") for data in group] for group in (files, projectors))
    return describe(headers, seeing)


MINIMAL = Bundle(weights=(blob(Role.WEIGHTS, model_bytes()),), metadata=_described(model_bytes()))
ASSISTANT = Bundle(
    weights=(blob(Role.WEIGHTS, model_bytes()),),
    template=Template(text=_CHAT, language="jinja"),
    system="You are brief.\n",
    parameters={"num_ctx": 64, "stop": ("<|user|>", "<|assistant|>"), "temperature": 0.7, "top_p": 1.0},
    messages=(Message(role="user", content="Grüezi!"), Message(role="assistant", content="Hello.")),
    licenses=("Apache License 2.0\n", "The examples are in the public domain.\n"),
    requires="0.14.0",
    metadata=_described(model_bytes()),
    base=Base(name="ghcr.io/example/tiny:1.0", digest=write(MINIMAL).root.digest),
    created="2023-11-14T22:13:20Z",
    labels={"org.opencontainers.image.vendor": "Example", "com.example.team": "docs"},
)
PARTS = Bundle(
    weights=tuple(blob(Role.WEIGHTS, shard) for shard in shard_bytes(3)),
    projectors=(blob(Role.PROJECTOR, projector_bytes()),),
    adapters=(blob(Role.ADAPTER, adapter_bytes()), blob(Role.ADAPTER, adapter_bytes(7))),
    drafts=(blob(Role.DRAFT, model_bytes("draft", 9)),),
    template=Template(
        text="{{ .System }} {{ .Prompt }}",
        language="go",
        compiled=CompiledTemplate(text="{{ messages[-1].content }}", version=1),
    ),
    renderer="qwen3-coder",
    parser="qwen3-coder",
    metadata=_described(*shard_bytes(3), projectors=(projector_bytes(),)),
)
WITH_EXTRA = Bundle(
    weights=MINIMAL.weights,
    metadata=MINIMAL.metadata,
    extras=(
        Extra(
            path="README.md",
            descriptor=Descriptor(
                media_type="application/vnd.cncf.model.doc.v1.raw",
                digest=Digest.of(_README),
                size=len(_README),
                annotations={"org.cncf.model.filepath": "README.md"},
            ),
            content=BytesContent(_README),
        ),
    ),
)
TESTED = Bundle(
    weights=MINIMAL.weights,
    adapters=(
        replace(blob(Role.ADAPTER, adapter_bytes()), scale=0.8),
        blob(Role.ADAPTER, adapter_bytes(7)),
        replace(blob(Role.ADAPTER, adapter_bytes(9)), scale=-0.25),
    ),
    tests=(
        Test(
            prompt="What is the capital of France?",
            name="capital",
            contains=("Paris",),
            not_contains=("London", "Lyon"),
            matches=(r"(?i)^the capital\b",),
            max_tokens=32,
        ),
        Test(
            prompt="Who are you? Answer in JSON.",
            json_schema={"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        ),
    ),
    metadata=MINIMAL.metadata,
)
_QUOTED = '{{ printf "%q" .Prompt }} {{ .Response }}'
NOT_PORTABLE = Bundle(
    weights=MINIMAL.weights,
    metadata=MINIMAL.metadata,
    template=Template(
        text=_QUOTED,
        language="go",
        compiled=CompiledTemplate(
            text="{{- render_go_template('" + _QUOTED + "', messages, tools, enable_thinking) -}}",
            version=1,
            portable=False,
        ),
    ),
)
CASES = {
    "minimal": MINIMAL,
    "assistant": ASSISTANT,
    "parts": PARTS,
    "not-portable": NOT_PORTABLE,
    "with-extra": WITH_EXTRA,
    "tested": TESTED,
}


def files_of(bundle: Bundle) -> dict[str, bytes]:
    """Return the files of an example by name: manifest, config, and every layer but those of weights."""
    graph = write(bundle)
    files: dict[str, bytes] = {}
    for node in graph:
        name = node.descriptor.annotations.get("org.cncf.model.filepath", "config.json")
        if not name.endswith(".gguf"):
            files["manifest.json" if node is graph.nodes[-1] else name] = node.content.read_at(0, node.content.size)
    return files


def split_files() -> dict[str, bytes]:
    """Return the files of the example of an artifact in parts: the split manifest, and the whole one, its config."""
    whole = write(MINIMAL)
    contents = {node.descriptor.digest: node.content for node in whole}
    graph = split(whole.root, lambda descriptor: contents[descriptor.digest], SPLIT_LIMIT, hash_parts)
    data = {node.descriptor.media_type: node.content.read_at(0, node.content.size) for node in graph.nodes}
    return {"split.json": data[MediaType.OCI_MANIFEST], "whole.json": data[MediaType.SPLIT_WHOLE]}


def index_files() -> dict[str, bytes]:
    """Return the file of the example of an index: ``minimal``, and the same model as if it were quantised."""
    data = gguf_bytes({**model_metadata(), "general.file_type": 7}, model_tensors()[1:3])
    quantized = Bundle(weights=(blob(Role.WEIGHTS, data),), metadata=_described(data))
    node = write_variants(describe_variant(write(each).root, each, "example") for each in (MINIMAL, quantized))
    return {"index.json": node.content.read_at(0, node.content.size)}


if __name__ == "__main__":
    (VALID / "variants").mkdir(parents=True, exist_ok=True)
    for name, data in index_files().items():
        (VALID / "variants" / name).write_bytes(data)
        print("variants", Digest.of(data))
    (VALID / "split").mkdir(parents=True, exist_ok=True)
    for name, data in split_files().items():
        (VALID / "split" / name).write_bytes(data)
    print("split", Digest.of(split_files()["split.json"]))
    for case, bundle in CASES.items():
        (VALID / case).mkdir(parents=True, exist_ok=True)
        for name, data in files_of(bundle).items():
            (VALID / case / name).write_bytes(data)
        print(case, write(bundle).root.digest)
