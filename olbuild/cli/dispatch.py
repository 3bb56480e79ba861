"""From the words of a command line to the command they name."""

import sys

from olbuild.cli.streams import write_now
from olbuild.cli.table import COMMANDS, COMMON, COMMON_WITH_VALUE, Entry, overview
from olbuild.core.errors import UsageError

_HELP = ("--help", "-h")
_COMMON = tuple(name.rstrip(",") for names, _ in COMMON for name in names.split(" ") if name.startswith("-"))


def dispatch(arguments: list[str]) -> int:
    """Run a command line and return the exit code.

    Raises:
        UsageError: if there is no such command.
    """
    words = _common_behind(arguments)
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    if words[:1] == ["__complete"]:
        from olbuild.cli.completion.names import complete

        return complete(words[1:])
    if not words or words[0] in _HELP:
        return _write(overview())
    entry, rest = _find(words)
    if entry is None:
        return _write(_group(words[0]))
    from olbuild.cli.parse import run

    return run(entry, rest)


def _common_behind(arguments: list[str]) -> list[str]:
    """Move the common options that stand before the command behind it, where they are parsed."""
    count = 0
    while count < len(arguments) and arguments[count].partition("=")[0] in _COMMON:
        count += 2 if arguments[count] in COMMON_WITH_VALUE else 1
    before, rest = arguments[:count], arguments[count:]
    if not rest or rest[0] in _HELP:
        return rest
    size = 2 if _is_group(rest[0]) else 1
    return [*rest[:size], *before, *rest[size:]]


def _find(words: list[str]) -> tuple[Entry | None, list[str]]:
    """Return the command and what follows it; no command for the bare name of a group."""
    entries = {entry.name: entry for entry in COMMANDS}
    for size in (2, 1):
        entry = entries.get(" ".join(words[:size]))
        if entry is not None:
            return entry, words[size:]
    if not _is_group(words[0]):
        raise _unknown(words[0], list(entries))
    if len(words) > 1 and words[1] not in _HELP:
        raise _unknown(" ".join(words[:2]), list(entries))
    return None, []


def _unknown(name: str, names: list[str]) -> UsageError:
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=1)
    if name.startswith("-"):
        return UsageError(f"there is no option {name} before a command", hint="olbuild --help lists the options")
    return UsageError(
        f"there is no command {name!r}",
        hint=f"did you mean olbuild {close[0]}?" if close else "olbuild --help lists the commands",
    )


def _is_group(word: str) -> bool:
    return any(entry.name.startswith(f"{word} ") for entry in COMMANDS)


def _group(name: str) -> str:
    lines = [f"Usage: olbuild {name} COMMAND [OPTIONS]", "", "Commands:"]
    lines += [f"  {entry.name:<14} {entry.line}" for entry in COMMANDS if entry.name.startswith(f"{name} ")]
    return "\n".join([*lines, "", f"olbuild {name} COMMAND --help says more about a command.", ""])


def _write(text: str) -> int:
    write_now(sys.stdout, text)
    return 0
