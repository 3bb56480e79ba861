"""All that answers with loaded weights, put together. It is imported while they are loaded."""

from __future__ import annotations

import ctypes
from contextlib import ExitStack, closing

from olbuild.core.records import Frozen, replace
from olbuild.llama.buffers import Measured
from olbuild.running.constraints.maker import Constraints
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.eyes import Eyes
from olbuild.running.engine.pages import HugePages
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import Facts
from olbuild.running.placement import Usage
from olbuild.running.reported import reported
from olbuild.running.runtime.comparing import Comparing
from olbuild.running.runtime.files import Files
from olbuild.running.runtime.lexicon import Lexicon
from olbuild.running.runtime.loop import Loop
from olbuild.running.runtime.mailbox import Mailbox
from olbuild.running.runtime.opening import open_with
from olbuild.running.runtime.refusing import Refusing
from olbuild.running.runtime.resting import Rest

_DESCRIPTION_BYTES = 256


class Loaded(Frozen):
    """What the thread of the engine has made; it lives until the thread ends."""

    lexicon: Lexicon
    comparing: Comparing
    eyes: Eyes | None
    constraints: Constraints
    facts: Facts
    loop: Loop | Refusing


def open_loaded(
    weights: Weights,
    files: Files,
    measured: Measured,
    mailbox: Mailbox,
    stop: StopFlag,
    stack: ExitStack,
    pages: HugePages,
) -> Loaded:
    """Make everything; the stack frees it.

    Args:
        weights: the model.
        files: what they were loaded from, and what else there is.
        measured: the memory that was taken since before the weights were loaded.
        mailbox: what other threads ask for.
        stop: interrupts the engine.
        stack: frees everything, but not the weights.
        pages: what is done for the weights while nobody wants anything, where the processor alone computes.

    Raises:
        ResourceError: if memory does not suffice.
        EngineError: if llama.cpp cannot use the model.
    """
    opened = open_with(weights, files, stop, stack)
    comparing = stack.enter_context(closing(Comparing(weights, opened.placement)))
    if opened.decoder is not None:
        length = weights.llama.llama_model_n_embd_out(weights.model)
        own = {"context": opened.decoder.room.context, "embedding_length": length}
    else:
        embedder = comparing.open()
        own = {"context": embedder.context, "embedding_length": embedder.length}
    vocabulary = opened.vocabulary
    lexicon = stack.enter_context(closing(Lexicon(vocabulary)))
    facts = _facts(weights, vocabulary, reported(measured.buffers))
    facts = replace(facts, notes=opened.notes, sees=opened.eyes is not None, **own)
    loop: Loop | Refusing
    if opened.decoder is not None:
        rest = Rest(mailbox, None if facts.gpu_memory else pages)
        loop = Loop(weights, opened.decoder, vocabulary, mailbox, rest, opened.drafter)
    else:
        loop = Refusing(mailbox)
    return Loaded(lexicon, comparing, opened.eyes, Constraints(lexicon), facts, loop)


def _facts(weights: Weights, vocabulary: Vocabulary, usage: Usage) -> Facts:
    """Return what does not depend on the context."""
    llama, model = weights.llama, weights.model
    description = ctypes.create_string_buffer(_DESCRIPTION_BYTES)
    llama.llama_model_desc(model, description, _DESCRIPTION_BYTES)
    template: bytes | None = llama.llama_model_chat_template(model, None)
    return Facts(
        description=description.value.decode("utf-8", errors="replace"),
        size=llama.llama_model_size(model),
        context=0,
        trained_context=llama.llama_model_n_ctx_train(model),
        template=None if template is None else template.decode("utf-8", errors="replace"),
        bos=vocabulary.bos,
        eos=vocabulary.eos,
        generates=weights.generates,
        infills=vocabulary.infills,
        ranks=weights.ranks,
        memory=usage.total,
        gpu_memory=usage.gpu,
    )
