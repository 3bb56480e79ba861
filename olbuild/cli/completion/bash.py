"""The completion script for bash (3.2 and newer, without bash-completion)."""

from __future__ import annotations

from olbuild.cli.completion.words import Described, Words

_SCRIPT = r"""# bash completion for olbuild: eval "$(olbuild completion bash)"
_olbuild() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    # bash takes NAME:TAG for three words; they are put together again, and the part before the colon is cut below.
    local line=${COMP_LINE:0:COMP_POINT} words=() home='' command='' word expected=''
    read -r -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    local last=$((${#words[@]} - 1)) position=0 index
    current=${words[last]}
    previous=${words[last-1]}
    for ((index = 1; index < last; index++)); do
        word=${words[index]}
        if [[ -n $expected ]]; then
            [[ $expected == --home ]] && home=$word
            expected=''
        elif [[ $word == -* ]]; then
            case "$word" in
                @VALUED@) expected=$word ;;
            esac
        elif [[ -z $command ]]; then
            command=$word
        elif [[ $command == @GROUPS@ ]]; then
            command="$command $word"
        else
            ((position++))
        fi
    done
    local choices='' kind=''
    case "$command${expected:+ $expected}" in
@VALUES@
        *)
            if [[ -n $expected ]]; then
                return
            elif [[ $current == -* ]]; then
                case "$command" in
@OPTIONS@
                esac
            else
                case "$command" in
                    '') choices='@COMMANDS@' ;;
@ARGUMENTS@
                esac
            fi
            ;;
    esac
    case "$kind" in
        names) choices=$(olbuild __complete names ${home:+"$home"} 2>/dev/null) ;;
        files) COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames 2>/dev/null; return ;;
        folders) COMPREPLY=($(compgen -d -- "$current")); compopt -o filenames 2>/dev/null; return ;;
    esac
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
    if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
        local before=${current%"${current##*:}"}
        for index in "${!COMPREPLY[@]}"; do
            COMPREPLY[index]=${COMPREPLY[index]#"$before"}
        done
    fi
}
complete -o default -F _olbuild olbuild
"""


def script(commands: tuple[Described, ...]) -> str:
    """Return the script."""
    valued = sorted({name for each in commands for flag in each.flags if flag.value for name in flag.names})
    values, options, arguments = [], [], []
    for each in commands:
        name = " ".join(each.words)
        for flag in each.flags:
            if flag.value is not None and flag.value.kind != "nothing":
                patterns = "|".join(f"'{name} {spelling}'" for spelling in flag.names)
                values.append(f"        {patterns}) {_assign(flag.value)} ;;")
        spellings = " ".join(spelling for flag in each.flags for spelling in flag.names)
        options.append(f"                    '{name}') choices='{spellings}' ;;")
        if each.argument.kind != "nothing":
            arguments.append(f"                    '{name}') {_assign(each.argument)} ;;")
    groups = sorted({each.words[0] for each in commands if len(each.words) > 1})
    for group in groups:
        members = " ".join(each.words[1] for each in commands if each.words[0] == group and len(each.words) > 1)
        arguments.append(f"                    '{group}') choices='{members}' ;;")
    tops = " ".join(dict.fromkeys(each.words[0] for each in commands))
    return (
        _SCRIPT.replace("@VALUED@", "|".join(valued))
        .replace("@GROUPS@", f"@({'|'.join(groups)})")
        .replace("@VALUES@", "\n".join(values))
        .replace("@OPTIONS@", "\n".join(options))
        .replace("@ARGUMENTS@", "\n".join(arguments))
        .replace("@COMMANDS@", f"{tops} help")
    )


def _assign(words: Words) -> str:
    return f"choices='{' '.join(words.choices)}'" if words.kind == "choices" else f"kind={words.kind}"
