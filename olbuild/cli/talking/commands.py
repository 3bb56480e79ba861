"""The commands of a conversation: lines that begin with a slash."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from olbuild.cli.parameters import read_parameter
from olbuild.cli.talking.port import Chatting
from olbuild.cli.talking.state import Talk
from olbuild.cli.talking.wishes import read_format, read_think
from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.artifact.bundle import ParameterValue

Say = Callable[[str], None]

SHOWN = ("info", "license", "messages", "modelfile", "parameters", "system", "template")
_SWITCHES = {
    "verbose": ("verbose", True),
    "quiet": ("verbose", False),
    "markdown": ("markdown", True),
    "nomarkdown": ("markdown", False),
    "wordwrap": ("word_wrap", True),
    "nowordwrap": ("word_wrap", False),
    "history": ("history", True),
    "nohistory": ("history", False),
}  # what a word sets of a conversation
SETTINGS = ("parameter", "system", "format", "noformat", "think", "nothink", *_SWITCHES)
COMMANDS = ("/set", "/show", "/list", "/load", "/save", "/clear", "/system", "/help", "/bye")

HELP = '''\
/set NAME …    set something for this conversation; /help set says what
/show WHAT     show what the model says; /help show says what
/list          the models that there are
/load NAME     talk with another model; what was said stays,
               unless it begins with a conversation of its own
/save NAME     make a model that begins where this conversation is
/clear         forget what was said
/system TEXT   another system text; without one, the model's own
/bye           end, as Ctrl-D does
"""            begin a message of several lines, and end it
Alt-Enter      a new line in a message; so is Shift-Enter in some terminals
Ctrl-C         stop the answer
Up, Down       earlier lines; Ctrl-R searches them
a path         of a picture in a message is attached, if the model sees'''
HELP_SET = """\
/set parameter NAME VALUE   a parameter, as a Modelfile has it
/set system TEXT            another system text
/set format json|FILE       answers in JSON, or after a JSON Schema
/set noformat               answers in any form
/set think [LEVEL]          think before answers: low, medium, high
/set nothink                do not
/set verbose, quiet         show counts and rates, or do not
/set wordwrap, nowordwrap   break lines between words, or do not
/set markdown, nomarkdown   draw answers as Markdown, or do not
/set history, nohistory     keep lines for other conversations, or do not"""
HELP_SHOW = "/show " + "|".join(SHOWN)

_TEXTS = re.compile(r'"([^"]+)"|(\S+)')  # several, which may be quoted as in a Modelfile


class Ended(Exception):
    """The person ended the conversation."""


class Reload(Exception):
    """The person wants another model, or the same one with other parameters."""

    def __init__(self, name: str, parameters: dict[str, ParameterValue]) -> None:
        """Say which, and what is set for it."""
        super().__init__(name)
        self.name, self.parameters = name, parameters


def is_command(line: str) -> bool:
    """Whether a line is meant for the program: a slash and a word, and no path."""
    word = line.split(maxsplit=1)[0] if line.strip() else ""
    return word == "/?" or (word.startswith("/") and word[1:].isalpha())


def obey(line: str, talk: Talk, model: Chatting, say: Say) -> None:
    """Do what a command says.

    Raises:
        Ended, Reload: if the conversation ends, or goes on with another model.
        OlbuildError: if it cannot be done; the conversation goes on as it was.
    """
    word, rest = _split(line)
    match word:
        case "/bye" | "/exit" | "/quit":
            raise Ended
        case "/clear":
            talk.messages.clear()
            say("forgotten")
        case "/?" | "/help":
            say({"set": HELP_SET, "show": HELP_SHOW}.get(rest.lstrip("/"), HELP))
        case "/list":
            say("\n".join(model.others()) or "there is none")
        case "/system":
            _set_system(rest, talk, say)
        case "/set":
            _set(rest, talk, model, say)
        case "/show":
            say(_shown(rest, talk, model) if rest else HELP_SHOW)
        case "/load":
            raise Reload(_needed(rest, "/load NAME"), talk.parameters)
        case "/save":
            _save(_needed(rest, "/save NAME"), talk, model)
            say(f"saved {rest}")
        case _:
            raise UsageError(f"there is no {word}; /help shows what there is")


def _set(text: str, talk: Talk, model: Chatting, say: Say) -> None:
    name, rest = _split(text)
    match name:
        case "":
            say(HELP_SET)
            return
        case "parameter":
            key, value = _split(rest)
            parameters = {**talk.parameters, key: _parameter(key, _needed(value, "/set parameter NAME VALUE"))}
            if model.is_fixed(key):
                raise Reload(model.name, parameters)
            talk.parameters = parameters
        case "system":
            _set_system(rest, talk, say)
            return
        case "format":
            talk.format = read_format(_needed(rest, "/set format json|FILE"))
        case "noformat":
            talk.format = None
        case "think":
            talk.think = read_think(rest)
        case "nothink":
            talk.think = False
        case _ if name in _SWITCHES:
            setattr(talk, *_SWITCHES[name])
        case _:
            raise UsageError(f"there is no /set {name}; /help set shows what there is")
    say(f"set: {text}")


def _parameter(key: str, text: str) -> ParameterValue:
    if key == "stop":
        return tuple(quoted or word for quoted, word in _TEXTS.findall(text))
    return read_parameter(key, text, f"/set parameter {key}")


def _set_system(text: str, talk: Talk, say: Say) -> None:
    talk.system = _unquoted(text) or None
    say("the system text is set" if talk.system else "the model's own system text is back")


def _shown(what: str, talk: Talk, model: Chatting) -> str:
    if what not in SHOWN:
        raise UsageError(f"there is no /show {what}; it shows {', '.join(SHOWN)}")
    if what == "system" and talk.system is not None:
        return talk.system
    if what == "messages":
        return "\n".join(f"{each.role}: {each.content}" for each in model.messages) or "the model brings none"
    if what == "parameters" and talk.parameters:
        from olbuild.api.showing import parameter_lines
        from olbuild.artifact.bundle import Bundle

        own = "\n".join(parameter_lines(Bundle(parameters=talk.parameters)))
        try:
            return f"{model.show(what)}\n\nset here:\n{own}"
        except UsageError:
            return f"set here:\n{own}"
    return model.show(what)


def _save(name: str, talk: Talk, model: Chatting) -> None:
    from olbuild.artifact.bundle import Message

    said = [Message(role=each["role"], content=each["content"]) for each in talk.messages if each["content"]]
    messages = (*model.messages, *said) if said else ()
    model.save(name, system=talk.system, parameters=talk.parameters, messages=messages)


def _needed(text: str, usage: str) -> str:
    if not text:
        raise UsageError(f"it is {usage}")
    return text


def _split(text: str) -> tuple[str, str]:
    parts = text.strip().split(maxsplit=1)
    return parts[0] if parts else "", parts[1].strip() if len(parts) > 1 else ""


def _unquoted(text: str) -> str:
    for quote in ('"""', '"'):
        if len(text) >= 2 * len(quote) and text.startswith(quote) and text.endswith(quote):
            return text[len(quote) : -len(quote)].strip("\n")
    return text
