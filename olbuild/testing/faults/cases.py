"""The situations that a client must survive, as data: which faults, and what the right end is.

``done`` is right where a retry can do it, ``ends`` where nothing can: then the client says so soon, and nothing wrong
is visible. ``either`` is where both are right. The cases that are ``compared`` were measured with other clients, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Literal, TypeAlias

from olbuild.core.records import Frozen
from olbuild.testing.faults.data import (
    Announce,
    Answer,
    Break,
    BreakUpload,
    Drip,
    Fault,
    Flip,
    IgnoreRange,
    Longer,
    Redirect,
    Rewrite,
    Swallow,
)

Verb: TypeAlias = Literal["pull", "push"]
Right: TypeAlias = Literal["done", "ends", "either"]

PART = 16 << 20
"""Bytes that may pass twice because a connection broke in the middle of them."""


_LITTLE = 1 << 20  # a push may find out with a small upload what a registry can do


class Case(Frozen, kw_only=True):
    """A situation. ``again`` is how many bytes may pass twice, and ``least`` the seconds that it must take.

    ``elsewhere`` are faults of the second host, which redirects lead to. ``trusting`` says that nobody but the registry
    can find out: one that looks at nothing makes the case pointless.
    """

    name: str
    verb: Verb
    faults: tuple[Fault, ...]
    right: Right
    again: int
    least: float
    elsewhere: tuple[Fault, ...]
    compared: bool
    trusting: bool


def cases(size: int, elsewhere: str) -> Iterator[Case]:
    """Yield all cases for an artifact whose large blob has ``size`` bytes; ``elsewhere`` is the second host."""
    yield from _compared_pulls(size)
    yield from _other_pulls(size, elsewhere)
    yield from _compared_pushes(size)
    yield from _other_pushes(size)


def error(status: int, code: str = "UNKNOWN", **headers: str) -> Answer:
    """Answer with an error as registries write them; an underscore in the name of a header stands for a hyphen."""
    pairs = (("Content-Type", "application/json"), *((name.replace("_", "-"), text) for name, text in headers.items()))
    body = {"errors": [{"code": code, "message": "a fault of the test"}]}
    return Answer(status=status, headers=pairs, body=json.dumps(body).encode())


def _case(
    name: str,
    *faults: Fault,
    verb: Verb,
    right: Right = "done",
    again: int = PART,
    least: float = 0.0,
    elsewhere: tuple[Fault, ...] = (),
    compared: bool = True,
    trusting: bool = False,
) -> Case:
    return Case(
        name=name,
        verb=verb,
        faults=faults,
        right=right,
        again=again,
        least=least,
        elsewhere=elsewhere,
        compared=compared,
        trusting=trusting,
    )


_blob = partial(Fault, method="GET", path="/blobs/sha256")
_manifest = partial(Fault, method="GET|HEAD", path="/manifests/", times=None)
_upload = partial(Fault, method="PUT|PATCH", path="/blobs/uploads/")
_begin = partial(Fault, method="POST", path="/blobs/uploads")
_named = partial(Fault, method="PUT", path="/manifests/")

_CHALLENGE = 'Bearer realm="http://{host}/token",service="test",scope="repository:%s:pull,push,delete"'
_TOKEN = Fault(path="^/token", times=None, what=Answer(status=200, body=b'{"token":"a-token-of-the-test"}'))


def _challenge(scope: str = "me/model") -> Answer:
    return error(401, "UNAUTHORIZED", WWW_Authenticate=_CHALLENGE % scope)


def _compared_pulls(size: int) -> Iterator[Case]:
    pull = partial(_case, verb="pull")
    third, half = size // 3, size // 2
    page = Answer(status=200, headers=(("Content-Type", "text/html"),), body=b"<!doctype html><title>Log in</title>")
    slow_down = error(429, "TOOMANYREQUESTS", Retry_After="2")
    cut = partial(Break, ending="close")
    yield pull("clean")
    yield pull("body cut once", _blob(what=cut(at=third)))
    yield pull("body cut five times", *(_blob(what=cut(at=size * number // 7)) for number in range(1, 6)))
    yield pull("body cut always", _blob(what=cut(at=half), times=None), right="ends")
    yield pull("one bit flipped once", _blob(what=Flip(at=half)), again=size)
    yield pull("one bit flipped always", _blob(what=Flip(at=half), times=None), right="ends", again=2 * size)
    yield pull("503 twice", _blob(what=error(503), times=2))
    yield pull("503 always", _blob(what=error(503), times=None), right="ends")
    yield pull("429 with Retry-After", _blob(what=slow_down), least=2)
    yield pull("reset twice", _blob(what=Break(at=third, ending="reset")), _blob(what=Break(at=half, ending="reset")))
    yield pull("stalled for ever", _blob(what=Break(at=third, ending="stall")))
    yield pull("a longer body", _blob(what=Longer(extra=b"x" * 1000), times=None), right="either", again=size)
    ignored = _blob(what=IgnoreRange(), times=None)
    yield pull("Range ignored", _blob(what=cut(at=third)), ignored, again=size)
    yield pull("a changed manifest", _manifest(what=Rewrite(old=b'"layers"', new=b'"Layers"')), right="ends")
    yield pull("an HTML page for a manifest", _manifest(what=page), right="ends")
    yield pull("a redirect loop", _blob(what=Redirect(), times=None), right="ends")


def _other_pulls(size: int, elsewhere: str) -> Iterator[Case]:
    pull = partial(_case, verb="pull", compared=False)
    third, half = size // 3, size // 2
    yield pull("500 once", _blob(what=error(500)))
    yield pull("502 after a cut", _blob(what=Break(at=third, ending="close")), _blob(what=error(502), first=2))
    yield pull("401 with a new scope, in the middle",
               _blob(what=Break(at=third, ending="close")), _blob(what=_challenge(), first=2), _TOKEN)  # fmt: skip
    yield pull("a length that is too large, once", _blob(what=Announce(difference=1000), over=third))
    yield pull("a length that is too small", _blob(what=Announce(difference=-1000), over=third, times=None),
               right="either", again=size)  # fmt: skip
    yield pull("a slow drip", _blob(what=Drip(rate=size / 4), times=None))
    yield pull("each body stalls", _blob(what=Break(at=third, ending="stall"), times=None), right="ends")
    yield pull("other bytes, always", _blob(what=Flip(at=1), times=None), right="ends", again=2 * size)
    away = _blob(what=Redirect(host=elsewhere), times=None)
    asked = _manifest(what=_challenge(), times=1)
    yield pull("a redirect to another host", asked, _TOKEN, away)
    broken = _blob(what=Break(at=half, ending="reset"))
    expired = tuple(_blob(what=error(403), path=f"signed={n}$", first=2, times=None) for n in range(1, 9))
    yield pull("a redirect that expires", asked, _TOKEN, away, elsewhere=(broken, *expired))
    yield pull("a redirect to a host that fails", away, right="ends", elsewhere=(_blob(what=error(503), times=None),))
    lie = error(200, Docker_Content_Digest=f"sha256:{'0' * 64}", Content_Length="7")
    yield pull("HEAD lies", Fault(what=lie, method="HEAD", times=None), right="either")
    yield pull("a blob that is missing", _blob(what=error(404, "BLOB_UNKNOWN"), times=None), right="ends")


def _compared_pushes(size: int) -> Iterator[Case]:
    push = partial(_case, verb="push")
    half = size // 2
    yield push("clean")
    yield push("an upload answered 500 once", _upload(what=error(500), over=half), again=size + _LITTLE)
    yield push("an upload reset once", _upload(what=BreakUpload(at=half, ending="reset")), again=size + _LITTLE)
    yield push("POST 429 twice", _begin(what=error(429, "TOOMANYREQUESTS", Retry_After="1"), times=2), least=1)
    yield push("manifest PUT 503 once", _named(what=error(503)))
    yield push("manifest PUT 500 always", _named(what=error(500), times=None), right="ends")


def _other_pushes(size: int) -> Iterator[Case]:
    push = partial(_case, verb="push", compared=False)
    half = size // 2
    lost = error(404, "BLOB_UPLOAD_UNKNOWN")
    there = error(200, Content_Length=str(size))
    yield push("an upload cut once", _upload(what=BreakUpload(at=half, ending="close")), again=size + _LITTLE)
    yield push("an upload that stalls", _upload(what=BreakUpload(at=half, ending="stall")), again=size + _LITTLE)
    yield push("502 for an upload, once", _upload(what=error(502), over=half), again=size + _LITTLE)
    yield push("429 for an upload", _upload(what=error(429, Retry_After="1"), over=half), again=size + _LITTLE, least=1)
    yield push("an upload session that is lost", _upload(what=lost, over=half), again=size + _LITTLE)
    yield push("the answer to an upload is lost", _upload(what=Swallow(ending="reset"), over=half))
    yield push("the answer to the manifest is lost", _named(what=Swallow(ending="close")))
    yield push("401 with a new scope", _begin(what=_challenge()), _TOKEN)
    yield push("401 for an upload", _upload(what=_challenge(), over=half), _TOKEN, again=size + _LITTLE)
    yield push("503 for each upload", _upload(what=error(503), times=None), right="ends", again=6 * size)
    yield push("413 for each upload", _upload(what=error(413), times=None), right="ends", again=2 * size)
    yield push("HEAD says that all is there",
               Fault(what=there, method="HEAD", path="/blobs/", times=None), right="either", trusting=True)  # fmt: skip
    yield push("HEAD says that nothing is there",
               Fault(what=error(404), method="HEAD", path="/blobs/", times=None), right="either")  # fmt: skip
    yield push("a redirect loop", Fault(what=Redirect(), times=None), right="ends")
