"""Push, pull, resolve and tag against a real registry."""

import os
import re

import pytest

from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.errors import IntegrityError, NotFoundError, RefusedError, UsageError
from olbuild.core.names import Digest, MediaType
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.registry import login, logout
from olbuild.testing.registry import Registry, docker_registry
from tests.integration.registry.samples import artifact, read, remember, target

pytestmark = pytest.mark.integration

LAYER = os.urandom(3 * (1 << 20) + 17)


def test_what_is_pushed_comes_back(registry: Registry) -> None:
    source, root = artifact(LAYER, b"small", b"")
    copy(source, target(registry.host, "me/round"), root, name="v1")
    there, back = target(registry.host, "me/round"), MemoryTarget()
    assert there.resolve("v1") == root
    assert there.resolve(str(root.digest)) == root
    copy(there, back, root)
    assert back._blobs == source._blobs


def test_pushing_what_exists_moves_nothing(registry: Registry) -> None:
    there, descriptor = target(registry.host, "me/twice"), Descriptor.of(MediaType.MODEL_WEIGHT, LAYER)
    moved: list[int] = []
    there.push(descriptor, BytesContent(LAYER), moved.append)
    assert sum(moved) == len(LAYER)
    there.push(descriptor, BytesContent(LAYER), moved.append)
    assert sum(moved) == len(LAYER)


def test_a_tag_moves(registry: Registry) -> None:
    there = target(registry.host, "me/moves")
    (first, one), (second, two) = artifact(b"one"), artifact(b"two")
    copy(first, there, one, name="latest")
    copy(second, there, two, name="latest")
    assert target(registry.host, "me/moves").resolve("latest") == two
    target(registry.host, "me/moves").tag(one, "latest")
    assert target(registry.host, "me/moves").resolve("latest") == one


@pytest.mark.parametrize("wrong", [LAYER[:-1], LAYER + b"x", b"y" + LAYER[1:]], ids=["short", "long", "other"])
def test_wrong_content_is_not_stored(registry: Registry, wrong: bytes) -> None:
    there = target(registry.host, "me/wrong")
    descriptor = Descriptor.of(MediaType.MODEL_WEIGHT, b"never" + LAYER[5:])
    descriptor = Descriptor(media_type=descriptor.media_type, digest=descriptor.digest, size=len(LAYER))
    with pytest.raises(IntegrityError, match=re.escape(f"{registry.host}/me/wrong")):
        there.push(descriptor, BytesContent(wrong))
    assert not there.exists(descriptor)


def test_what_is_missing_is_said_so(registry: Registry) -> None:
    there, nothing = target(registry.host, "me/none"), Descriptor.of(MediaType.MODEL_WEIGHT, b"nothing")
    assert not there.exists(nothing)
    with pytest.raises(NotFoundError, match=r"MANIFEST_UNKNOWN|NAME_UNKNOWN"):
        there.resolve("v1")
    with pytest.raises(NotFoundError, match="sha256:"):
        read(there, nothing)
    with pytest.raises(NotFoundError):
        there.tag(Descriptor(media_type=MediaType.OCI_MANIFEST, digest=nothing.digest, size=7), "v1")


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "../x", "x" * 129])
def test_a_tag_that_cannot_be_is_refused(registry: Registry, name: str) -> None:
    with pytest.raises(UsageError):
        target(registry.host).resolve(name)


def test_parts_of_a_blob_can_be_read(registry: Registry) -> None:
    there, descriptor = target(registry.host, "me/parts"), Descriptor.of(MediaType.MODEL_WEIGHT, LAYER)
    there.push(descriptor, BytesContent(LAYER))
    content = there.fetch(descriptor)
    assert content.size == len(LAYER)
    assert content.read_at(0, 10) == LAYER[:10]
    assert content.read_at(1 << 20, 100_000) == LAYER[1 << 20 : (1 << 20) + 100_000]
    assert content.read_at(len(LAYER) - 3, 100) == LAYER[-3:]
    assert content.read_at(len(LAYER) + 5, 100) == b""
    buffer = memoryview(bytearray(1000))
    with content.open(12345) as reader:
        count = reader.readinto(buffer)
        assert buffer[:count] == LAYER[12345 : 12345 + count]


def test_a_damaged_blob_is_refused(registry: Registry) -> None:
    layer = os.urandom(1 << 20)
    source, root = artifact(layer)
    copy(source, target(registry.host, "me/damaged"), root, name="v1")
    file = registry.blob(Digest.of(layer).hex)
    file.write_bytes(layer[:1000] + b"!" + layer[1001:])
    back = MemoryTarget()
    with pytest.raises(IntegrityError):
        copy(target(registry.host, "me/damaged"), back, root, name="v1")
    file.write_bytes(layer[:-1])
    with pytest.raises(IntegrityError, match=re.escape(f"{registry.host}/me/damaged")):
        copy(target(registry.host, "me/damaged"), back, root, name="v1")
    assert Digest.of(layer) not in back._blobs


def test_a_registry_may_answer_with_relative_addresses(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("relative")
    with docker_registry(folder, http={"relativeurls": True}) as running:
        source, root = artifact(LAYER)
        copy(source, target(running.host), root, name="v1")
        assert target(running.host).resolve("v1") == root


def test_without_a_login_a_guarded_registry_refuses(guarded: Registry) -> None:
    source, root = artifact(b"x")
    with pytest.raises(RefusedError, match="no credentials for it were found") as refused:
        copy(source, target(guarded.host), root, name="v1")
    assert refused.value.hint == f"olbuild login {guarded.host}"


def test_a_password_from_dockers_configuration(guarded: Registry) -> None:
    remember(guarded.host, guarded.username, guarded.password)
    source, root = artifact(LAYER, b"small")
    copy(source, target(guarded.host), root, name="v1")
    back = MemoryTarget()
    copy(target(guarded.host), back, target(guarded.host).resolve("v1"))
    assert back._blobs == source._blobs


def test_a_wrong_password_is_refused_and_not_shown(guarded: Registry) -> None:
    remember(guarded.host, guarded.username, "not-it-at-all")
    with pytest.raises(RefusedError, match=f"credentials of {guarded.username}") as refused:
        target(guarded.host).resolve("v1")
    assert "not-it-at-all" not in str(refused.value) + repr(refused.value)


def test_login_checks_and_keeps_and_logout_forgets(guarded: Registry) -> None:
    with pytest.raises(RefusedError):
        login(guarded.host, guarded.username, "wrong")
    with pytest.raises(RefusedError):
        target(guarded.host).resolve("v1")
    login(guarded.host, guarded.username, guarded.password)
    source, root = artifact(b"after login")
    copy(source, target(guarded.host), root, name="in")
    assert logout(guarded.host)
    assert not logout(guarded.host)
    with pytest.raises(RefusedError):
        target(guarded.host).resolve("in")
