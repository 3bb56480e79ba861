"""Random Go templates and conversations, for property tests: token soup, and templates that mostly run."""

from __future__ import annotations

from hypothesis import strategies as st

TOKENS = [
    "{{", "}}", "{{-", " -}}", " ", "if", "else", "end", "range", "with", "define", "template", "block", "break",
    "nil", "continue", ".", ".X", ".Messages", "$", "$x", ":=", "=", ",", "|", "(", ")", '"a"', "`b`", "'c'", "1",
    "-1", "1.5",
    "0x", "true", "print", "eq", "len", "json", "foo", "/*", "*/", "{{/* c */}}", "\n", "text", "{{ end }}",
    "{{if .X}}", "{{range .Messages}}", "{{else}}", '"\\q"', '"', "'", "`", "_", "é", "²", "1a", "+", "-",
    "{{ .System }}", "{", "}",
    '{{define "x"}}', '{{template "x" .}}', "{{range $i, $e := .Messages}}", "$x := 1", "{{$x := 1}}", "{{break}}",
]  # fmt: skip

soup = st.lists(st.sampled_from(TOKENS), max_size=14).map("".join)

_ROOT = [".System", ".Messages", ".Tools", ".Response", ".Nope", ".Think", ".ThinkLevel", ".IsThinkSet"]
_MESSAGE = [".Role", ".Content", ".Thinking", ".ToolCalls", ".ToolName", ".ToolCallID", "$.System", "$m.Content", "$i"]
_CALL = [".ID", ".Function.Name", ".Function.Arguments", ".Function.Index", "$.System"]
_TOOL = [".", ".Type", ".Function.Name", ".Function.Description", ".Function", ".Function.Parameters.Required"]
_LITERALS = ['"user"', '""', "`x`", "1", "0", "true", "nil", '"a\\n\'"']
_TEXTS = ["<|im_start|>", "\n", " ", "x", "{%", "{#", "}}", "'", "\\", "é", "  a\n"]


@st.composite
def _expression(draw: st.DrawFn, fields: list[str], depth: int) -> str:
    operand = st.sampled_from([*fields, *fields, *_LITERALS])
    if depth == 0 or draw(st.booleans()):
        return draw(operand)

    def inner() -> str:
        return f"({draw(_expression(fields, depth - 1))})"

    name = draw(st.sampled_from(["and", "or", "not", "eq", "ne", "len", "json", "print", "printf", "html"]))
    match name:
        case "html":
            return f"html {draw(st.sampled_from(['$.System', chr(34) + '<&' + chr(34), 'true']))}"
        case "and" | "or" | "eq" | "ne":
            return f"{name} {inner()} {inner()}"
        case "printf":
            return f'printf "%v|" {inner()}'
        case _:
            return f"{name} {inner()}"


@st.composite
def _nodes(draw: st.DrawFn, fields: list[str], depth: int) -> str:
    pieces = []
    for kind in draw(st.lists(st.sampled_from(["text", "value", "if", "with", "loop", "variable"]), max_size=4)):
        left, right = draw(st.sampled_from(["{{ ", "{{- "])), draw(st.sampled_from([" }}", " -}}"]))
        expression = draw(_expression(fields, 2))
        inner = draw(_nodes(fields, depth - 1)) if depth else ""
        match kind:
            case "text":
                pieces.append(draw(st.sampled_from(_TEXTS)))
            case "value":
                pieces.append(f"{left}{expression}{right}")
            case "if":
                pieces.append(f"{left}if {expression}{right}{inner}{left}else{right}n{left}end{right}")
            case "with":
                pieces.append(f"{left}with {expression}{right}[{{{{ print . }}}}]{left}end{right}")
            case "variable":
                pieces.append(f"{left}$v := {expression}{right}{inner}{left}$v{right}")
            case _:
                pieces.append(draw(_loop(fields, depth, left, right)))
    return "".join(pieces)


@st.composite
def _loop(draw: st.DrawFn, fields: list[str], depth: int, left: str, right: str) -> str:
    if fields is _ROOT:
        over, inside, names = draw(st.sampled_from([(".Messages", _MESSAGE, "$i, $m := "), (".Tools", _TOOL, "")]))
    elif fields is _MESSAGE:
        over, inside, names = ".ToolCalls", _CALL, ""
    else:
        return ""
    return (
        f"{left}range {names}{over}{right}{draw(_nodes(inside, max(depth - 1, 0)))}{left}else{right}e{left}end{right}"
    )


templates = _nodes(_ROOT, 3)
"""Templates over the data that Ollama gives. Most run; some compare what Go does not compare."""

_content = st.sampled_from(["", "Hi", "a\"b'c&<d>", "{{ .X }}", "line\nline", "日本 🦙", " x "])
_json = st.recursive(
    st.sampled_from([None, True, False, 0, 3, 2.5, 1000000, "", "<v>"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=4,
)
_calls = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["", "c1"]),
            "function": st.fixed_dictionaries(
                {"name": st.just("f"), "arguments": st.dictionaries(st.sampled_from("xyz"), _json, max_size=2)}
            ),
        }
    ),
    min_size=1,
    max_size=2,
)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": _content},
        optional={"thinking": _content, "tool_calls": _calls, "tool_name": st.just("f"), "tool_call_id": st.just("c1")},
    ),
    max_size=5,
)
_property = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", ["string", "null"], "object"]),
        "description": _content,
        "enum": st.lists(_json, max_size=2),
        "items": _json,
    },
)
tools = st.none() | st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just("function"),
            "function": st.fixed_dictionaries(
                {
                    "name": st.just("f"),
                    "parameters": st.fixed_dictionaries(
                        {
                            "type": st.just("object"),
                            "properties": st.dictionaries(st.sampled_from("ab"), _property, max_size=2),
                        },
                        optional={"required": st.just(["a"])},
                    ),
                },
                optional={"description": _content},
            ),
        }
    ),
    max_size=2,
)
