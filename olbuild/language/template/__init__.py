"""Chat templates: which language one is written in, Go templates, and their translation to Jinja.

- ``parse_template`` reads a Go template as Ollama does, ``render_go`` renders a conversation exactly as Ollama does.
- ``compile_template`` makes portable Jinja2 of it, and says which construct is the reason where it cannot.

Each name is loaded when it is asked for: a check of a Modelfile reads a template and has no use for what renders one.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from olbuild.language.template.codes import Code
    from olbuild.language.template.detect import template_language
    from olbuild.language.template.evaluate.render import TemplateFailure, explain_go, render_go
    from olbuild.language.template.parts import Part
    from olbuild.language.template.portable.compile import HELPER, OUTPUT_VERSION, Compiled, Reason, compile_template
    from olbuild.language.template.portable.helper import go_helper
    from olbuild.language.template.syntax.flaws import TemplateFlaw
    from olbuild.language.template.syntax.parse import GoTemplate, parse_template

__all__ = [
    "HELPER",
    "OUTPUT_VERSION",
    "Code",
    "Compiled",
    "GoTemplate",
    "Part",
    "Reason",
    "TemplateFailure",
    "TemplateFlaw",
    "compile_template",
    "explain_go",
    "go_helper",
    "parse_template",
    "render_go",
    "template_language",
]

_HOMES = {
    "codes": "Code",
    "detect": "template_language",
    "evaluate.render": "TemplateFailure explain_go render_go",
    "parts": "Part",
    "portable.compile": "HELPER OUTPUT_VERSION Compiled Reason compile_template",
    "portable.helper": "go_helper",
    "syntax.flaws": "TemplateFlaw",
    "syntax.parse": "GoTemplate parse_template",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Load a name from the module that has it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
