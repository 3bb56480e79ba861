"""What is doubtful about a Modelfile: ``lint`` finds it, ``fix`` mends what can be mended safely.

Each rule is one small pure function in ``rules``; ``catalog`` lists them all, and what the language itself reports.
"""

from olbuild.language.lint.catalog import RULES, TOPICS, topic
from olbuild.language.lint.check import lint
from olbuild.language.lint.explain import explain
from olbuild.language.lint.facts import Facts, Survey, no_facts
from olbuild.language.lint.finding import Finding
from olbuild.language.lint.fixing import Fixed, fix
from olbuild.language.lint.selection import Selection

__all__ = [
    "RULES",
    "TOPICS",
    "Facts",
    "Finding",
    "Fixed",
    "Selection",
    "Survey",
    "explain",
    "fix",
    "lint",
    "no_facts",
    "topic",
]
