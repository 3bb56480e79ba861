"""What llama.cpp itself makes of a prompt with images: it cuts, evaluates and counts, one prompt at a time."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from olbuild.llama.bind import bind, bind_media
from tests.integration.vision.tiny import Seeing

MARKER = "<__media__>"


def greedy(seeing: Seeing, text: str, images: Sequence[bytes], count: int) -> list[int]:
    """Return the most probable tokens that follow a prompt; each ``MARKER`` in it stands for an image."""
    llama, media = bind(), bind_media()
    model = llama.llama_model_load_from_file(bytes(seeing.weights), llama.llama_model_default_params())
    parameters = llama.llama_context_default_params()
    parameters.n_ctx, parameters.n_batch, parameters.n_ubatch = 2048, 512, 512
    context = llama.llama_init_from_model(model, parameters)
    own = media.mtmd_context_params_default()
    own.use_gpu, own.n_threads = False, 2
    projector = media.mtmd_init_from_file(bytes(seeing.projector), model, own)
    chunks = media.mtmd_input_chunks_init()
    try:
        data = text.encode()
        prompt = media.mtmd_input_text(text=data, text_len=len(data), add_special=True, parse_special=True)
        bitmaps = [_bitmap(media, projector, image) for image in images]
        array = (media.mtmd_bitmap_p_ctypes * len(bitmaps))(*bitmaps)
        assert media.mtmd_tokenize(projector, chunks, ctypes.byref(prompt), array, len(bitmaps)) == 0
        position = llama.llama_pos()
        code = media.mtmd_helper_eval_chunks(
            projector,
            context,
            chunks,
            0,
            0,
            512,
            True,  # noqa: FBT003 - of C
            ctypes.byref(position),
        )
        assert code == 0
        return _continue(llama, model, context, position.value, count)
    finally:
        media.mtmd_input_chunks_free(chunks)
        media.mtmd_free(projector)
        llama.llama_free(context)
        llama.llama_model_free(model)


def _bitmap(media: object, projector: object, image: bytes) -> object:
    buffer = (ctypes.c_uint8 * len(image)).from_buffer_copy(image)
    bitmap = media.mtmd_helper_bitmap_init_from_buf(projector, buffer, len(image), False)  # type: ignore[attr-defined]  # noqa: FBT003
    assert bitmap
    return bitmap


def _continue(llama: object, model: object, context: object, position: int, count: int) -> list[int]:
    """Choose token after token, each at the position that follows the last one."""
    import numpy as np

    size = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))  # type: ignore[attr-defined]
    batch = llama.llama_batch_init(1, 0, 1)  # type: ignore[attr-defined]
    chosen: list[int] = []
    while len(chosen) < count:
        rows = llama.llama_get_logits_ith(context, -1)  # type: ignore[attr-defined]
        token = int(np.ctypeslib.as_array(rows, (size,)).argmax())
        chosen.append(token)
        batch.n_tokens, batch.token[0], batch.pos[0], batch.n_seq_id[0] = 1, token, position, 1
        batch.seq_id[0][0], batch.logits[0] = 0, 1
        assert llama.llama_decode(context, batch) == 0  # type: ignore[attr-defined]
        position += 1
    llama.llama_batch_free(batch)  # type: ignore[attr-defined]
    return chosen
