"""Modelfiles: ``parse`` makes typed instructions of a text, ``settings`` says what they mean together."""

from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.commands import command, format_command, format_commands
from olbuild.language.modelfile.instructions import (
    Adapter,
    Dialect,
    Draft,
    From,
    Instruction,
    License,
    Message,
    Modelfile,
    Parameter,
    Parser,
    Place,
    Renderer,
    Requires,
    System,
    Template,
)
from olbuild.language.modelfile.parse import parse
from olbuild.language.modelfile.paths import Inputs, Local, Surroundings, expand_path, inputs
from olbuild.language.modelfile.settings import Settings, settings

__all__ = [
    "Adapter",
    "Code",
    "Dialect",
    "Draft",
    "From",
    "Inputs",
    "Instruction",
    "License",
    "Local",
    "Message",
    "Modelfile",
    "Parameter",
    "Parser",
    "Place",
    "Renderer",
    "Requires",
    "Settings",
    "Surroundings",
    "System",
    "Template",
    "command",
    "expand_path",
    "format_command",
    "format_commands",
    "inputs",
    "parse",
    "settings",
]
