"""Files that a role calls weights and that are something else."""

import pytest

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.weights import require_gguf
from olbuild.core.errors import FormatError
from olbuild.core.names import Role
from olbuild.core.records import replace
from tests.unit.artifact.contents import WatchedContent, blob
from tests.unit.artifact.test_modelpack import FULL, MINIMAL


@pytest.mark.parametrize("bundle", [MINIMAL, FULL], ids=["minimal", "full"])
def test_gguf_files_pass(bundle: Bundle) -> None:
    require_gguf(bundle, "m:latest")


@pytest.mark.parametrize("data", [b"\x10safetensors", b"", b"GG", b"FUGG" + bytes(60)])
@pytest.mark.parametrize("role", [Role.WEIGHTS, Role.PROJECTOR, Role.ADAPTER, Role.DRAFT])
def test_another_file_is_refused_wherever_it_stands(role: Role, data: bytes) -> None:
    wrong = (blob(role, data),)
    bundle = {
        Role.WEIGHTS: replace(FULL, weights=FULL.weights + wrong),
        Role.PROJECTOR: replace(FULL, projectors=wrong),
        Role.ADAPTER: replace(FULL, adapters=FULL.adapters + wrong),
        Role.DRAFT: replace(FULL, drafts=wrong),
    }[role]
    with pytest.raises(
        FormatError, match=f"m:latest: the {role.value} file {wrong[0].digest.short} is not a GGUF file"
    ):
        require_gguf(bundle, "m:latest")


def test_no_more_than_the_first_bytes_are_read() -> None:
    content = WatchedContent(b"GGUF", claimed=1 << 40)
    weights = replace(MINIMAL.weights[0], size=content.size, content=content)
    require_gguf(replace(MINIMAL, weights=(weights,)), "m:latest")
    assert content.reads == [(0, 4)]
