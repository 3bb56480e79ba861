"""What is known of a model without loading it."""

from __future__ import annotations

import re

from olbuild.core.content import FileContent
from olbuild.core.errors import OlbuildError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.serving.server.models import Models, Stored
from olbuild.serving.server.summaries import Summary

_ACTION = re.compile(r"\{\{(?:[^}\"`]|\"(?:\\.|[^\"\\])*\"|`[^`]*`|\}(?!\}))*\}\}")
_STATEMENT = re.compile(r"\{[{%].*?[}%]\}", re.DOTALL)


class Description(Frozen, kw_only=True):
    """A model of the store.

    Attributes:
        size: of all that it reaches, in bytes.
        modified: when it came into the store, in nanoseconds since 1970.
        summary: what it says.
        problem: why it cannot be read; then there is no summary.
    """

    stored: Stored
    size: int
    modified: int
    summary: Summary | None = None
    problem: str | None = None

    @property
    def digest(self) -> Digest:
        """The digest of its manifest."""
        return self.stored.root.digest


def describe(models: Models, stored: Stored) -> Description:
    """Describe a model; a damaged one is described, too. Blocks."""
    store, root = models.workspace.store, stored.root
    modified = 0
    try:
        content = store.fetch(root)
        if isinstance(content, FileContent):
            modified = content.path.stat().st_mtime_ns
        size = sum(node.size for node in store.graph(root))
        summary = models.summary(stored)
    except (OlbuildError, OSError) as error:
        problem = error.message if isinstance(error, OlbuildError) else "it cannot be read"
        return Description(stored=stored, size=root.size, modified=modified, problem=problem)
    return Description(stored=stored, size=size, modified=modified, summary=summary)


def capabilities(summary: Summary) -> tuple[str, ...]:
    """Return what a model can do, as far as its texts tell (ollama, ``server/images.go``, ``Capabilities``).

    Which template is written in what way is found by looking for words, and not by compiling it: whoever loads the
    model knows better.
    """
    bundle = summary.bundle
    pooled = "rerank" if summary.ranks else "embedding"  # Ollama has no rerankers, and no name for what they can
    found = [pooled if bundle.metadata.embedding else "completion"]
    found += ["vision"] if bundle.projectors and bundle.metadata.vision else []
    if bundle.metadata.embedding:
        return tuple(found)
    if bundle.template is not None and bundle.template.language == "go":
        code = " ".join(_ACTION.findall(bundle.template.text))
        words = {"tools": ".Tools", "insert": ".Suffix", "thinking": ".Thinking"}
        found += [name for name, word in words.items() if word in code]
    else:
        text = bundle.template.text if bundle.template is not None else summary.template
        code = " ".join(_STATEMENT.findall(text))
        found += ["tools"] if re.search(r"\btools\b", code) else []
        found += ["thinking"] if "<think>" in text and "</think>" in text else []
    return (*found, *sorted(_by_parser(bundle.parser) - set(found)))


def _by_parser(name: str | None) -> set[str]:
    if not name:
        return set()
    from olbuild.running.chat.parsing.table import PARSERS  # noqa: PLC0415 - few models name one

    parser = PARSERS.get(name)
    if parser is None:
        return set()
    return {each for each, has in (("tools", parser.tools), ("thinking", parser.tags)) if has}
