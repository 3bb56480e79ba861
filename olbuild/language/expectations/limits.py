"""How much a test may say (registry-spec, "Tests"): the language, the format and whoever runs it count alike."""

MOST_TESTS = 1000
MOST_TEXTS = 100
"""Texts, or expressions, of each kind that one test may have."""

LONGEST_NAME = 200
MOST_TOKENS = 1_000_000
DEFAULT_TOKENS = 128
"""Most tokens of an answer when the test does not say it."""
