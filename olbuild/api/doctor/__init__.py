"""What olbuild finds on this machine, what it would do with a model, and what is in the way."""

from olbuild.api.doctor.examination import examine
from olbuild.api.doctor.report import EngineFacts, Finding, ModelFinding, Report

__all__ = ["EngineFacts", "Finding", "ModelFinding", "Report", "examine"]
