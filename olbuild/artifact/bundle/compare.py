"""What differs between two models, in the words of a Modelfile. Weights count as their digests here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, get_args

from olbuild.artifact.bundle.model import Bundle, Metadata, Test
from olbuild.core.content import canonical_json
from olbuild.core.content.canonical import Json
from olbuild.core.records import Frozen

Section: TypeAlias = Literal[
    "parameter",
    "system",
    "template",
    "renderer",
    "parser",
    "requires",
    "message",
    "license",
    "test",
    "label",
    "adapter",
    "extra",
    "metadata",
    "base",
    "header",
    "tensor",
    "weights",
]
"""What a change is about."""


class Change(Frozen, kw_only=True):
    """One thing that differs; ``before`` is ``None`` for what was added, ``after`` for what was removed.

    ``name`` tells things of a section apart, and is empty where there is only one.
    """

    section: Section
    name: str
    before: str | None
    after: str | None


def compare_bundles(before: Bundle, after: Bundle) -> tuple[Change, ...]:
    """Return what differs apart from the files of weights, in a fixed order; nothing for models that answer alike.

    The base and the time of creation count, because an artifact says them; what a template was compiled to does not,
    because it follows from the template.
    """
    one, other = _parts(before), _parts(after)
    keys = dict.fromkeys((*one, *other))
    order = {section: index for index, section in enumerate(get_args(Section))}
    return tuple(
        Change(section=section, name=name, before=one.get((section, name)), after=other.get((section, name)))
        for section, name in sorted(keys, key=lambda key: order[key[0]])
        if one.get((section, name)) != other.get((section, name))
    )


def _parts(bundle: Bundle) -> dict[tuple[Section, str], str]:
    return {(section, name): text for section, name, text in _walk(bundle)}


def _walk(bundle: Bundle) -> Iterator[tuple[Section, str, str]]:
    for name, value in sorted(bundle.parameters.items()):
        yield "parameter", name, _shown(value)
    yield from _texts(bundle)
    for number, text in enumerate(bundle.licenses, 1):
        yield "license", str(number), text
    for number, test in enumerate(bundle.tests, 1):
        yield "test", test.name or str(number), _test(test)
    for key, text in sorted(bundle.labels.items()):
        yield "label", key, text
    for number, blob in enumerate(bundle.adapters, 1):
        yield "adapter", str(number), f"scale {1 if blob.scale is None else blob.scale}"
    for extra in bundle.extras:
        yield "extra", extra.path or str(extra.descriptor.digest), str(extra.descriptor.digest)
    yield from _facts(bundle)


def _texts(bundle: Bundle) -> Iterator[tuple[Section, str, str]]:
    messages = "".join(f"{message.role}: {message.content}\n" for message in bundle.messages)
    texts: tuple[tuple[Section, str | None], ...] = (
        ("system", bundle.system),
        ("template", bundle.template.text if bundle.template else None),
        ("renderer", bundle.renderer),
        ("parser", bundle.parser),
        ("requires", bundle.requires),
        ("message", messages),
    )
    for section, text in texts:
        if text:
            yield section, bundle.template.language if bundle.template and section == "template" else "", text


def _facts(bundle: Bundle) -> Iterator[tuple[Section, str, str]]:
    for name in Metadata.__struct_fields__:
        value = getattr(bundle.metadata, name)
        if value:
            yield "metadata", name, _shown(value)
    if bundle.created:
        yield "metadata", "created", bundle.created
    if bundle.base:
        yield "base", "", f"{bundle.base.name}@{bundle.base.digest}"


def _test(test: Test) -> str:
    schema: Json = dict(test.json_schema) if isinstance(test.json_schema, Mapping) else test.json_schema
    lines = [test.prompt, *(f"--contains={text}" for text in test.contains)]
    lines += [f"--not-contains={text}" for text in test.not_contains]
    lines += [f"--matches={text}" for text in test.matches]
    lines += [f"--json-schema={canonical_json(schema).decode()}"] if schema is not None else []
    lines += [f"--max-tokens={test.max_tokens}"] if test.max_tokens is not None else []
    return "\n".join(lines)


def _shown(value: object) -> str:
    """Write a value as a Modelfile does; several texts a line each."""
    if isinstance(value, tuple):
        return "\n".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
