"""Agreement with recorded answers: ``python -m olbuild.testing.conformance FILE.jsonl``.

A file of goldens holds one JSON object a line, a question and what the reference implementation answered. Which kind of
question it is shows in the shape of the lines. With ``--portable``, templates are judged through their portable Jinja2.
"""

from olbuild.testing.conformance.kinds import Difference, Kind, Verdict, judge, kind_of

__all__ = ["Difference", "Kind", "Verdict", "judge", "kind_of"]
