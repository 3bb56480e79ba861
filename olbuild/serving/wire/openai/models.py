"""``GET /v1/models``."""

from __future__ import annotations

from typing import Literal

import msgspec


class ModelOut(msgspec.Struct, kw_only=True):
    """A model; ``created`` is when it came into the store, in seconds since 1970."""

    id: str
    created: int
    owned_by: str
    object: Literal["model"] = "model"


class ModelList(msgspec.Struct, kw_only=True):
    """All models."""

    data: list[ModelOut]
    object: Literal["list"] = "list"
