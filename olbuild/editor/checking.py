"""Findings while somebody types: late enough not to check every key, and never those of an older text."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from olbuild.editor.analysis.analyst import Analyst
from olbuild.editor.analysis.messages import Answer, Found, Job, Task
from olbuild.editor.documents import Documents
from olbuild.editor.text.document import Document

Publish = Callable[[Document, tuple[Found, ...]], None]

_DELAY = 0.15  # seconds without a change before a text is checked

_log = logging.getLogger(__name__)


class Checker:
    """Checks open texts when they change, and publishes what is found if they have not changed since."""

    def __init__(self, documents: Documents, analyst: Analyst, publish: Publish) -> None:
        """Check with an analyst."""
        self._documents = documents
        self._analyst = analyst
        self._publish = publish
        self._running: dict[str, asyncio.Task[None]] = {}
        self._known: dict[str, tuple[Document, tuple[Found, ...]]] = {}

    def opened(self, document: Document) -> None:
        """Check a text at once."""
        self._begin(document, delay=0)

    def changed(self, document: Document) -> None:
        """Check a text once it rests; a check of an older version is given up."""
        self._begin(document, delay=_DELAY)

    def closed(self, uri: str) -> None:
        """Forget a text."""
        task = self._running.pop(uri, None)
        if task is not None:
            task.cancel()
        self._known.pop(uri, None)

    def known(self, document: Document) -> tuple[Found, ...]:
        """Return what was found in this very version of a text; nothing if it was not checked yet."""
        checked, found = self._known.get(document.uri, (None, ()))
        return found if checked is document else ()

    async def findings(self, document: Document) -> tuple[Found, ...]:
        """Return what is found in a text, once it was checked; nothing if it changes before that."""
        task = self._running.get(document.uri)
        if task is not None and not task.done():
            await asyncio.wait([task])
        return self.known(document)

    async def do(self, document: Document, task: Task) -> Answer:
        """Format or mend a text."""
        return await self._analyst.do(_job(document, task))

    def _begin(self, document: Document, *, delay: float) -> None:
        before = self._running.get(document.uri)
        if before is not None:
            before.cancel()
        self._running[document.uri] = asyncio.get_running_loop().create_task(self._check(document, delay))

    async def _check(self, document: Document, delay: float) -> None:
        await asyncio.sleep(delay)
        try:
            answer = await self._analyst.do(_job(document, "check"))
        except (OSError, TimeoutError) as error:
            _log.error("%s cannot be checked: %s", document.name, str(error) or "it takes too long")
            return
        if answer.problem:
            _log.error("%s cannot be checked: %s", document.name, answer.problem)
            return
        if self._documents.is_current(document):
            self._known[document.uri] = document, answer.found
            self._publish(document, answer.found)


def _job(document: Document, task: Task) -> Job:
    return Job(
        task=task,
        text=document.text,
        name=document.name,
        folder=str(document.folder),
        dialect=document.dialect,
    )
