"""The picture is a document that any reader of SVG takes."""

from xml.etree import ElementTree as ET

import pytest

from olbuild.cli.plot import Panel, _tick, draw

SVG = "{http://www.w3.org/2000/svg}"


def _panel(**lines: list[float | None]) -> Panel:
    return Panel(title="Rate", across="users", places=["1", "4", "16"], lines=lines)


def test_each_line_has_its_points_in_one_colour() -> None:
    root = ET.fromstring(draw([_panel(a=[1, 2, 3], b=[3, None, 4]), _panel(a=[0, 0, 0])]))  # noqa: S314 - ours
    lines = root.findall(f".//{SVG}polyline")
    assert [len((line.get("points") or "").split()) for line in lines] == [3, 2, 3]
    assert lines[0].get("stroke") == lines[2].get("stroke") != lines[1].get("stroke")


def test_names_are_text_and_nothing_else() -> None:
    text = draw([Panel(title="<&>", across='"', places=["<1>"], lines={"<script>&": [1]})])
    root = ET.fromstring(text)  # noqa: S314 - ours
    assert root.find(f".//{SVG}script") is None
    assert {"<&>", '"', "<1>", "<script>&"} <= {element.text for element in root.iter(f"{SVG}text")}


def test_a_caption_says_what_is_common() -> None:
    root = ET.fromstring(draw([_panel(a=[1, 2, 3])], "answers of <64> tokens"))  # noqa: S314 - ours
    assert "answers of <64> tokens" in {element.text for element in root.iter(f"{SVG}text")}


def test_higher_values_stand_higher_and_zero_on_the_axis() -> None:
    root = ET.fromstring(draw([_panel(a=[0, 5, 10])]))  # noqa: S314 - ours
    points = (root.findall(f".//{SVG}polyline")[0].get("points") or "").split()
    heights = [float(point.split(",")[1]) for point in points]
    assert heights == sorted(heights, reverse=True)
    axis = root.find(f".//{SVG}line[@class='axis']")
    assert axis is not None
    assert heights[0] == float(axis.get("y1") or 0)


@pytest.mark.parametrize(
    ("most", "step", "digits"),
    [(220, 50, 0), (5, 1, 0), (5.1, 2, 0), (12, 2.5, 1), (17.5, 5, 0), (0.7, 0.2, 1), (0.012, 0.0025, 4), (100, 20, 0)],
)
def test_grid_lines_are_round_numbers(most: float, step: float, digits: int) -> None:
    found, decimals = _tick(most)
    assert found == pytest.approx(step)
    assert decimals == digits
