"""Modelfiles: ``parse`` makes typed instructions of a text, ``settings`` says what they mean together."""

from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.commands import command, format_command, format_commands
from olbuild.language.modelfile.elaborate import Elaborated, elaborate
from olbuild.language.modelfile.expand import Expanded, expand
from olbuild.language.modelfile.instructions import (
    Adapter,
    Arg,
    Dialect,
    Draft,
    From,
    Include,
    Instruction,
    Label,
    License,
    Message,
    Modelfile,
    Parameter,
    Parser,
    Place,
    Quantize,
    Renderer,
    Requires,
    System,
    Template,
    Test,
    Unset,
)
from olbuild.language.modelfile.parse import analyse, parse
from olbuild.language.modelfile.paths import Inputs, Local, Surroundings, expand_path, inputs
from olbuild.language.modelfile.settings import Settings, settings
from olbuild.language.modelfile.texts import Reader

__all__ = [
    "Adapter",
    "Arg",
    "Code",
    "Dialect",
    "Draft",
    "Elaborated",
    "Expanded",
    "From",
    "Include",
    "Inputs",
    "Instruction",
    "Label",
    "License",
    "Local",
    "Message",
    "Modelfile",
    "Parameter",
    "Parser",
    "Place",
    "Quantize",
    "Reader",
    "Renderer",
    "Requires",
    "Settings",
    "Surroundings",
    "System",
    "Template",
    "Test",
    "Unset",
    "analyse",
    "command",
    "elaborate",
    "expand",
    "expand_path",
    "format_command",
    "format_commands",
    "inputs",
    "parse",
    "settings",
]
