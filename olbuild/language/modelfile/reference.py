"""The one table of instructions: what hover, completion, the grammar for editors and the documents say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Takes = Literal["model", "path", "template", "text", "parameter", "message", "name"]
"""What kind of value an instruction has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something like ``--file=PATH`` before a value. ``value`` is what stands behind the ``=``, in capitals."""

    name: str
    value: str
    meaning: str
    repeats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionEntry:
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


INSTRUCTIONS: tuple[InstructionEntry, ...] = (
    InstructionEntry(
        keyword="FROM",
        takes="model",
        meaning="What the model is made from: another model by its name, or a file or folder with weights.",
        syntax="FROM NAME|PATH",
        repeats="files join, of names the last one counts",
        example="FROM ./model.gguf",
    ),
    InstructionEntry(
        keyword="ADAPTER",
        takes="path",
        meaning="A LoRA that is applied to the weights: a file or a folder.",
        syntax="ADAPTER PATH",
        repeats="the last one counts",
        example="ADAPTER ./style.gguf",
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
        syntax="TEMPLATE TEXT",
        repeats="the last one counts",
        example='TEMPLATE "{{ .System }} {{ .Prompt }}"',
    ),
    InstructionEntry(
        keyword="SYSTEM",
        takes="text",
        meaning="The system text, which tells the model how to behave.",
        syntax="SYSTEM TEXT",
        repeats="the last one counts",
        example="SYSTEM You answer in one short sentence.",
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
        syntax="MESSAGE system|user|assistant TEXT",
        repeats="each is one more message, in their order",
        example="MESSAGE user What is the capital of France?",
    ),
    InstructionEntry(
        keyword="LICENSE",
        takes="text",
        meaning="The text of a licence that travels with the model.",
        syntax="LICENSE TEXT",
        repeats="each is one more licence",
        example="LICENSE Apache-2.0",
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
