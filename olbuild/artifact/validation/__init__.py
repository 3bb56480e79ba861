"""Is it as the specification says? Everything that is wrong with a document or an artifact, not the first thing only.

The rules are those of the readers, which stop at the first one that is broken; here each is asked.
"""

from olbuild.artifact.validation.artifact import validate_artifact
from olbuild.artifact.validation.documents import KINDS, kind_of, validate_document
from olbuild.artifact.validation.findings import Finding, Findings

__all__ = ["KINDS", "Finding", "Findings", "kind_of", "validate_artifact", "validate_document"]
