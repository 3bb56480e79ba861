"""What llama.cpp says that a model takes, and what is predicted of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import FileContent
from olbuild.core.records import replace
from olbuild.llama.backends import list_backends
from olbuild.llama.bind import bind
from olbuild.llama.buffers import measure
from olbuild.llama.log import LOG
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.native import context_parameters
from olbuild.running.engine.weights import model_parameters
from olbuild.running.memory import predict, read_shape
from olbuild.running.placement import Placement, Usage
from olbuild.running.reported import reported


@contextmanager
def loaded(path: Path, placement: Placement, *, allocate: bool) -> Iterator[None]:
    """Load a model as a placement says. Without ``allocate``, llama.cpp computes all sizes and takes no memory."""
    llama = bind()
    parameters = model_parameters(llama, replace(placement, mmap=placement.mmap is not False and allocate))
    parameters.no_alloc = not allocate
    model = llama.llama_model_load_from_file(bytes(path), parameters)
    assert model, LOG.reason()
    stop = StopFlag()
    context = llama.llama_init_from_model(model, context_parameters(llama, placement, stop))
    assert context, LOG.reason()
    try:
        yield
    finally:
        llama.llama_free(context)
        llama.llama_model_free(model)


def measured_usage(path: Path, placement: Placement) -> Usage:
    with measure() as measured, loaded(path, placement, allocate=True):
        return reported(measured.buffers)


def predicted_usage(path: Path, placement: Placement) -> Usage:
    shape = read_shape([read_header(FileContent.of(path), path.name)])
    return predict(shape, placement, list_backends().cpu_features)
