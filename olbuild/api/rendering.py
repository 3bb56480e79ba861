"""render: the prompt that a model is given for a conversation, without loading the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.api.headers import Headers
from olbuild.api.looking import opened
from olbuild.api.lookup import find
from olbuild.api.modelfiles import is_modelfile_name, read_modelfile
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle, CompiledTemplate, Template, overlay, without
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.weights.gguf import read_header
from olbuild.building.sources.disk import Disk, Inside
from olbuild.building.sources.texts import stage_content, stage_removals
from olbuild.core.errors import NotFoundError, OlbuildError, UsageError
from olbuild.core.events import Said
from olbuild.core.records import Frozen, replace
from olbuild.language.modelfile import From, elaborate, inputs
from olbuild.running.chat import Choice, PlainMessage, PromptWriter, Think, Tools, choose_template, conversation
from olbuild.running.chat.builtin import families
from olbuild.running.chat.builtin import renderer as own_renderer
from olbuild.running.chat.weights import Spoken, read_spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from olbuild.language.template import Part

_MODELFILE = "Modelfile"


class Renderer(Frozen, kw_only=True):
    """A model as far as prompts need it."""

    bundle: Bundle
    choice: Choice
    spoken: Spoken

    def render(self, messages: Sequence[PlainMessage], tools: Tools = None, think: Think = None) -> str:
        """Return the prompt for a conversation, to which the model's own system text and messages are added.

        Raises:
            FormatError: if the template is broken, or fails.
            UsageError: if the template refuses the conversation.
        """
        return self._writer.write(conversation(self.bundle, messages), tools, think)

    def explain(self, messages: Sequence[PlainMessage], tools: Tools = None, think: Think = None) -> tuple[Part, ...]:
        """Return the prompt in parts, each with the part of the template that made it.

        Raises:
            FormatError, UsageError: as ``render`` does.
        """
        return self._writer.explain(conversation(self.bundle, messages), tools, think)

    @property
    def _writer(self) -> PromptWriter:
        return PromptWriter(self.choice, bos=self.spoken.bos, eos=self.spoken.eos)


def renderer(
    workspace: Workspace,
    place: str,
    *,
    jinja: bool = False,
    arguments: Mapping[str, str] | None = None,
    target: str | None = None,
) -> Renderer:
    """Read what prompts need of a model.

    Args:
        workspace: settings, listener and store.
        place: a file with a template, a Modelfile or a folder with one, or the name of an artifact in the store. What
            exists on the disk is that.
        jinja: take the compiled form of a Go template, which other runtimes are given.
        arguments: values for the ARGs of a Modelfile.
        target: the stage of a Modelfile, if it is not the last one.

    Raises:
        NotFoundError: if there is nothing of that name.
        ModelfileError: if the Modelfile is wrong, or a template in it.
        UsageError: if a template is to be taken as Jinja and is not portable, an argument is not declared, or the
            target is no stage.
        FormatError: if the artifact is none that olbuild can read.
    """
    path = Path(place).expanduser()
    if path.exists():
        if _is_modelfile(path):
            found = _modelfile(workspace, path, arguments or {}, target)
        else:
            found = _template(path), Spoken()
    else:
        found = _artifact(workspace, place)
    bundle, spoken = found
    choice = choose_template(
        bundle.template,
        renderer=bundle.renderer,
        weights=spoken.template,
        architecture=spoken.architecture or bundle.metadata.architecture,
        renderers=own_renderer,
        families=families(lambda text: text in spoken.vocabulary),
    )
    if choice.warning:
        workspace.emit(Said(text=choice.warning, level="warning"))
    return Renderer(bundle=bundle, choice=_as_jinja(choice) if jinja else choice, spoken=spoken)


def _is_modelfile(path: Path) -> bool:
    return path.is_dir() or is_modelfile_name(path.name)


def _template(path: Path) -> Bundle:
    from olbuild.language.template import parse_template, template_language  # noqa: PLC0415 - an artifact may need none

    try:
        text = read_modelfile(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}") from None
    language = template_language(text)
    if language == "go":
        parse_template(text, str(path))
    else:
        from olbuild.language.template.jinja.check import require_jinja  # noqa: PLC0415 - loads jinja2

        require_jinja(text, str(path))
    return Bundle(template=Template(text=text, language=language))


def _modelfile(
    workspace: Workspace, path: Path, arguments: Mapping[str, str], target: str | None
) -> tuple[Bundle, Spoken]:
    """Read what a Modelfile says, over what the artifact says that it is built on."""
    path = path / _MODELFILE if path.is_dir() else path
    folder = path.absolute().parent
    made = elaborate(read_modelfile(path), Inside(folder), name=str(path), given=arguments, target=target)
    bundle, spoken = Bundle(), Spoken()
    for stage in made.stages:
        found = inputs(stage, str(folder), Disk())
        header = Headers().weights(found.files)
        if header is not None:
            spoken = read_spoken(header)
        elif found.name is not None:
            bundle, spoken = _base(workspace, found.name)
        bundle = overlay(without(bundle, stage_removals(stage)), stage_content(stage, None))
    return bundle, spoken


def _base(workspace: Workspace, instruction: From) -> tuple[Bundle, Spoken]:
    try:
        return _artifact(workspace, instruction.model)
    except (NotFoundError, UsageError):
        text = f"{instruction.model} is not in the local store; what it says of its own is not in the prompt"
        workspace.emit(Said(text=text, level="warning"))
        return Bundle(), Spoken()


def _artifact(workspace: Workspace, name: str) -> tuple[Bundle, Spoken]:
    _, root = find(workspace, name)
    bundle = read_bundle(opened(workspace, root, name), workspace.store.fetch)
    if bundle.template is not None and bundle.template.language == "go":
        return bundle, Spoken()  # it asks for no tokens, and a vocabulary takes a while to read
    try:
        spoken = read_spoken(read_header(bundle.weights[0].content, name)) if bundle.weights else Spoken()
    except OlbuildError:  # the weights are not here, or no GGUF: whoever runs them, says so
        spoken = Spoken()
    return bundle, spoken


def _as_jinja(choice: Choice) -> Choice:
    """Return the choice with the compiled form of a Go template: the one that the artifact carries, or a new one."""
    template = choice.template
    if template is None or template.language == "jinja":
        return choice
    from olbuild.language.template import compile_template, parse_template  # noqa: PLC0415 - a compiler, for few

    compiled = template.compiled
    if compiled is None or not compiled.portable:
        made = compile_template(parse_template(template.text))
        if not made.portable:
            reasons = ", ".join(reason.construct for reason in made.reasons)
            raise UsageError(f"the template is not portable, because of {reasons}", hint="leave --jinja out")
        compiled = CompiledTemplate(text=made.jinja, version=made.version)
    return replace(choice, template=Template(text=compiled.text, language="jinja"))
