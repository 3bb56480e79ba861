"""Stages: the parts of a Modelfile that each begin with FROM, once one of them has a name behind AS.

Without any AS there are none, and several FROMs merge as in Ollama. With one, FROMs that follow each other directly
belong together, unless a later one names a stage or begins one while the first has a name already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen, Mutable
from olbuild.core.text import Diagnostic
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.hints import did_you_mean
from olbuild.language.modelfile.instructions import From, Instruction


class Stage(Frozen, kw_only=True):
    """Instructions that make a model.

    ``begin`` is the FROM that it begins with, where the file has stages. ``parent`` is the stage it goes on from; the
    FROM that says so is not among the instructions.
    """

    name: str | None = None
    begin: From | None = None
    parent: str | None = None
    instructions: tuple[Instruction, ...] = ()


class _Open(Mutable):
    """A stage that is being read."""

    name: str | None
    begin: From
    parent: str | None
    instructions: list[Instruction]

    def closed(self) -> Stage:
        instructions = tuple(self.instructions)
        return Stage(name=self.name, begin=self.begin, parent=self.parent, instructions=instructions)


def split(instructions: Iterable[Instruction]) -> tuple[tuple[Stage, ...], tuple[Diagnostic, ...]]:
    """Split instructions into stages, in their order, and say what is wrong with their names."""
    instructions = tuple(instructions)
    if not any(isinstance(each, From) and each.stage for each in instructions):
        return (Stage(instructions=instructions),), ()
    first = next(index for index, each in enumerate(instructions) if isinstance(each, From))
    problems = [
        *(_before_stage(each) for each in instructions[:first]),
        *_misnamed([each for each in instructions if isinstance(each, From)]),
    ]
    stages: list[_Open] = []
    names: set[str] = set()
    beginning = False  # whether the instruction before was a FROM of the same stage
    for each in instructions[first:]:
        if not isinstance(each, From):
            stages[-1].instructions.append(each)
            beginning = False
            continue
        parent = each.model if each.model in names else None
        if not beginning or parent or (each.stage and stages[-1].name):
            stages.append(_Open(each.stage, each, parent, []))
        stage = stages[-1]
        stage.name = stage.name or each.stage
        if parent is None:
            stage.instructions.append(each)
        if each.stage:
            names.add(each.stage)
        beginning = True
    return tuple(stage.closed() for stage in stages), tuple(problems)


def lineage(stages: tuple[Stage, ...], target: str | None) -> tuple[Stage, ...]:
    """Return the stages that a target needs, from the one that goes on from no other to the target itself.

    Args:
        stages: all stages of a file, without errors.
        target: the name of one; without it, the last one is meant.

    Raises:
        UsageError: if there is no such stage.
    """
    named = {stage.name: stage for stage in stages if stage.name}
    if target is not None and target not in named:
        known = f"the stages are {', '.join(named)}" if named else "a stage gets its name behind FROM: FROM x AS NAME"
        raise UsageError(f"there is no stage {target}", hint=did_you_mean(target, named) or known)
    line = [stages[-1] if target is None else named[target]]
    while (parent := line[-1].parent) is not None:
        line.append(named[parent])
    return tuple(reversed(line))


def _before_stage(instruction: Instruction) -> Diagnostic:
    return Diagnostic(
        code=Code.BEFORE_STAGE,
        message="this stands before the first FROM, and so in no stage",
        span=instruction.place.keyword,
        hint="put it behind the FROM of the stage that it belongs to",
    )


def _misnamed(froms: list[From]) -> Iterator[Diagnostic]:
    first = {each.stage: index for index, each in reversed(list(enumerate(froms))) if each.stage}
    for index, each in enumerate(froms):
        if each.stage and first[each.stage] != index:
            yield _problem(each, f"there are two stages {each.stage}", "give this one another name")
        if first.get(each.model, index) > index:
            message = f"the stage {each.model} begins only below"
            yield _problem(each, message, "put it above, or write what is meant with its host or ./ in front")


def _problem(instruction: From, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code=Code.BAD_STAGE, message=message, span=instruction.place.value, hint=hint)
