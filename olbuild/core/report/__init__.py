"""What was found or tested, as other programs read it: SARIF, JUnit, JSON, annotations of GitHub. Data in, data out."""

from olbuild.core.report.github import github_commands
from olbuild.core.report.json import json_document
from olbuild.core.report.junit import Case, Suite, junit_xml, suites_of
from olbuild.core.report.model import About, Report, Result
from olbuild.core.report.sarif import sarif_document

__all__ = [
    "About",
    "Case",
    "Report",
    "Result",
    "Suite",
    "github_commands",
    "json_document",
    "junit_xml",
    "sarif_document",
    "suites_of",
]
