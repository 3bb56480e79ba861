"""The one table of instructions: what hover, completion, the grammar for editors and the documents say of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from olbuild.core.records import Frozen

Takes = Literal[
    "model",
    "path",
    "template",
    "text",
    "parameter",
    "message",
    "name",
    "argument",
    "label",
    "part",
    "quantization",
]
"""What kind of value an instruction has."""


class Flag(Frozen, kw_only=True):
    """Something like ``--file=PATH`` before a value. ``value`` is what stands behind the ``=``, in capitals."""

    name: str
    value: str
    meaning: str
    repeats: bool = False


class InstructionEntry(Frozen, kw_only=True):
    """An instruction: its keyword, one line about it, how it is written, and what several of it mean together.

    ``extension`` says that Ollama does not know it.
    """

    keyword: str
    takes: Takes
    meaning: str
    syntax: str
    repeats: str
    example: str
    flags: tuple[Flag, ...] = ()
    extension: bool = False


_FILE = Flag(name="file", value="PATH", meaning="takes the text from a file below the Modelfile's folder")

INSTRUCTIONS: tuple[InstructionEntry, ...] = (
    InstructionEntry(
        keyword="FROM",
        takes="model",
        meaning="What the model is made from: another model by its name, a file or folder with weights, or a stage.",
        syntax="FROM NAME|PATH|STAGE [AS STAGE]",
        repeats="files join, of names the last one counts; with AS, each begins a stage",
        example="FROM ./model.gguf",
    ),
    InstructionEntry(
        keyword="ADAPTER",
        takes="path",
        meaning="A LoRA that is applied to the weights: a file or a folder.",
        syntax="ADAPTER [--scale=NUMBER] PATH",
        repeats="all are applied (in Ollama, the last one)",
        example="ADAPTER --scale=0.8 ./style.gguf",
        flags=(Flag(name="scale", value="NUMBER", meaning="by how much it counts; 1 if nothing is said"),),
    ),
    InstructionEntry(
        keyword="DRAFT",
        takes="path",
        meaning="A smaller model that guesses ahead, so that answers come faster: a file or a folder.",
        syntax="DRAFT PATH",
        repeats="files join",
        example="DRAFT ./draft.gguf",
    ),
    InstructionEntry(
        keyword="TEMPLATE",
        takes="template",
        meaning="How a conversation becomes a prompt: a Go template, or Jinja.",
        syntax="TEMPLATE TEXT|--file=PATH",
        repeats="the last one counts",
        example='TEMPLATE "{{ .System }} {{ .Prompt }}"',
        flags=(_FILE,),
    ),
    InstructionEntry(
        keyword="SYSTEM",
        takes="text",
        meaning="The system text, which tells the model how to behave.",
        syntax="SYSTEM TEXT|--file=PATH",
        repeats="the last one counts",
        example="SYSTEM You answer in one short sentence.",
        flags=(_FILE,),
    ),
    InstructionEntry(
        keyword="PARAMETER",
        takes="parameter",
        meaning="A setting of the model, such as its temperature.",
        syntax="PARAMETER NAME VALUE",
        repeats="of one name the last one counts; every stop counts",
        example="PARAMETER temperature 0.7",
    ),
    InstructionEntry(
        keyword="MESSAGE",
        takes="message",
        meaning="A message of the conversation that every conversation begins with.",
        syntax="MESSAGE system|user|assistant TEXT, or MESSAGE --file=PATH",
        repeats="each is one more message, in their order",
        example="MESSAGE user What is the capital of France?",
        flags=(
            Flag(
                name="file", value="PATH", meaning="messages from a file of JSON Lines, in the place of role and text"
            ),
        ),
    ),
    InstructionEntry(
        keyword="LICENSE",
        takes="text",
        meaning="The text of a licence that travels with the model.",
        syntax="LICENSE TEXT|--file=PATH",
        repeats="each is one more licence",
        example="LICENSE Apache-2.0",
        flags=(_FILE,),
    ),
    InstructionEntry(
        keyword="RENDERER",
        takes="name",
        meaning="The name of a built-in renderer, which makes the prompt instead of a template.",
        syntax="RENDERER NAME",
        repeats="the last one counts",
        example="RENDERER qwen3-coder",
    ),
    InstructionEntry(
        keyword="PARSER",
        takes="name",
        meaning="The name of a built-in parser, which finds thinking and tool calls in an answer.",
        syntax="PARSER NAME",
        repeats="the last one counts",
        example="PARSER qwen3-coder",
    ),
    InstructionEntry(
        keyword="REQUIRES",
        takes="name",
        meaning="The oldest version that can run the model.",
        syntax="REQUIRES VERSION",
        repeats="the last one counts",
        example="REQUIRES 0.14.0",
    ),
    InstructionEntry(
        keyword="ARG",
        takes="argument",
        meaning="A name that ${NAME} stands for in the values below, and what it is when the build does not say.",
        syntax="ARG NAME[=DEFAULT]",
        repeats="each is one more name",
        example="ARG size=7b",
        extension=True,
    ),
    InstructionEntry(
        keyword="INCLUDE",
        takes="path",
        meaning="Another Modelfile whose instructions stand here; it is below the Modelfile's folder.",
        syntax="INCLUDE PATH",
        repeats="each is read where it stands",
        example="INCLUDE common/Modelfile",
        extension=True,
    ),
    InstructionEntry(
        keyword="UNSET",
        takes="part",
        meaning="A part that is not taken over from the model that FROM names.",
        syntax="UNSET PART [NAME]",
        repeats="each takes away one more part",
        example="UNSET PARAMETER stop",
        extension=True,
    ),
    InstructionEntry(
        keyword="QUANTIZE",
        takes="quantization",
        meaning="The type that the weights are converted to.",
        syntax="QUANTIZE TYPE",
        repeats="the last one counts",
        example="QUANTIZE Q4_K_M",
        extension=True,
    ),
    InstructionEntry(
        keyword="LABEL",
        takes="label",
        meaning="An annotation of the artifact.",
        syntax="LABEL KEY=VALUE",
        repeats="of one key the last one counts",
        example="LABEL org.opencontainers.image.vendor=me",
        extension=True,
    ),
    InstructionEntry(
        keyword="TEST",
        takes="text",
        meaning="A prompt, and what the answer to it must satisfy; it travels with the model.",
        syntax="TEST [--FLAG=VALUE]… PROMPT",
        repeats="each is one more test",
        example='TEST --contains=Paris "What is the capital of France?"',
        flags=(
            Flag(name="name", value="NAME", meaning="what the test is called"),
            Flag(name="contains", value="TEXT", meaning="the answer contains this", repeats=True),
            Flag(name="not-contains", value="TEXT", meaning="the answer does not contain this", repeats=True),
            Flag(name="matches", value="RE2", meaning="this regular expression matches in the answer", repeats=True),
            Flag(name="json-schema", value="PATH", meaning="the answer is JSON that satisfies the schema in a file"),
            Flag(name="max-tokens", value="NUMBER", meaning="most tokens of the answer"),
        ),
        extension=True,
    ),
)
"""Every instruction, in the order in which a file is usually written."""

BY_KEYWORD: Mapping[str, InstructionEntry] = MappingProxyType({entry.keyword: entry for entry in INSTRUCTIONS})

ROLE_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "system": "what the model is told about how to behave",
        "user": "what a person says",
        "assistant": "what the model answers",
    }
)
"""The roles of a MESSAGE."""
