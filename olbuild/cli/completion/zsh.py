"""The completion script for zsh."""

from __future__ import annotations

from olbuild.cli.completion.words import Described, Flag, Words

_SCRIPT = r"""#compdef olbuild
# zsh completion for olbuild: a file _olbuild in a folder of $fpath, or: eval "$(olbuild completion zsh)"
_olbuild_names() {
    local -a names
    local home=${opt_args[--home]}
    names=(${(f)"$(olbuild __complete names ${home:+$home} 2>/dev/null)"})
    compadd -a names
}
_olbuild() {
    local curcontext=$curcontext state line
    local -A opt_args
    _arguments -C '1:command:->command' '*::argument:->argument' && return
    case $state in
        command)
            local -a commands
            commands=(
@COMMANDS@
            )
            _describe command commands
            ;;
        argument)
            case $line[1] in
@GROUPS@
@CASES@
            esac
            ;;
    esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _olbuild "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _olbuild olbuild
fi
"""


def script(commands: tuple[Described, ...]) -> str:
    """Return the script."""
    single = [each for each in commands if len(each.words) == 1]
    groups: dict[str, list[Described]] = {}
    for each in commands:
        if len(each.words) > 1:
            groups.setdefault(each.words[0], []).append(each)
    listed = [f"                {_quote(f'{each.words[0]}:{_plain(each.line)}')}" for each in single]
    listed += [f"                {_quote(f'{group}:commands of the store')}" for group in groups]
    return (
        _SCRIPT.replace("@COMMANDS@", "\n".join(listed))
        .replace("@GROUPS@", "\n".join(_group(name, members) for name, members in groups.items()))
        .replace("@CASES@", "\n".join(_case(each, each.words[0], 16) for each in single))
    )


def _group(name: str, members: list[Described]) -> str:
    listed = " ".join(_quote(f"{each.words[1]}:{_plain(each.line)}") for each in members)
    cases = "\n".join(_case(each, each.words[1], 24) for each in members)
    return (
        f"                {name})\n"
        "                    if (( CURRENT == 2 )); then\n"
        f"                        local -a members; members=({listed}); _describe command members\n"
        "                    else\n"
        "                        shift words; (( CURRENT-- ))\n"
        "                        case $words[1] in\n"
        f"{cases}\n"
        "                        esac\n"
        "                    fi ;;"
    )


def _case(each: Described, pattern: str, indent: int) -> str:
    parts = [part for flag in each.flags for part in _flag(flag)]
    if each.argument.kind != "nothing":
        parts.append(_quote(f"*:argument:{_action(each.argument)}"))
    return f"{' ' * indent}{pattern}) _arguments {' '.join(parts)} ;;"


def _flag(flag: Flag) -> list[str]:
    value = "" if flag.value is None else f":value:{_action(flag.value)}"
    return [_quote(f"*{name}[{_plain(flag.meaning)}]{value}") for name in flag.names]


def _action(words: Words) -> str:
    match words.kind:
        case "names":
            return "_olbuild_names"
        case "files":
            return "_files"
        case "folders":
            return "_files -/"
        case "choices":
            return f"({' '.join(words.choices)})"
        case "nothing":
            return " "


def _plain(text: str) -> str:
    return text.replace("[", "(").replace("]", ")").replace(":", " -")


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
