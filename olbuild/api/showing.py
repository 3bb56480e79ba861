"""show: an artifact as the Modelfile that builds it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from msgspec import field

from olbuild.api.looking import Sight, look, opened, read_whole
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Blob, Bundle, Message, Removal, Test, subtract
from olbuild.artifact.profiles import read_bundle
from olbuild.core.content import FileContent, canonical_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import NotFoundError, OlbuildError
from olbuild.core.records import Frozen, Mutable
from olbuild.core.scale import format_scale
from olbuild.language import modelfile as language
from olbuild.language.modelfile.spell import spell


class Shown(Frozen, kw_only=True):
    """A Modelfile, the files that it names and that must stand beside it, and what of the artifact it cannot say."""

    text: str
    files: Mapping[str, bytes]
    losses: tuple[str, ...]


def show(workspace: Workspace, name: str, *, remote: bool = False) -> tuple[Sight, Bundle]:
    """Find a model and read what it says.

    Raises:
        NotFoundError: if there is no such artifact.
        FormatError: if it is none that olbuild can read.
        RefusedError, RegistryError: as the registry answers.
    """
    sight = look(workspace, name, remote=remote)
    return sight, read_whole(workspace, sight)


def modelfile(workspace: Workspace, sight: Sight, bundle: Bundle) -> Shown:
    """Write a model as a Modelfile that builds it again.

    It begins with the base if the store has that, and then says what differs from it: what it builds has the same
    digest. Else it begins with the files in the store (the same digest if there was no base), and for what is elsewhere
    with the artifact itself.

    Raises:
        OlbuildError: if a text can be written neither in the Modelfile nor in a file beside it.
    """
    writer = _Writer()
    from_base = _from_base(workspace, bundle)
    if from_base is not None:
        head, own, removals = from_base
        writer.lines.append(head)
        writer.removals(removals)
    elif all(isinstance(blob.content, FileContent) for blob in bundle.blobs):
        own = bundle
        for blob in (*own.weights, *own.projectors):
            writer.file("FROM", blob)
    else:
        # Its tests, adapters and files come with it, and would be there twice.
        own = Bundle(
            template=bundle.template,
            system=bundle.system,
            parameters=bundle.parameters,
            messages=bundle.messages,
            licenses=bundle.licenses,
            renderer=bundle.renderer,
            parser=bundle.parser,
            requires=bundle.requires,
            labels=bundle.labels,
        )
        reference = sight.name.partition("@")[0]
        writer.lines.append(f"FROM {reference}@{sight.root.digest}")
    writer.content(own)
    return writer.shown(bundle)


def written(own: Bundle) -> Shown:
    """Write what a model says, apart from FROM.

    Raises:
        OlbuildError: if a text can be written neither in the Modelfile nor in a file beside it.
    """
    writer = _Writer()
    writer.content(own)
    return writer.shown(own)


def _from_base(workspace: Workspace, bundle: Bundle) -> tuple[str, Bundle, tuple[Removal, ...]] | None:
    """Return FROM for the base of a model, and what it says on top; ``None`` if the base is not here."""
    base, store = bundle.base, workspace.store
    if base is None:
        return None
    try:
        root = opened(workspace, store.resolve(str(base.digest)), base.name)
        found = subtract(bundle, read_bundle(root, store.fetch))
    except OlbuildError:
        return None
    if found is None or not all(isinstance(blob.content, FileContent) for blob in found[0].blobs):
        return None
    try:
        named = store.resolve(base.name).digest == base.digest
    except NotFoundError:
        named = False
    return f"FROM {base.name}" if named or "@" in base.name else f"FROM {base.name}@{base.digest}", *found


class _Writer(Mutable):
    """Lines of a Modelfile, files beside it, and what cannot be written."""

    lines: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    losses: list[str] = field(default_factory=list)

    def shown(self, bundle: Bundle) -> Shown:
        extras = [f"the file {extra.path or extra.descriptor.digest}" for extra in bundle.extras]
        created = [f"the time of creation, {bundle.created}"] if bundle.created else []
        text = "".join(f"{line}\n" for line in self.lines)
        return Shown(text=text, files=self.files, losses=(*self.losses, *extras, *created))

    def content(self, own: Bundle) -> None:
        for blob in own.adapters:
            scale = "" if blob.scale is None else f"--scale={format_scale(blob.scale)} "
            self.file(f"ADAPTER {scale}".rstrip(), blob)
        for blob in own.drafts:
            self.file("DRAFT", blob)
        if own.template is not None:
            name = "template.gotmpl" if own.template.language == "go" else "chat_template.jinja"
            self.text("TEMPLATE", own.template.text, language.Template, name)
        if own.system:
            self.text("SYSTEM", own.system, language.System, "system.txt")
        self.words(own)
        self.messages(own.messages)
        for number, text in enumerate(own.licenses, 1):
            self.text("LICENSE", text, language.License, "LICENSE" if number == 1 else f"LICENSE-{number}")
        for key, text in own.labels.items():
            self.put(f"the label {key}", spell(f"LABEL {key}=", text, language.Label, {"key": key, "value": text}))
        for number, test in enumerate(own.tests, 1):
            self.test(test, number)

    def file(self, head: str, blob: Blob) -> None:
        path = blob.content.path if isinstance(blob.content, FileContent) else ""
        kind = {"FROM": language.From, "DRAFT": language.Draft}.get(head, language.Adapter)
        meant = {"model" if kind is language.From else "path": str(path)}
        self.put(f"the path {path}", spell(f"{head} ", str(path), kind, meant))

    def words(self, own: Bundle) -> None:
        words: tuple[tuple[str, type[language.Instruction], str, str | None], ...] = (
            ("RENDERER", language.Renderer, "name", own.renderer),
            ("PARSER", language.Parser, "name", own.parser),
            ("REQUIRES", language.Requires, "version", own.requires),
        )
        for keyword, kind, name, word in words:
            if word:
                self.put(keyword, spell(f"{keyword} ", word, kind, {name: word}))
        for name, value in own.parameters.items():
            for text in value if isinstance(value, tuple) else (_shown(value),):
                line = spell(f"PARAMETER {name} ", text, language.Parameter, {"name": name, "value": text})
                self.put(f"the parameter {name}", line)

    def text(self, keyword: str, text: str, kind: type[language.Instruction], file: str) -> None:
        line = spell(f"{keyword} ", text, kind, {"text": text})
        if line is None:
            files = {file: text.encode()}
            line = spell(f"{keyword} --file=", file, kind, {"text": text}, files)
            self.files |= files if line is not None else {}
        self.put(keyword, line)

    def messages(self, messages: tuple[Message, ...]) -> None:
        lines = [
            spell(f"MESSAGE {each.role} ", each.content, language.Message, {"role": each.role, "content": each.content})
            for each in messages
        ]
        if None not in lines:
            self.lines += [line for line in lines if line is not None]
            return
        rows = (canonical_json({"role": each.role, "content": each.content}) + b"\n" for each in messages)
        self.files["messages.jsonl"] = b"".join(rows)
        self.lines.append("MESSAGE --file=messages.jsonl")

    def test(self, test: Test, number: int) -> None:
        files: dict[str, bytes] = {}
        flags = [] if test.name is None else [("name", test.name)]
        flags += [("contains", text) for text in test.contains]
        flags += [("not-contains", text) for text in test.not_contains]
        flags += [("matches", text) for text in test.matches]
        if test.json_schema is not None:
            name = f"test-{number}.schema.json"
            schema: Json = dict(test.json_schema) if isinstance(test.json_schema, Mapping) else test.json_schema
            files[name] = json.dumps(schema, indent=2, ensure_ascii=False).encode() + b"\n"
            flags.append(("json-schema", name))
        if test.max_tokens is not None:
            flags.append(("max-tokens", str(test.max_tokens)))
        meant = {
            "prompt": test.prompt,
            "name": test.name,
            "contains": test.contains,
            "not_contains": test.not_contains,
            "matches": test.matches,
        }
        for quote in ("", '"'):
            written = "".join(f"--{flag}={quote}{text}{quote} " for flag, text in flags)
            line = spell(f"TEST {written}", test.prompt, language.Test, meant, files)
            if line is not None:
                self.files |= files
                self.lines.append(line)
                return
        self.losses.append(f"the test {test.name or number}: its texts cannot be written in a Modelfile")

    def removals(self, removals: tuple[Removal, ...]) -> None:
        for each in removals:
            name = f" {each.name}" if each.name is not None else ""
            self.lines.append(f"UNSET {each.part}{name}")

    def put(self, what: str, line: str | None) -> None:
        if line is None:
            self.losses.append(f"{what}: it cannot be written in a Modelfile")
        else:
            self.lines.append(line)


def _shown(value: object) -> str:
    """Write a value as a Modelfile does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def parameter_lines(bundle: Bundle) -> Iterator[str]:
    """Yield a line for each value of a parameter, its name first."""
    for name, value in bundle.parameters.items():
        for text in value if isinstance(value, tuple) else (_shown(value),):
            yield f"{name} {json.dumps(text, ensure_ascii=False) if isinstance(value, tuple) else text}"
