"""Ed25519 signatures (RFC 8032, section 5.1), for the few bytes of a request for a token.

Written out because the standard library has none. It takes milliseconds, and its time depends on the key: good for
signing now and then on a machine of one's own, and for nothing else.
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
_D = -121665 * pow(121666, -1, _P) % _P

# A point (x, y) as (X, Y, Z, T) with x = X/Z, y = Y/Z and xy = T/Z.
_Point: TypeAlias = tuple[int, int, int, int]

_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960
_BASE: _Point = (_X, _Y, 1, _X * _Y % _P)


def public_key(seed: bytes) -> bytes:
    """Return the public key of a private one of 32 bytes."""
    return _encode(_times(_scalar(seed), _BASE))


def sign(seed: bytes, message: bytes) -> bytes:
    """Return the signature, 64 bytes."""
    scalar, prefix = _scalar(seed), hashlib.sha512(seed).digest()[32:]
    public = public_key(seed)
    nonce = _number(prefix + message)
    point = _encode(_times(nonce, _BASE))
    answer = (nonce + _number(point + public + message) * scalar) % _L
    return point + answer.to_bytes(32, "little")


def _scalar(seed: bytes) -> int:
    value = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return (value & ((1 << 254) - 8)) | (1 << 254)


def _number(data: bytes) -> int:
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % _L


def _times(scalar: int, point: _Point) -> _Point:
    result: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _add(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _encode(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")
