"""llama.cpp's log: pieces become lines, lines go to logging, the reason of a failure is found."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.llama.log import Log

DEBUG, INFO, ERROR, CONTINUATION = 1, 2, 4, 5


def test_pieces_become_lines(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    with caplog.at_level(logging.DEBUG, logger="olbuild.llama"):
        log.hear(INFO, "load: ")
        log.hear(CONTINUATION, ".")
        log.hear(CONTINUATION, ".\nnext line\n")
        log.hear(INFO, "not complete")
    assert log.lines == ("load: ..", "next line")
    assert caplog.messages == ["info: load: ..", "info: next line"]


def test_the_reason_is_the_first_error_since_the_last_clear() -> None:
    log = Log()
    log.hear(ERROR, "of an earlier call\n")
    log.clear()
    assert log.reason() == ""
    log.hear(INFO, "loading\n")
    log.hear(ERROR, "unknown architecture\n")
    log.hear(ERROR, "failed to load model\n")
    assert log.reason() == "unknown architecture"


def test_what_is_for_developers_counts_if_someone_reads_it(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    with caplog.at_level(logging.INFO, logger="olbuild.llama"):
        log.hear(DEBUG, "create_tensor: ")
        log.hear(CONTINUATION, "blk.0.attn_q.weight\n")
        log.hear(INFO, "loaded\n")
    assert [*log.lines] == ["loaded"]
    with caplog.at_level(logging.DEBUG, logger="olbuild.llama"):
        log.hear(DEBUG, "create_tensor: ")
        log.hear(CONTINUATION, "blk.0.attn_q.weight\n")
    assert [*log.lines] == ["loaded", "create_tensor: blk.0.attn_q.weight"]
    assert caplog.messages == ["debug: create_tensor: blk.0.attn_q.weight"]


@given(st.lists(st.tuples(st.sampled_from([INFO, ERROR, CONTINUATION]), st.text(alphabet="ab \n"))))
def test_no_text_is_lost_or_made_up(pieces: list[tuple[int, str]]) -> None:
    log = Log()
    for level, text in pieces:
        log.hear(level, text)
    whole = "".join(text for _, text in pieces)
    assert list(log.lines) == [line.strip() for line in whole.split("\n")[:-1] if line.strip()][-200:]
