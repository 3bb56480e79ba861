"""The page for users names every keyword that is refused, and every format that is not."""

from olbuild.running.constraints import keywords
from tests.tools import ROOT


def test_the_page_has_all_keywords_and_formats() -> None:
    page = (ROOT / "docs" / "structured-output.md").read_text()
    names = {*keywords.REFUSED, *keywords.FORMATS, *keywords.HINTS, *keywords.RANGES}
    assert {name for name in names if f"`{name}`" not in page} == set()
