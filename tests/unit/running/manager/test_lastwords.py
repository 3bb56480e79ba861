"""What a process said before it ended."""

import asyncio

import pytest

from olbuild.running.manager.lastwords import LastWords, ending, obituary, reason


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((), ""),
        (("one", "two"), "two"),
        (("x", "GGML_ASSERT(a) failed", "Fatal Python error: Aborted", "Current thread 0x1"), "GGML_ASSERT(a) failed"),
        (("loading", "Fatal Python error: Segmentation fault", 'File "x", line 1'), "loading"),
        (("Traceback", "ModuleNotFoundError: No module named 'x'"), "ModuleNotFoundError: No module named 'x'"),
        (("CUDA error: out of memory", "later"), "CUDA error: out of memory"),
    ],
)
def test_the_line_with_the_reason_is_found(lines: tuple[str, ...], words: str) -> None:
    assert reason(lines) == words


def test_an_end_is_told_in_words() -> None:
    assert ending(3) == "ended with exit code 3"
    assert ending(-9) == "was ended by SIGKILL"
    assert ending(-200) == "was ended by signal 200"
    killed = obituary("smol", -9, ("x",), "")
    assert killed.message == "the process of smol was ended by SIGKILL: x"
    assert killed.hint is not None
    assert obituary("smol", -9, (), "was too slow").message == "the process of smol was too slow, and was ended"


def test_lines_are_kept_whole_and_within_bounds() -> None:
    async def hear() -> tuple[str, ...]:
        said = LastWords("smol")
        for data in (b"a", b"b\nc\xff\n\n", b"x" * 5000, b"end"):
            said.data_received(data)
        said.connection_lost(None)
        await said.closed
        return said.lines

    first, second, long, last = asyncio.run(hear())
    assert (first, second, last) == ("ab", "c\N{REPLACEMENT CHARACTER}", "end")
    assert len(long) == 2000
