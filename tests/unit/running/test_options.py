"""Parameters become typed options with Ollama's defaults, or one clear error."""

import math

import pytest

from olbuild.artifact.bundle import ParameterValue
from olbuild.core.errors import UsageError
from olbuild.running.engine.native import context_size
from olbuild.running.options import LoadOptions, Sampling, read_options, unknown_parameters
from olbuild.running.runtime.answer import most_tokens


def test_the_defaults_are_ollamas() -> None:
    sampling = Sampling()
    assert (sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p) == (0.8, 40, 0.9, 0.0)
    assert (sampling.typical_p, sampling.repeat_last_n, sampling.repeat_penalty) == (1.0, 64, 1.0)
    assert (sampling.presence_penalty, sampling.frequency_penalty) == (0.0, 0.0)
    assert (sampling.seed, sampling.num_predict, sampling.num_keep, sampling.stop) == (-1, -1, 4, ())
    assert LoadOptions() == LoadOptions(num_ctx=0, num_batch=512, num_gpu=-1, num_thread=0, use_mmap=None)


def test_each_kind_takes_its_own() -> None:
    parameters: dict[str, ParameterValue] = {
        "num_ctx": 2048,
        "use_mmap": False,
        "temperature": 1,
        "stop": ("a", "", "b"),
        "top_k": 40.9,
        "num_gqa": 8,
    }
    assert read_options(LoadOptions, parameters) == LoadOptions(num_ctx=2048, use_mmap=False)
    assert read_options(Sampling, parameters) == Sampling(temperature=1.0, stop=("a", "b"), top_k=40)
    assert unknown_parameters(parameters) == ("num_gqa",)


def test_one_stop_text_need_not_be_in_a_list() -> None:
    assert read_options(Sampling, {"stop": "END"}).stop == ("END",)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("temperature", "hot", "a number"),
        ("temperature", True, "a number"),
        ("temperature", math.nan, "a number"),
        ("top_k", math.inf, "a whole number"),
        ("top_k", False, "a whole number"),
        ("stop", 3, "text"),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: ParameterValue, wanted: str) -> None:
    with pytest.raises(UsageError, match=f"parameter {name} must be {wanted}, not "):
        read_options(Sampling, {name: value})


def test_use_mmap_is_true_or_false() -> None:
    with pytest.raises(UsageError, match="must be true or false, not 1"):
        read_options(LoadOptions, {"use_mmap": 1})


@pytest.mark.parametrize("penalty", [0.0, -1])
def test_llamacpp_cannot_take_a_repeat_penalty_of_nothing(penalty: float) -> None:
    with pytest.raises(UsageError, match="must be more than 0"):
        read_options(Sampling, {"repeat_penalty": penalty})


@pytest.mark.parametrize("value", [2**31, -(2**31), 999999999999, 1e30])
def test_whole_numbers_fit_into_c(value: float) -> None:
    wanted = f"is {int(value)}, and must be from -2147483647 to 2147483647"
    with pytest.raises(UsageError, match=f"parameter top_k {wanted}"):
        read_options(Sampling, {"top_k": value})
    with pytest.raises(UsageError, match=f"parameter num_ctx {wanted}"):
        read_options(LoadOptions, {"num_ctx": value})
    assert read_options(Sampling, {"top_k": 2**31 - 1}).top_k == 2**31 - 1
    assert read_options(Sampling, {"seed": 2**40}).seed == 2**40


@pytest.mark.parametrize(
    ("wanted", "trained", "size"), [(0, 8192, 4096), (0, 2048, 2048), (9999, 8192, 8192), (1, 8192, 4), (64, 0, 64)]
)
def test_the_context(wanted: int, trained: int, size: int) -> None:
    assert context_size(wanted, trained) == size


@pytest.mark.parametrize(("num_predict", "tokens"), [(-1, 4096), (0, 0), (7, 7), (9999, 9999), (10**6, 40960)])
def test_contexts_bound_an_answer(num_predict: int, tokens: int) -> None:
    assert most_tokens(num_predict, 4096) == tokens


def test_llamacpp_cannot_take_thousands_of_threads() -> None:
    assert LoadOptions(num_thread=512).num_thread == 512
    with pytest.raises(UsageError, match="num_thread is 513, and may be at most 512"):
        LoadOptions(num_thread=513)


@pytest.mark.parametrize("stop", [("x",) * 257, ("x" * 20_000,)])
def test_stop_texts_are_looked_for_at_each_token(stop: tuple[str, ...]) -> None:
    assert len(Sampling(stop=("x",) * 256).stop) == 256
    with pytest.raises(UsageError, match="parameter stop"):
        Sampling(stop=stop)
