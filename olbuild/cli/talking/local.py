"""A model in this process, to talk with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from olbuild.cli import units
from olbuild.cli.columns import pairs
from olbuild.core.errors import UsageError
from olbuild.core.events import Event, Said

if TYPE_CHECKING:
    from olbuild.api.workspace import Workspace
    from olbuild.artifact.bundle import Bundle, Message, ParameterValue
    from olbuild.cli.talking.port import Answering
    from olbuild.running.requests import Chat
    from olbuild.running.session.model import Model


class Local:
    """A loaded model, and the artifact that it is of."""

    def __init__(self, workspace: Workspace, name: str, model: Model) -> None:
        """Keep them."""
        self._workspace, self._model = workspace, model
        self.name = name

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do."""
        return frozenset(self._model.facts.capabilities)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What the artifact brings."""
        return self._model.bundle.messages

    def is_fixed(self, parameter: str) -> bool:
        """Whether it is one of those that a load decides about."""
        from olbuild.running.options import FIXED

        return parameter in FIXED

    def others(self) -> tuple[str, ...]:
        """Return the names in the store."""
        from olbuild.api.manage import list_artifacts

        return tuple(each.name for each in list_artifacts(self._workspace))

    def ask(self, request: Chat) -> Answering:
        """Begin to answer."""
        from olbuild.running.session.generation import Generation

        return Generation(lambda tell: self._model.ask(request, tell))

    def show(self, what: str) -> str:
        """Return what it says about itself."""
        from olbuild.api.showing import modelfile, parameter_lines, show

        bundle = self._model.bundle
        match what:
            case "info":
                return self._info(bundle)
            case "modelfile":
                return modelfile(self._workspace, *show(self._workspace, self._stored("/show modelfile"))).text
            case "parameters":
                found = "\n".join(parameter_lines(bundle))
            case "license":
                found = "\n\n".join(bundle.licenses)
            case "system":
                found = bundle.system or ""
            case _:
                found = self._model.template or ""
        if not found.strip():
            raise UsageError(f"the model has no {what}")
        return found

    def save(
        self,
        name: str,
        *,
        system: str | None,
        parameters: Mapping[str, ParameterValue],
        messages: Sequence[Message],
    ) -> None:
        """Build a model on top of this one."""
        from pathlib import Path
        from tempfile import TemporaryDirectory

        from olbuild.api.building import BuildRequest, build
        from olbuild.api.showing import written
        from olbuild.api.workspace import Workspace
        from olbuild.artifact.bundle import Bundle

        base = self._stored("/save")
        system = self._model.bundle.system if system is None else system  # what --system said
        said = written(Bundle(system=system, parameters=dict(parameters), messages=tuple(messages)))
        with TemporaryDirectory() as folder:
            for file, data in said.files.items():
                (Path(folder) / file).write_bytes(data)
            text = f"FROM {base}\n{said.text}"
            request = BuildRequest(data=text.encode(), name="/save", folder=Path(folder))
            build(Workspace(self._workspace.config, self._say), request, (name,))

    def _say(self, event: Event) -> None:
        """Let what is said about a build be heard, and not its progress: nothing is read or packed for it."""
        if isinstance(event, Said):
            self._workspace.emit(event)

    def _info(self, bundle: Bundle) -> str:
        facts, told = self._model.facts, bundle.metadata
        rows = {
            "model": told.name or "",
            "architecture": told.architecture or "",
            "parameters": units.count(told.parameters) if told.parameters else "",
            "quantization": told.quantization or "",
            "context": f"{facts.context:,} of {facts.trained_context:,} tokens",
            "memory": units.size(facts.memory),
            "can": ", ".join(facts.capabilities),
        }
        return "\n".join(pairs([row for row in rows.items() if row[1]], None))

    def _stored(self, command: str) -> str:
        """Return the name by which the store has the model.

        Raises:
            UsageError: if it has none there.
        """
        from olbuild.api.locations import LocalLocation, RegistryLocation, is_path, parse_location

        location = None if is_path(self.name) else parse_location(self.name)
        if not isinstance(location, LocalLocation | RegistryLocation):
            raise UsageError(f"{command} needs a model with a name in the local store", hint="build it with -t NAME")
        return self.name


@contextmanager
def open_local(
    workspace: Workspace,
    name: str,
    parameters: Mapping[str, ParameterValue],
    *,
    system: str | None = None,
    variant: str | None = None,
) -> Iterator[Local]:
    """Load a model, as ``olbuild.api.running.load`` does."""
    from olbuild.api.running import load

    with load(workspace, name, parameters, system=system, variant=variant) as model:
        yield Local(workspace, name, model)
