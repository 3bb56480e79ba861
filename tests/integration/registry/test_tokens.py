"""Bearer tokens: a real registry that trusts a token server."""

import base64
import json
import os
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.errors import RefusedError
from olbuild.core.names import MediaType, Reference
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.registry import login, open_registry
from olbuild.testing.registry import Registry
from olbuild.testing.tokens import TokenServer
from tests.integration.registry.samples import IMPATIENT, artifact, remember, target

pytestmark = pytest.mark.integration

LAYER = os.urandom((1 << 20) + 1)


def test_push_and_pull_with_a_password(token_server: TokenServer, token_registry: Registry) -> None:
    remember(token_registry.host, "ada", "secret")
    source, root = artifact(LAYER)
    copy(source, target(token_registry.host, "me/x"), root, name="v1")
    assert [asked.scopes for asked in token_server.asked] == [("repository:me/x:pull",), ("repository:me/x:pull,push",)]
    back = MemoryTarget()
    there = target(token_registry.host, "me/x")
    copy(there, back, there.resolve("v1"))
    assert back._blobs == source._blobs
    assert len(token_server.asked) == 3


def test_a_target_for_writing_asks_for_everything_at_once(token_server: TokenServer, token_registry: Registry) -> None:
    remember(token_registry.host, "ada", "secret")
    source, root = artifact(LAYER)
    reference = Reference(host=token_registry.host, repository="me/x")
    copy(source, open_registry(reference, writing=True, patience=IMPATIENT), root, name="v1")
    assert [asked.scopes for asked in token_server.asked] == [("repository:me/x:pull,push",)]


def test_everybody_may_pull_and_nobody_push(token_server: TokenServer, token_registry: Registry) -> None:
    remember(token_registry.host, "ada", "secret")
    source, root = artifact(LAYER)
    copy(source, target(token_registry.host), root, name="v1")
    Path(os.environ["DOCKER_CONFIG"], "config.json").unlink()
    token_server.anonymous = frozenset({"pull"})
    there = target(token_registry.host)
    assert there.resolve("v1") == root
    with pytest.raises(RefusedError, match="no credentials") as refused:
        there.push(Descriptor.of(MediaType.MODEL_WEIGHT, b"new"), BytesContent(b"new"))
    assert refused.value.hint == f"olbuild login {token_registry.host}"
    assert len(token_server.asked) < 8


def test_a_token_that_has_ended_is_renewed(token_server: TokenServer, token_registry: Registry) -> None:
    remember(token_registry.host, "ada", "secret")
    token_server.life = -3600  # the registry allows a minute of leeway
    there = target(token_registry.host)
    with pytest.raises(RefusedError):
        there.resolve("v1")
    token_server.life = 300
    source, root = artifact(LAYER)
    copy(source, there, root, name="v1")
    assert there.resolve("v1") == root


def test_an_identity_token_is_exchanged(token_server: TokenServer, token_registry: Registry) -> None:
    token_server.refresh_tokens = frozenset({"refresh me"})
    file = Path(os.environ["DOCKER_CONFIG"]) / "config.json"
    file.parent.mkdir(parents=True)
    auth = base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode()
    file.write_text(json.dumps({"auths": {token_registry.host: {"auth": auth, "identitytoken": "refresh me"}}}))
    source, root = artifact(LAYER)
    copy(source, target(token_registry.host), root, name="v1")
    assert {asked.how for asked in token_server.asked} == {"refresh"}


def test_login_asks_the_token_server(token_server: TokenServer, token_registry: Registry) -> None:
    with pytest.raises(RefusedError, match="gives no token"):
        login(token_registry.host, "ada", "wrong", patience=IMPATIENT)
    assert not Path(os.environ["DOCKER_CONFIG"], "config.json").exists()
    login(token_registry.host, "ada", "secret", patience=IMPATIENT)
    assert [asked.how for asked in token_server.asked] == ["ada"]
    source, root = artifact(LAYER)
    copy(source, target(token_registry.host), root, name="v1")
