"""Numbers for parts of images."""

from hypothesis import given
from hypothesis import strategies as st

from olbuild.running.media import key_of, part_key, part_length, part_tokens, text_length, uncut

_PIECES = st.lists(
    st.one_of(st.lists(st.integers(0, 50_000), max_size=5), st.tuples(st.binary(max_size=1), st.integers(1, 6)))
)


@given(_PIECES, st.data())
def test_pieces_are_found_again(pieces: list[list[int] | tuple[bytes, int]], data: st.DataObject) -> None:
    tokens: list[int] = []
    borders: set[int] = set()
    for piece in pieces:
        if isinstance(piece, tuple):
            borders.add(len(tokens))
            key = part_key(piece[0], 0)
            tokens += part_tokens(key, piece[1])
            assert {key_of(token) for token in tokens[-piece[1] :]} == {key}
            assert part_length(tokens, len(tokens) - piece[1]) == piece[1]
        else:
            borders |= {len(tokens) + place for place in range(len(piece))}
            tokens += piece
    borders.add(len(tokens))
    length = data.draw(st.integers(0, len(tokens)))
    assert uncut(tokens, length) == max(border for border in borders if border <= length)
    texts = text_length(tokens, length, len(tokens) - length)
    assert not any(map(key_of, tokens[length : length + texts]))
    assert length + texts == len(tokens) or key_of(tokens[length + texts])


def test_keys_follow_from_the_content() -> None:
    assert part_key(b"a", 0) == part_key(b"a", 0)
    assert len({part_key(b"a", 0), part_key(b"a", 1), part_key(b"b", 0)}) == 3
    assert min(part_tokens(part_key(b"a", 0), 5)) > 1 << 100
