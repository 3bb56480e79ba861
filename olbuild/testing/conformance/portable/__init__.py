"""Portable templates in every runtime that is here: ``python -m olbuild.testing.conformance --portable FILE.jsonl``."""

from olbuild.testing.conformance.portable.compare import same
from olbuild.testing.conformance.portable.judge import Case, Result, cases, judge_portable
from olbuild.testing.conformance.portable.settings import Missing, Setting, hugging_face, llama_server, settings

__all__ = [
    "Case",
    "Missing",
    "Result",
    "Setting",
    "cases",
    "hugging_face",
    "judge_portable",
    "llama_server",
    "same",
    "settings",
]
