"""What a Modelfile means, resolved: files looked at, artifacts pinned. An error points at the value that caused it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from olbuild.building.cache import BuildCache
from olbuild.building.plan import ArtifactInput, FileInput, Inputs, StageInputs
from olbuild.building.sources.artifacts import Artifacts, Library, OpenRegistry, PullPolicy
from olbuild.building.sources.disk import Disk
from olbuild.building.sources.files import Files, Sorted, expand, is_path
from olbuild.building.sources.texts import stage_content, stage_removals
from olbuild.core.errors import FormatError, ModelfileError, OlbuildError
from olbuild.core.events import Emit, Said
from olbuild.core.names import Role
from olbuild.core.records import replace
from olbuild.core.scale import parse_scale
from olbuild.core.text import Diagnostic, Span
from olbuild.language.modelfile import Adapter, Dialect, Draft, From, Settings
from olbuild.language.modelfile.extensions import split_stage
from olbuild.language.modelfile.flaws import extension_in_ollama
from olbuild.language.modelfile.paths import Local, expand_path, inputs
from olbuild.language.modelfile.quantization import quantization
from olbuild.storage.store import Store

_CODES = {
    "FROM": "OLB201",
    "ADAPTER": "OLB202",
    "DRAFT": "OLB203",
}


class Resolver:
    """Resolves the inputs of a build: the only I/O before the plan."""

    def __init__(
        self,
        store: Store,
        cache: BuildCache,
        emit: Emit,
        open_registry: OpenRegistry,
        *,
        library: Library,
        pull: PullPolicy = "missing",
        use_cache: bool = True,
        variant: str | None = None,
    ) -> None:
        """Look in a store and, as the policy says, in registries; of an index, take ``variant``."""
        self.artifacts = Artifacts(store, open_registry, pull, library, variant=variant, emit=emit)
        self._files = Files(store, cache, use_cache=use_cache)
        self._emit = emit

    def resolve(
        self, stages: Sequence[Settings], folder: Path, created: str | None = None, dialect: Dialect = "olbuild"
    ) -> Inputs:
        """Resolve FROM, ADAPTER and DRAFT, and collect what the Modelfile says itself.

        Args:
            stages: what the stages of the Modelfile mean, from the one that goes on from no other to the one to build.
            folder: what relative paths are relative to.
            created: the time for the artifact's config, if there is to be one.
            dialect: whether several ADAPTERs count, or the last one.

        Raises:
            NotFoundError: if a file, an artifact or a shard is missing.
            FormatError: if a file is not what the instruction needs.
            RefusedError, RegistryError: if a registry does not answer.
        """
        base: ArtifactInput | None = None
        resolved: list[StageInputs] = []
        for settings in stages:
            found = inputs(settings, str(folder), Disk(), dialect)
            _refuse_stages(settings, found.files, dialect)
            named, weights = self._from(settings.froms, found.files, folder)
            if named is not None and resolved:
                raise FormatError(
                    "the stage goes on from another stage, and FROM names an artifact as well",
                    hint="begin a stage of its own with it: FROM NAME AS STAGE",
                ).at(settings.froms[-1].place.value, "OLB204")
            base = base or named
            files = [*weights.files]
            for adapter in found.adapters:
                files += self._only(adapter, Role.ADAPTER)
            for draft in found.drafts:
                files += self._only(draft, Role.DRAFT)
            content = replace(stage_content(settings, created, dialect), metadata=weights.metadata)
            resolved.append(
                StageInputs(
                    content=content,
                    files=tuple(files),
                    removals=stage_removals(settings),
                    quantize=quantization(settings.quantize.type) if settings.quantize else None,
                )
            )
        return Inputs(stages=tuple(resolved), base=base)

    def _from(
        self, froms: tuple[From, ...], local: tuple[Local, ...], folder: Path
    ) -> tuple[ArtifactInput | None, Sorted]:
        """Resolve all FROMs: files merge, of several artifacts the last counts (as in Ollama)."""
        places = {id(each.instruction): Path(each.path) for each in local}
        paths: list[Path] = []
        named: list[tuple[From, ArtifactInput]] = []
        for instruction in froms:
            with _pointing_at(instruction):
                found = self._find(instruction, places.get(id(instruction)), folder)
            if isinstance(found, ArtifactInput):
                named.append((instruction, found))
            else:
                paths += [path for path in found if path not in paths]
        if not froms:
            return None, self._files.sort(())
        with _pointing_at(froms[-1]):
            files = self._files.sort(tuple(paths))
        if len(named) > 1:
            self._warn(named[-2][0].place.value, "OLB211", "a later FROM names another artifact, and that one counts")
        if named and any(file.role is Role.WEIGHTS for file in files.files):
            raise FormatError(
                "one FROM names an artifact with weights, and another one a file with weights",
                hint="an artifact has one model; keep the FROM that is meant",
            ).at(named[-1][0].place.value, "OLB204")
        return (named[-1][1] if named else None), files

    def _find(self, instruction: From, place: Path | None, folder: Path) -> ArtifactInput | tuple[Path, ...]:
        value, folder = instruction.model, folder / instruction.place.folder
        if place is None:
            if not is_path(value):
                return self.artifacts.find(value, folder)
            place = Path(expand_path(value, str(folder), Disk()))
        elif value and self.artifacts.knows(value):
            self._warn(
                instruction.place.value,
                "OLB210",
                f"{value} is a file here and also the name of a stored artifact; the file is used",
                "write ./ in front to say so, or another name",
            )
        return expand(place)

    def _only(self, local: Local, role: Role) -> list[FileInput]:
        """Resolve an instruction whose files must all be of one kind."""
        instruction = local.instruction
        needed = Role.WEIGHTS if role is Role.DRAFT else role
        with _pointing_at(instruction):
            found = self._files.sort(expand(Path(local.path))).files
            wrong = next((file for file in found if file.role is not needed), None)
            if wrong is not None:
                keyword = _keyword(instruction)
                raise FormatError(
                    f"{wrong.path} holds {_described(wrong.role)}, and {keyword} needs {_described(needed)}",
                    hint=f"what a file is stands in its header; use {_USES[wrong.role]} for this one",
                )
        scale = parse_scale(instruction.scale) if isinstance(instruction, Adapter) and instruction.scale else None
        return [replace(file, role=role, scale=None if scale == 1 else scale) for file in found]

    def _warn(self, span: Span, code: str, message: str, hint: str | None = None) -> None:
        diagnostic = Diagnostic(code=code, message=message, span=span, hint=hint, severity="warning")
        self._emit(Said(text=diagnostic.render(), level="warning"))


def _refuse_stages(settings: Settings, files: tuple[Local, ...], dialect: Dialect) -> None:
    """Refuse a FROM with AS in the dialect of Ollama, for which it is all name, unless a file is called so.

    Raises:
        ModelfileError: if there is one.
    """
    known = {id(each.instruction) for each in files}
    staged = [each for each in settings.froms if id(each) not in known and split_stage(each.model)[1] is not None]
    if dialect == "ollama" and staged:
        raise ModelfileError(tuple(extension_in_ollama("AS", each.place.value) for each in staged))


_USES = {Role.WEIGHTS: "FROM", Role.PROJECTOR: "FROM", Role.ADAPTER: "ADAPTER"}


def _described(role: Role) -> str:
    return {Role.WEIGHTS: "the weights of a model", Role.PROJECTOR: "a projector", Role.ADAPTER: "a LoRA adapter"}[role]


def _keyword(instruction: From | Adapter | Draft) -> str:
    return type(instruction).__name__.upper()


@contextmanager
def _pointing_at(instruction: From | Adapter | Draft) -> Iterator[None]:
    """Let errors point at the value of an instruction."""
    try:
        yield
    except OlbuildError as error:
        raise error.at(instruction.place.value, _CODES[_keyword(instruction)]) from error.__cause__
