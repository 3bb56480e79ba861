"""What a split manifest of somebody else's must not be."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from olbuild.artifact.splitting import is_split, read_whole
from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.errors import FormatError
from olbuild.core.names import MediaType
from tests.unit.artifact.contents import altered, fetch_from
from tests.unit.artifact.parted import FETCH, SPLIT, WHOLE


def _do(change: Callable[[dict[str, Any]], object], document: dict[str, Any]) -> None:
    change(document)


def _part(document: dict[str, Any], index: int = 1) -> Any:  # noqa: ANN401 - JSON
    return document["layers"][index]["annotations"]


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another artifact type": (lambda d: d.update(artifactType="x/y"), "not a split artifact"),
    "another type of the config": (lambda d: d["config"].update(mediaType="x/y"), "config.mediaType"),
    "another whole": (
        lambda d: d["annotations"].update({"dev.olbuild.split.whole": str(SPLIT.root.digest)}),
        "not the digest of the config",
    ),
    "no whole": (lambda d: d.pop("annotations"), "not the digest of the config"),
    "a part twice": (lambda d: d["layers"].insert(1, d["layers"][1]), "is not 1622"),
    "a part less": (lambda d: d["layers"].pop(2), "is not 1622"),
    "no last part": (lambda d: d["layers"].pop(3), "of the type"),
    "nothing but parts": (lambda d: d.update(layers=d["layers"][1:]), "no part of"),
    "a layer less": (lambda d: d["layers"].pop(), "end at 0 of"),
    "a layer more": (lambda d: d["layers"].append(d["layers"][0]), "nothing that the whole manifest names"),
    "layers in another order": (lambda d: d["layers"].reverse(), "whole manifest names in its place"),
    "parts in another order": (lambda d: d["layers"].insert(1, d["layers"].pop(2)), "is not 0"),
    "a part of another file": (lambda d: _part(d).update({"dev.olbuild.split.of": str(SPLIT.root.digest)}), "no part"),
    "another size": (lambda d: _part(d).update({"dev.olbuild.split.size": "4865"}), "is not the size"),
    "no size": (lambda d: _part(d).pop("dev.olbuild.split.size"), "is not the size"),
    "a size in another form": (lambda d: _part(d).update({"dev.olbuild.split.size": "04864"}), "is not the size"),
    "a negative offset": (lambda d: _part(d).update({"dev.olbuild.split.offset": "-0"}), "is not 0"),
    "an offset that is no number": (lambda d: _part(d).update({"dev.olbuild.split.offset": "zero"}), "is not 0"),
    "an endless offset": (lambda d: _part(d).update({"dev.olbuild.split.offset": "9" * 5000}), "is not 0"),
    "an empty part": (lambda d: d["layers"][1].update(size=0), "0 bytes"),
    "a part that is too large": (lambda d: d["layers"][1].update(size=4865), "4865 bytes"),
    "a part of another type": (lambda d: d["layers"][1].update(mediaType="x/y"), "of the type"),
    "a config of another size": (lambda d: d["layers"][0].update(size=1), "is not sha256"),
    "another type of a layer": (lambda d: d["layers"][-1].update(mediaType="x/y"), "is not sha256"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_split_manifest_that_breaks_a_rule_is_refused(name: str) -> None:
    change, message = CHANGES[name]
    root, fetch = altered(SPLIT, lambda document: _do(change, document))
    with pytest.raises(FormatError, match=message):
        read_whole(root, fetch)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "not a manifest"),
        ({"mediaType": "application/vnd.oci.image.index.v1+json"}, "does not say"),
        ({"mediaType": 5}, "does not say"),
        ({"artifactType": 5}, "artifactType"),
        ({"artifactType": "application/vnd.olbuild.split.v1+json"}, "split manifest itself"),
        ({"layers": []}, "config"),
    ],
)
def test_a_whole_manifest_that_is_none_is_refused(document: object, message: str) -> None:
    data = json.dumps(document).encode()
    whole = Descriptor.of(MediaType.SPLIT_WHOLE, data)

    def change(manifest: dict[str, Any]) -> None:
        manifest["config"] = whole.to_json()
        manifest["annotations"]["dev.olbuild.split.whole"] = str(whole.digest)

    root, fetch = altered(SPLIT, change)
    with pytest.raises(FormatError, match=message):
        read_whole(root, lambda asked: BytesContent(data) if asked == whole else fetch(asked))


def test_what_is_split_is_told_by_the_type_alone() -> None:
    assert is_split(SPLIT.root, fetch_from(SPLIT))
    assert not is_split(WHOLE.root, FETCH)
    assert not is_split(Descriptor.of(MediaType.OCI_INDEX, b"{}"), FETCH)
