"""Rules about what must not be in a file that others read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from olbuild.core.text import Span
from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Remark, rule

# The forms that their makers publish so that scanners find them, each with its name.
_KINDS = (
    ("a private key", r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}\b"),
    ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("an API key", r"\bsk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}"),
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("a Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}\b"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("a password in a URL", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/@]{1,100}@[A-Za-z0-9]"),
)
_SECRET = re.compile("|".join(f"(?P<k{index}>{pattern})" for index, (_, pattern) in enumerate(_KINDS)))


@rule(
    "OLB381",
    "secret",
    "error",
    reason="The file and the artifact are read by others, and so is this. A secret that was here once is known.",
    triggers="FROM llama3.2:3b\n# hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
    passes="FROM llama3.2:3b\n# hf_ and more: the token comes from the environment\n",
)
def secret(subject: Subject) -> Iterator[Remark]:
    """Find what looks like a token or a password, anywhere in the file."""
    for match in _SECRET.finditer(subject.source.text):
        kind, _ = _KINDS[int((match.lastgroup or "k0")[1:])]
        hint = "take it out, and make a new one: this one must be taken for known"
        yield Remark(span=Span(subject.source, *match.span()), message=f"this looks like {kind}", hint=hint)


RULES = (secret,)
