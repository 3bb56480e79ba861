"""The completion script for fish."""

from __future__ import annotations

from olbuild.cli.completion.words import Described, Flag, Words

_HEAD = """# fish completion for olbuild: olbuild completion fish | source
function __olbuild_names
    olbuild __complete names 2>/dev/null
end
function __olbuild_needs_command
    set -l words (commandline -opc)
    test (count $words) -eq 1
end
function __olbuild_needs_member
    set -l words (commandline -opc)
    test (count $words) -eq 2; and test "$words[2]" = "$argv[1]"
end
function __olbuild_in
    set -l words (commandline -opc)
    for index in (seq (count $argv))
        set -l place (math $index + 1)
        test "$words[$place]" = "$argv[$index]"; or return 1
    end
end
complete -c olbuild -f
"""


def script(commands: tuple[Described, ...]) -> str:
    """Return the script."""
    lines = [_HEAD.rstrip()]
    groups: set[str] = set()
    for each in commands:
        if len(each.words) > 1:
            group, member = each.words
            if group not in groups:
                lines.append(_command("__olbuild_needs_command", group, "commands of the store"))
                groups.add(group)
            lines.append(_command(f"__olbuild_needs_member {group}", member, each.line))
        else:
            lines.append(_command("__olbuild_needs_command", each.words[0], each.line))
        condition = f"__olbuild_in {' '.join(each.words)}"
        lines += [_flag(condition, flag) for flag in each.flags]
        if each.argument.kind != "nothing":
            lines.append(f"complete -c olbuild -n {_quote(condition)}{_values(each.argument)}")
    return "\n".join(lines) + "\n"


def _command(condition: str, word: str, line: str) -> str:
    return f"complete -c olbuild -n {_quote(condition)} -a {_quote(word)} -d {_quote(line)}"


def _flag(condition: str, flag: Flag) -> str:
    names = "".join(
        f" -l {name.removeprefix('--')}" if name.startswith("--") else f" -s {name.removeprefix('-')}"
        for name in flag.names
    )
    value = "" if flag.value is None else f" {'-r' if flag.value.kind == 'files' else '-x'}{_values(flag.value)}"
    return f"complete -c olbuild -n {_quote(condition)}{names}{value} -d {_quote(flag.meaning)}"


def _values(words: Words) -> str:
    match words.kind:
        case "names":
            return " -a '(__olbuild_names)'"
        case "files":
            return " -F"
        case "folders":
            return " -a '(__fish_complete_directories)'"
        case "choices":
            return f" -a {_quote(' '.join(words.choices))}"
        case "nothing":
            return ""


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
