"""Progress of a build, read from lines as pip prints them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.llama.install.progress import Meter, steps


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("  [12/193] /usr/bin/g++ -DGGML_SHARED -c ggml.cpp\n", (12, 193)),
        ("[1/2] Building CXX object", (1, 2)),
        ("[ 37%] Building CXX object", (37, 100)),
        ("  [100%] Built target llama", (100, 100)),
        ("  *** Building project with Ninja...", None),
        ("  [5/0] nothing", None),
        ("  [7/5] more than all", None),
        ("  note [3/4] in the middle", None),
        ("", None),
    ],
)
def test_lines_of_ninja_and_make_are_read(line: str, read: tuple[int, int] | None) -> None:
    assert steps(line) == read


@given(st.text())
def test_any_line_is_survived(line: str) -> None:
    counted = steps(line)
    assert counted is None or 0 <= counted[0] <= counted[1]


def test_each_percent_is_said_once_and_with_the_time() -> None:
    meter = Meter()
    said = [meter.read(f"  [{step}/400] g++", 1.5 * step) for step in range(1, 401)]
    heard = [line for line in said if line]
    assert len(heard) == 101  # 0 to 100
    assert heard[50] == "compiling llama.cpp:  50 %  (step 200 of 400, 5:00 so far)"


def test_what_cmake_builds_to_probe_the_compiler_is_not_the_build() -> None:
    assert Meter().read("[2/2] Linking C executable cmTC_1f", 3) is None
