"""Small bodies read whole and bounded, such as manifests and lists, and lists that come page by page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import requests

from olbuild.core.content import decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError, RegistryError
from olbuild.core.records import Frozen
from olbuild.storage.registry.breaks import BROKEN, broken
from olbuild.storage.registry.failures import drain
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.words import shown_address

_OK = 200
_MOST_PAGES = 10_000
_LONGEST_PAGE = 16 << 20  # some registries send all tags at once, however few were asked for

Ask = Callable[[str], requests.Response]
"""Sends a GET request to an address."""


class Document(Frozen, kw_only=True):
    """A body, and the response that it came with."""

    response: requests.Response
    data: bytes


def read_document(
    provider: Provider, url: str, ask: Ask, what: str, *, limit: int, absent: Collection[int] = ()
) -> Document | None:
    """Get a body whole, again when it breaks off; ``None`` for a status that means that there is none.

    Args:
        provider: whose policy says how often.
        url: its address.
        ask: asks for it.
        what: what it is, in messages.
        limit: the most bytes that it may have.
        absent: statuses that are an answer too.

    Raises:
        OlbuildError: of the kind that fits any other status.
        FormatError: if it is too large.
        RegistryError: if it breaks off too often.
    """
    attempt = 0
    while True:
        attempt += 1
        response = ask(url)
        if response.status_code in absent:
            drain(response)
            return None
        provider.expect(response, {_OK}, what)
        try:
            data: bytes = response.raw.read(limit + 1, decode_content=True)
        except BROKEN as cause:
            response.close()
            error = broken(cause, provider.endpoint, response.url)
            if not provider.transport.pause(attempt, error.outcome):
                raise error from None
            continue
        response.close()
        if len(data) > limit:
            raise FormatError(f"{provider.endpoint.name}: {what} is larger than {limit} bytes")
        return Document(response=response, data=data)


def read_pages(
    provider: Provider, url: str, ask: Ask, what: str, *, absent: Collection[int] = ()
) -> Iterator[tuple[dict[str, Json], requests.Response] | None]:
    """Yield the JSON objects of a list that is continued by ``Link: <…>; rel="next"`` (RFC 8288).

    ``None`` is yielded, and nothing more, when the first page has a status of ``absent``.

    Raises:
        OlbuildError: as ``read_document`` does; and if the list leads away from the registry, or has no end.
    """
    seen: set[str] = set()
    while url not in seen and len(seen) < _MOST_PAGES:
        page = read_document(provider, url, ask, what, limit=_LONGEST_PAGE, absent=() if seen else absent)
        if page is None:
            yield None
            return
        seen.add(url)
        where = f"{provider.endpoint.name}: {what}"
        document = decode_json(page.data, where)
        if not isinstance(document, dict):
            raise FormatError(f"{where} is not a JSON object")
        yield document, page.response
        following = page.response.links.get("next", {}).get("url")
        if not following:
            return
        url = provider.transport.join(page.response.url, following)
        if not provider.endpoint.owns(url):
            raise RegistryError(f"{where} goes on at another host: {shown_address(url)}")
    raise RegistryError(f"{provider.endpoint.name}: {what} has no end")
