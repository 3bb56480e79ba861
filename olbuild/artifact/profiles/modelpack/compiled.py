"""What the layer of a compiled template says about itself: the compiler's version, and whether it is portable."""

from __future__ import annotations

import re

from olbuild.artifact.bundle import CompiledTemplate
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError
from olbuild.core.names import Role

_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_OF_A_ROLE = {Role.TEMPLATE_JINJA: (words.COMPILER, words.PORTABLE), Role.ADAPTER: (words.SCALE,)}
_KNOWN = {role: {words.ROLE, words.INSTRUCTION, *_OF_A_ROLE.get(role, ())} for role in words.PLACES}


def compiled_annotations(compiled: CompiledTemplate) -> dict[str, str]:
    """Return what the layer of a compiled template says besides its role and title."""
    stated = {words.COMPILER: str(compiled.version)}
    return stated if compiled.portable else {**stated, words.PORTABLE: "false"}


def read_compiled(text: str, layer: Descriptor) -> CompiledTemplate:
    """Return the compiled template of a layer that was checked."""
    version = int(layer.annotations[words.COMPILER])
    return CompiledTemplate(text=text, version=version, portable=words.PORTABLE not in layer.annotations)


def check_own_annotations(role: Role, layer: Descriptor, where: str) -> None:
    """Check the annotations of the format on a layer with a role, all but the role itself.

    Raises:
        FormatError: if one of them is unknown or does not stand here, or says what cannot be.
    """
    for key, value in layer.annotations.items():
        if not key.startswith(words.OWN):
            continue
        if key not in _KNOWN[role]:
            raise FormatError(
                f"{where} ({role}) has the annotation {key[:100]!r}, which is unknown or belongs to another role",
                hint="it was made by a newer olbuild",
            )
        if key == words.COMPILER and not _VERSION.fullmatch(value):
            raise FormatError(f"{where}: {key} is {value[:100]!a}, which is no version of a compiler")
        if key == words.PORTABLE and value != "false":
            raise FormatError(f"{where}: {key} is {value[:100]!a}; it says 'false', or is not there")


def check_compiler(template: Descriptor | None, jinja: Descriptor | None, where: str) -> None:
    """Check that a Jinja template says that it was compiled if, and only if, the original is there.

    Raises:
        FormatError: if not.
    """
    if jinja is None:
        return
    stated = words.COMPILER in jinja.annotations
    if template is not None and not stated:
        raise FormatError(f"{where}: the layer {Role.TEMPLATE_JINJA} beside {Role.TEMPLATE} has no {words.COMPILER}")
    if template is None and (stated or words.PORTABLE in jinja.annotations):
        raise FormatError(f"{where}: the layer {Role.TEMPLATE_JINJA} was compiled, and there is no {Role.TEMPLATE}")
