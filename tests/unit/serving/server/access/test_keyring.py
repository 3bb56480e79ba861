"""Keys that are replaced."""

from olbuild.serving.server.access import Key, Keyring
from olbuild.serving.server.access.keys import digest_of


def test_a_key_that_stays_goes_on_with_what_it_has_left() -> None:
    stays, goes = (Key(name=name, digest=digest_of(name.encode()), requests_per_minute=1) for name in "ab")
    comes = Key(name="c", digest=digest_of(b"c"))
    keyring = Keyring([stays, goes])
    found = keyring.find(b"a")
    assert found is not None
    assert found[0] is stays
    assert found[1].enter(0.0) == 0
    keyring.replace([stays, comes])
    assert keyring.find(b"b") is None
    assert keyring.find(b"c") is not None
    again = keyring.find(b"a")
    assert again is not None
    assert again[1].enter(0.0) > 0
