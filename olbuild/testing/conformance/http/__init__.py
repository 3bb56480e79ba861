"""Answers over HTTP: a running server is asked what was recorded, in order, and its answers are compared."""

from olbuild.testing.conformance.http.judge import judge_http

__all__ = ["judge_http"]
