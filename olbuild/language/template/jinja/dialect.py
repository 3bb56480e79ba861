"""The Jinja that chat templates are written in: what Hugging Face's environment adds (``chat_template_utils.py``)."""

from __future__ import annotations

from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser


class Generation(Extension):
    """``{% generation %}`` marks what a model said, for training; when running, it is only its content."""

    tags = {"generation"}  # noqa: RUF012 - jinja's declaration

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return the content."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


EXTENSIONS = (Generation, loopcontrols)

FUNCTIONS = frozenset(
    {"cycler", "dict", "joiner", "lipsum", "namespace", "range"}  # Jinja's own
    | {"raise_exception", "strftime_now"}
)
"""What a template can call."""

VARIABLES = frozenset(
    {"messages", "tools", "documents", "add_generation_prompt"}  # both; the next are the tokenizer's, and llama.cpp's
    | {"bos_token", "eos_token"}
    | {"unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "additional_special_tokens"}  # the tokenizer's
    | {"enable_thinking", "reasoning_effort"}  # what a user says about thinking
)
"""What Hugging Face's apply_chat_template and llama.cpp's server give to a template, or olbuild does."""
