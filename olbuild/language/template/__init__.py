"""Chat templates: which language one is written in."""

from olbuild.language.template.detect import template_language

__all__ = ["template_language"]
