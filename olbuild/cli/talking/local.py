"""A model in this process, to talk with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.api.workspace import Workspace
    from olbuild.artifact.bundle import Bundle, Message, ParameterValue
    from olbuild.cli.talking.port import Answering
    from olbuild.running.requests import Chat
    from olbuild.running.session import Model


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

    def ask(self, request: Chat) -> Answering:
        """Begin to answer."""
        from olbuild.running.session import Generation

        return Generation(lambda tell: self._model.ask(request, tell))

    def show(self, what: str) -> str:
        """Return what it says about itself."""
        from olbuild.api.showing import modelfile, parameter_lines, show

        if what == "info":
            return self._info()
        sight, bundle = show(self._workspace, self._stored("/show"))
        match what:
            case "modelfile":
                return modelfile(self._workspace, sight, bundle).text
            case "parameters":
                found = "\n".join(parameter_lines(bundle))
            case "license":
                found = "\n\n".join(bundle.licenses)
            case "system":
                found = bundle.system or ""
            case _:
                found = bundle.template.text if bundle.template else ""
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
        from olbuild.api.showing import show, written
        from olbuild.artifact.bundle import Bundle

        base = self._stored("/save")
        _, bundle = show(self._workspace, base)
        said = written(_said(bundle, Bundle(), system, parameters, messages))
        with TemporaryDirectory() as folder:
            for file, data in said.files.items():
                (Path(folder) / file).write_bytes(data)
            text = f"FROM {base}\n{said.text}"
            build(self._workspace, BuildRequest(data=text.encode(), name="/save", folder=Path(folder)), (name,))

    def _info(self) -> str:
        facts = self._model.facts
        rows = {
            "model": facts.description,
            "context": f"{facts.context} of {facts.trained_context} tokens",
            "can": ", ".join(facts.capabilities),
        }
        return "\n".join(f"{title:<9}{text}" for title, text in rows.items() if text)

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


def _said(
    bundle: Bundle,
    empty: Bundle,
    system: str | None,
    parameters: Mapping[str, ParameterValue],
    messages: Sequence[Message],
) -> Bundle:
    talk = (*bundle.messages, *messages) if messages else ()
    return replace(empty, system=system, parameters=dict(parameters), messages=talk)


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
