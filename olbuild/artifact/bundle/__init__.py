"""The bundle: the content of a model, whatever format carries it. Building, running and diffing speak only this."""

from olbuild.artifact.bundle.model import Base, Blob, Bundle, Message, Metadata, ParameterValue, Template

__all__ = ["Base", "Blob", "Bundle", "Message", "Metadata", "ParameterValue", "Template"]
