"""What an answer must satisfy: regular expressions (RE2's only door) and JSON Schemas (jsonschema's only door).

Both come with models, from anywhere, so that neither may hang, grow, or fetch anything. The libraries are loaded when
the first expression or schema is made.
"""

from olbuild.language.expectations.regex import Regex, validate_regex
from olbuild.language.expectations.schema import Schema, validate_schema
from olbuild.language.expectations.shape import check_shape

__all__ = ["Regex", "Schema", "check_shape", "validate_regex", "validate_schema"]
