"""What a build of llama.cpp was made with, read from its own words."""

from olbuild.llama.backends import Backends, read_features

CPU = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | AVX512 = 0 | LLAMAFILE = 1 | REPACK = 1 | "
CUDA = "CUDA : ARCHS = 800,900 | USE_GRAPHS = 1 | PEER_MAX_BATCH_SIZE = 128 | "


def test_features_by_backend() -> None:
    found = read_features(CUDA + CPU)
    assert found["CUDA"] == {"ARCHS": "800,900", "USE_GRAPHS": "1", "PEER_MAX_BATCH_SIZE": "128"}
    assert found["CPU"]["AVX2"] == "1"
    assert Backends(devices=(), features=found).cpu_features == {"SSE3", "AVX", "AVX2", "LLAMAFILE", "REPACK"}


def test_nothing_is_said() -> None:
    assert read_features("") == {}
    assert Backends(devices=(), features={}).cpu_features == frozenset()
