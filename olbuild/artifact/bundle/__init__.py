"""The bundle: the content of a model, whatever format carries it. Building, running and diffing speak only this."""

from olbuild.artifact.bundle.model import Base, Blob, Bundle, Extra, Message, Metadata, ParameterValue, Template, Test
from olbuild.artifact.bundle.overlay import overlay

__all__ = ["Base", "Blob", "Bundle", "Extra", "Message", "Metadata", "ParameterValue", "Template", "Test", "overlay"]
