"""docs/rules.md says what ``check --explain all`` says."""

from olbuild.language.lint import TOPICS, explain
from tests.tools import ROOT

PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")


def test_the_page_has_every_explanation() -> None:
    """To write the page anew: keep what stands above this heading, and add ``olbuild check --explain all``."""
    head, _, rest = PAGE.partition("## All codes\n\n")
    assert head
    assert rest == "\n".join(explain(topic) for topic in TOPICS)
