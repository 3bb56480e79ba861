"""The functions that a template may name: Go's own (text/template/funcs.go) and Ollama's (template/template.go)."""

from __future__ import annotations

OLLAMA = frozenset({"json", "currentDate", "yesterdayDate", "toTypeScriptType"})
"""Functions that Ollama adds."""

FUNCTIONS = OLLAMA | {
    "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "slice",
    "print", "printf", "println", "html", "js", "urlquery", "call",
}  # fmt: skip
"""All of them."""
