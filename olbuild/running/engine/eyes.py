"""Images, as a model sees them: llama.cpp's libmtmd with the model's projector.

An image becomes an alternation of text, such as the tokens that stand around an image, and of parts: tiles, or the
image as a whole. A part is encoded once, into a vector for each of its places, when it is about to be evaluated.
"""

from __future__ import annotations

import ctypes
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from olbuild.core.errors import EngineError, NotFoundError, UsageError
from olbuild.llama.backends import device_list
from olbuild.llama.bind import bind_media
from olbuild.llama.log import LOG
from olbuild.running.engine.failure import failure
from olbuild.running.engine.pictures import check_picture
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import Part, Picture
from olbuild.running.media import part_key, part_tokens
from olbuild.running.placement import Placement

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

_MOST_KEPT = 64 << 20  # bytes of vectors, for requests that had to make room and begin again
_TEXT = 0  # MTMD_INPUT_CHUNK_TYPE_TEXT


class _Chunks:
    """libmtmd's list of chunks, freed when no part of it is in use."""

    def __init__(self, media: ModuleType) -> None:
        self.handle: int = media.mtmd_input_chunks_init()
        weakref.finalize(self, media.mtmd_input_chunks_free, self.handle)


class Eyes:
    """A projector beside its model. It is loaded when the first image comes: most requests have none.

    ``look`` may be called from any thread, and takes one image at a time; all else is for the engine's thread, which
    also closes it.

    Args:
        weights: the model, which must outlive it.
        projector: the GGUF file.
        placement: where the model is, and how large its steps are; the projector goes to its first device.
    """

    def __init__(self, weights: Weights, projector: Path, placement: Placement) -> None:
        """Prepare."""
        self._weights, self._path, self._placement = weights, projector, placement
        self._lock = threading.Lock()
        self._context: int | None = None
        self._closed = False
        self._kept: dict[int, Vectors] = {}

    def _open(self, media: ModuleType) -> int:
        """Return libmtmd's context; the caller holds the lock."""
        if self._closed:
            raise EngineError("the model has been closed")
        if self._context is None:
            self._context = self._load(media)
        return self._context

    def _load(self, media: ModuleType) -> int:
        if not self._path.is_file():
            raise NotFoundError(f"the file {self._path} is not there")
        parameters = media.mtmd_context_params_default()
        parameters.use_gpu = bool(self._placement.gpu_layers)
        if self._placement.gpu_layers and self._placement.devices:
            parameters.device = device_list(self._placement.devices[:1])[0]
        parameters.n_threads = max(1, self._placement.threads)
        parameters.print_timings = parameters.warmup = False
        LOG.clear()
        context: int | None = media.mtmd_init_from_file(bytes(self._path), self._weights.model, parameters)
        if not context:
            raise failure(f"llama.cpp cannot use the projector {self._path.name} with this model")
        return context

    def look(self, data: bytes) -> Picture:
        """Return what stands in a prompt for an image.

        Raises:
            UsageError: if it is none that can be read, or too large for the model.
            NotFoundError, ResourceError, EngineError: if the projector cannot be loaded.
        """
        check_picture(data)
        media = bind_media()
        with self._lock:
            context = self._open(media)
            LOG.clear()
            with _bitmap(media, context, data) as bitmap:
                chunks = _Chunks(media)
                marker: bytes = media.mtmd_get_marker(context)
                text = media.mtmd_input_text(text=marker, text_len=len(marker), add_special=False, parse_special=True)
                bitmaps = (media.mtmd_bitmap_p_ctypes * 1)(bitmap)
                if media.mtmd_tokenize(context, chunks.handle, ctypes.byref(text), bitmaps, 1) != 0:
                    raise UsageError(f"the projector can make nothing of it: {LOG.reason() or 'no reason is given'}")
            return self._picture(media, context, data, chunks)

    def _picture(self, media: ModuleType, context: int, data: bytes, chunks: _Chunks) -> Picture:
        tokens: list[int] = []
        parts: dict[int, Part] = {}
        for number in range(media.mtmd_input_chunks_size(chunks.handle)):
            chunk = media.mtmd_input_chunks_get(chunks.handle, number)
            count: int = media.mtmd_input_chunk_get_n_tokens(chunk)
            if media.mtmd_input_chunk_get_type(chunk) == _TEXT:
                size = ctypes.c_size_t()
                pointer = media.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(size))
                tokens += pointer[: size.value]
                continue
            if count > self._placement.batch and media.mtmd_decode_use_non_causal(context, chunk):
                raise UsageError(
                    f"it takes {count} tokens, which must be evaluated at once, and a step has {self._placement.batch}",
                    hint="use a larger num_batch",
                )
            key = part_key(data, number)
            tokens += part_tokens(key, count)
            positions: int = media.mtmd_input_chunk_get_n_pos(chunk)
            parts[key] = Part(key=key, places=count, positions=positions, chunk=chunk, owner=chunks)
        return Picture(tokens=tuple(tokens), parts=parts)

    def encode(self, part: Part) -> Vectors:
        """Return the vectors of a part, a row for each place. It takes as long as many steps.

        Raises:
            ResourceError, EngineError: if llama.cpp cannot make them.
        """
        import numpy as np  # noqa: PLC0415 - costs 100 ms, which loading hides

        if (known := self._kept.pop(part.key, None)) is not None:
            self._kept[part.key] = known
            return known
        media = bind_media()
        LOG.clear()
        if media.mtmd_encode_chunk(self._context, part.chunk) != 0:
            raise failure("llama.cpp cannot encode an image", hint="send a smaller image")
        width = self._weights.llama.llama_model_n_embd_inp(self._weights.model)
        vectors = np.ctypeslib.as_array(media.mtmd_get_output_embd(self._context), (part.places, width)).copy()
        self._keep(part.key, vectors)
        return vectors

    def _keep(self, key: int, vectors: Vectors) -> None:
        self._kept[key] = vectors
        while len(self._kept) > 1 and sum(one.nbytes for one in self._kept.values()) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def show(self, decoder: object, part: Part, vectors: Vectors, sequence: int, position: int, batch: int) -> int:
        """Evaluate the vectors of a part in a context of the model; return what ``llama_decode`` does."""
        media = bind_media()
        numbers = vectors.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        behind = self._weights.llama.llama_pos()
        nothing = media.mtmd_helper_post_decode_callback()
        code: int = media.mtmd_helper_decode_image_chunk(
            self._context, decoder, part.chunk, numbers, position, sequence, batch, ctypes.byref(behind), nothing, None
        )
        return code

    def close(self) -> None:
        """Free the projector, once nobody is in the native code. Safe to call twice."""
        with self._lock:
            self._closed = True
            if self._context is not None:
                bind_media().mtmd_free(self._context)
            self._context = None


@contextmanager
def _bitmap(media: ModuleType, context: int, data: bytes) -> Iterator[int]:
    """Decode an image."""
    buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
    bitmap: int | None = media.mtmd_helper_bitmap_init_from_buf(context, buffer, len(data), False)  # noqa: FBT003
    if not bitmap:
        raise UsageError("it is broken, and cannot be read")
    try:
        yield bitmap
    finally:
        media.mtmd_bitmap_free(bitmap)
