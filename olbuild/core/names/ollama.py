"""Ollama's model names: ``[scheme://][host[:port]/][namespace/]model[:tag]`` (ollama, ``types/model/name.go``)."""

from __future__ import annotations

import re

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen

DEFAULT_HOST = "registry.ollama.ai"
DEFAULT_NAMESPACE = "library"
DEFAULT_TAG = "latest"

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
_MODEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")


class OllamaName(Frozen, kw_only=True):
    """A name in Ollama's space. The case is kept; host, namespace, model and tag are told apart by position."""

    host: str = DEFAULT_HOST
    namespace: str = DEFAULT_NAMESPACE
    model: str
    tag: str = DEFAULT_TAG

    def __post_init__(self) -> None:
        """Refuse a bad shape.

        Raises:
            UsageError: if a part breaks Ollama's rules for it.
        """
        rules = (
            ("host", self.host, _HOST),
            ("namespace", self.namespace, _NAMESPACE),
            ("model", self.model, _MODEL),
            ("tag", self.tag, _MODEL),
        )
        for part, value, rule in rules:
            if not rule.fullmatch(value):
                raise UsageError(f"{part} {value[:100]!r} is not valid in an Ollama model name")

    @classmethod
    def parse(cls, text: str) -> OllamaName:
        """Parse a name and fill in Ollama's defaults.

        Raises:
            UsageError: if the text is not a name by Ollama's rules.
        """
        rest, tag = text, DEFAULT_TAG
        slash, colon = rest.rfind("/"), rest.rfind(":")
        if colon > slash:
            rest, tag = rest[:colon], rest[colon + 1 :]
        path, separator, model = rest.rpartition("/")
        if not separator:
            return cls(model=model, tag=tag)
        host, separator, namespace = path.rpartition("/")
        if not separator:
            return cls(namespace=namespace, model=model, tag=tag)
        # Only what is left for the host can have a scheme: the "//" of http://host/model counts as segments before.
        _, scheme, behind = host.partition("://")
        host = behind if scheme else host
        return cls(host=host, namespace=namespace, model=model, tag=tag)

    def __str__(self) -> str:
        """Return the full name, every part shown."""
        return f"{self.host}/{self.namespace}/{self.model}:{self.tag}"

    @property
    def short(self) -> str:
        """The name as Ollama displays it: default host and default namespace are dropped, the tag is shown."""
        if self.host != DEFAULT_HOST:
            return str(self)
        if self.namespace != DEFAULT_NAMESPACE:
            return f"{self.namespace}/{self.model}:{self.tag}"
        return f"{self.model}:{self.tag}"
