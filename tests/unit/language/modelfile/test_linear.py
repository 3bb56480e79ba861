"""Sizes at which anything but linear time takes minutes. The limit is generous; the benchmark has the figures."""

import time
from contextlib import suppress

import pytest

from olbuild.core.errors import ModelfileError
from olbuild.language.modelfile import parse

LINES = 20_000
PROSE = 'Be "kind", and say why.\n'

FILES = {
    "lines": "FROM x\n" + "PARAMETER temperature 0.7\n" * LINES,
    "text": 'FROM x\nSYSTEM """' + PROSE * 220_000 + '"""\n',
    "text that never closes": 'FROM x\nSYSTEM """' + PROSE * 220_000,
    "triple quotes that never close": "FROM x\n" + 'SYSTEM """Be kind, always\n' * LINES,
    "quotes that never close": "FROM x\n" + 'SYSTEM "Be kind, always\n' * LINES,
    "both in turn": "FROM x\n" + 'SYSTEM "Be\nLICENSE """MIT\nfoo """ bar\n' * (LINES // 2),
    "stray blocks that never close": "FROM x\n" + 'SYSTM """Be kind\n' * LINES,
    "nothing but quotes": 'FROM x\nSYSTEM """' + '"' * 5_000_000,
    "quotes and blanks": 'FROM x\nSYSTEM """' + '"""      x' * 500_000,
    "blanks": 'FROM x\nSYSTEM "' + " " * 5_000_000,
    "unprintables": 'FROM x\nSYSTEM """' + "a\u200b" * 2_000_000 + '"""',
    "unprintables of all kinds": "FROM x\nSYSTEM " + "".join(map(chr, range(0xE000, 0xF8FF))) * 100,
    "unprintables in names": "FROM x\n" + "SYS\u200bTEM a\n" * LINES,
}


@pytest.mark.parametrize("name", FILES)
def test_time_is_linear(name: str) -> None:
    started = time.process_time()
    with suppress(ModelfileError):
        parse(FILES[name])
    assert time.process_time() - started < 20
