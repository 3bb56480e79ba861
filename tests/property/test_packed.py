"""Packed models from anywhere: whatever their bytes are, they are read or refused, and nothing else."""

import json
from contextlib import suppress

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from olbuild.core.content import BytesContent, Content, Descriptor
from olbuild.core.errors import OlbuildError
from olbuild.core.names import Digest, MediaType
from tests.unit.artifact.contents import read_whole
from tests.unit.artifact.test_packed import golden

NAMES = ("kitops-tar", "kitops-gzip", "modctl-tar", "docker-raw")


def _with_layer(name: str, number: int, change: bytes, position: int) -> tuple[Descriptor, dict[Digest, bytes]]:
    """Write over some bytes of a layer, and describe it as it is then."""
    root, fetch = golden(name)
    document = json.loads(fetch(root).read_at(0, root.size))
    layer = document["layers"][number % len(document["layers"])]
    old = Descriptor.from_json(layer, "a layer")
    data = bytearray(fetch(old).read_at(0, old.size))
    position %= len(data)
    data[position : position + len(change)] = change
    layer |= {"digest": str(Digest.of(bytes(data))), "size": len(data)}
    manifest = json.dumps(document).encode()
    forged = Descriptor.of(MediaType.OCI_MANIFEST, manifest)
    return forged, {forged.digest: manifest, Digest.of(bytes(data)): bytes(data)}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=200)
@given(number=st.integers(0, 9), change=st.binary(min_size=1, max_size=12), position=st.integers(0, 10_000))
def test_a_changed_layer_gives_an_error_or_a_model(name: str, number: int, change: bytes, position: int) -> None:
    root, forged = _with_layer(name, number, change, position)
    _, fetch = golden(name)

    def fetch_forged(descriptor: Descriptor) -> Content:
        data = forged.get(descriptor.digest)
        return fetch(descriptor) if data is None else BytesContent(data)

    with suppress(OlbuildError):
        read_whole(root, fetch_forged)
        event("read")


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=200)
@given(data=st.data())
def test_a_changed_manifest_gives_an_error_or_a_model(name: str, data: st.DataObject) -> None:
    root, fetch = golden(name)
    document = json.loads(fetch(root).read_at(0, root.size))
    layer = data.draw(st.sampled_from(document["layers"]))
    kinds = st.sampled_from(["tar", "tar+gzip", "tar+zstd", "raw"])
    layer["mediaType"] = layer["mediaType"].rpartition(".")[0] + "." + data.draw(kinds)
    if data.draw(st.booleans()):
        layer["annotations"] = {"org.cncf.model.filepath": data.draw(st.text(max_size=5))}
    manifest = json.dumps(document).encode()
    forged = Descriptor.of(MediaType.OCI_MANIFEST, manifest)
    with suppress(OlbuildError):
        read_whole(forged, lambda each: BytesContent(manifest) if each.digest == forged.digest else fetch(each))
        event("read")
