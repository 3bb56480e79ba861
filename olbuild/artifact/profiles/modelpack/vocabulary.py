"""The words of the format: annotation keys, and for each role its media type, its titles and its instruction."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from types import MappingProxyType

from olbuild.core.names import MediaType, Role
from olbuild.core.records import Frozen

FILEPATH = "org.cncf.model.filepath"
UNTESTED = "org.cncf.model.file.mediatype.untested"
TITLE = "org.opencontainers.image.title"
CREATED = "org.opencontainers.image.created"
BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"

OWN = "dev.olbuild."
ROLE = "dev.olbuild.role"
INSTRUCTION = "dev.olbuild.instruction"
COMPILER = "dev.olbuild.compiler"
PORTABLE = "dev.olbuild.portable"
RENDERER = "dev.olbuild.renderer"
PARSER = "dev.olbuild.parser"
REQUIRES = "dev.olbuild.requires"
SCALE = "dev.olbuild.scale"

TEXT_LIMIT = 64 << 20
"""The largest layer of text, in bytes."""

_TIME = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)


class Place(Frozen):
    """How layers of a role look.

    The first layer is called ``one``, the others ``others`` with their number; but shards, of which none is the first
    among equals, are all called ``shard`` as soon as there are two.
    """

    media_type: MediaType
    instruction: str
    one: str
    others: str | None = None
    shard: str | None = None

    @property
    def repeats(self) -> bool:
        """Whether a model may have several layers of the role."""
        return self.others is not None or self.shard is not None

    def title(self, index: int, count: int) -> str:
        """Return the title of layer ``index`` (from 0) of ``count`` that have this role."""
        if self.shard is not None and count > 1:
            return self.shard.format(number=index + 1, count=count)
        if self.others is not None and index > 0:
            return self.others.format(number=index + 1)
        return self.one


# The order of roles is the order of layers.
PLACES: Mapping[Role, Place] = MappingProxyType(
    {
        Role.WEIGHTS: Place(
            MediaType.MODEL_WEIGHT, "FROM", "model.gguf", shard="model-{number:05d}-of-{count:05d}.gguf"
        ),
        Role.PROJECTOR: Place(MediaType.MODEL_WEIGHT, "FROM", "mmproj.gguf", "mmproj-{number}.gguf"),
        Role.ADAPTER: Place(MediaType.MODEL_WEIGHT, "ADAPTER", "adapter.gguf", "adapter-{number}.gguf"),
        Role.DRAFT: Place(
            MediaType.MODEL_WEIGHT, "DRAFT", "draft.gguf", shard="draft-{number:05d}-of-{count:05d}.gguf"
        ),
        Role.TEMPLATE: Place(MediaType.MODEL_WEIGHT_CONFIG, "TEMPLATE", "template.gotmpl"),
        Role.TEMPLATE_JINJA: Place(MediaType.MODEL_WEIGHT_CONFIG, "TEMPLATE", "chat_template.jinja"),
        Role.SYSTEM: Place(MediaType.MODEL_WEIGHT_CONFIG, "SYSTEM", "system.txt"),
        Role.PARAMETERS: Place(MediaType.MODEL_WEIGHT_CONFIG, "PARAMETER", "params.json"),
        Role.MESSAGES: Place(MediaType.MODEL_WEIGHT_CONFIG, "MESSAGE", "messages.json"),
        Role.TESTS: Place(MediaType.MODEL_WEIGHT_CONFIG, "TEST", "tests.json"),
        Role.LICENSE: Place(MediaType.MODEL_DOC, "LICENSE", "LICENSE", "LICENSE-{number}"),
    }
)
"""Every role of this version."""


def is_time(text: str) -> bool:
    """Whether a text is a time of RFC 3339, section 5.6, with ``T`` and ``Z`` in capitals, on a day that exists."""
    match = _TIME.fullmatch(text)
    return match is not None and int(match["day"]) <= monthrange(int(match["year"]), int(match["month"]))[1]


def is_reserved(annotation: str) -> bool:
    """Whether an annotation of a manifest belongs to the format, so that no label can have its name."""
    return annotation in {CREATED, BASE_NAME, BASE_DIGEST} or annotation.startswith(OWN)
