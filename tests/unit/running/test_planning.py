"""What a bundle wishes of a placement: its parameters, those that win, and all that belongs to it."""

from olbuild.artifact.bundle import Blob, Bundle
from olbuild.core.content import BytesContent
from olbuild.core.names import Digest, Role
from olbuild.running.placement import Placement
from olbuild.running.planning import shape_of, wishes_of
from olbuild.testing.models import adapter_bytes, model_bytes


def _blob(data: bytes, role: Role) -> Blob:
    return Blob(role=role, digest=Digest.of(data), size=len(data), content=BytesContent(data))


MODEL, ADAPTER = _blob(model_bytes(), Role.WEIGHTS), _blob(adapter_bytes(), Role.ADAPTER)


def test_parameters_win_over_the_bundles() -> None:
    bundle = Bundle(weights=(MODEL,), parameters={"num_ctx": 1000, "num_gpu": 3, "use_mmap": False})
    wishes = wishes_of(bundle, {"num_ctx": 2000, "main_gpu": 1}, parallel=2, sequences=8)
    assert (wishes.context, wishes.gpu_layers, wishes.main_gpu, wishes.mmap) == (2000, 3, 1, False)
    assert (wishes.parallel, wishes.sequences) == (2, 8)


def test_what_belongs_to_the_model_takes_memory_too() -> None:
    assert wishes_of(Bundle(weights=(MODEL,)), {}).besides == 0
    bundle = Bundle(weights=(MODEL,), adapters=(ADAPTER,), drafts=(MODEL,))
    assert wishes_of(bundle, {}).besides == ADAPTER.size + MODEL.size


def test_there_is_room_for_guesses() -> None:
    plain, draft = Bundle(weights=(MODEL,)), Bundle(weights=(MODEL,), drafts=(MODEL,))
    assert (wishes_of(plain, {}).guesses, wishes_of(draft, {}).guesses) == (0, 4)
    assert wishes_of(plain, {"draft_num_predict": 8}).guesses == 8
    assert wishes_of(draft, {"draft_num_predict": 0}).guesses == 0
    assert wishes_of(plain, {"draft_num_predict": 10_000}).guesses == 32


def test_the_shape_is_read_from_the_weights() -> None:
    assert shape_of(Bundle(weights=(MODEL,)), "me/tiny").architecture == "llama"


def test_sequences_share_a_memory_where_there_is_not_one_for_each() -> None:
    assert Placement(context=100, parallel=2, cells=199).shared
    assert not Placement(context=100, parallel=2, cells=200).shared
    assert not Placement(context=100, cells=100).shared
