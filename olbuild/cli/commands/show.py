"""``olbuild show``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Json, Place, PlainHttp, Remote
from olbuild.cli.session import Session
from olbuild.core.errors import OlbuildError, UsageError

if TYPE_CHECKING:
    from olbuild.api.showing import Shown
    from olbuild.artifact.bundle import Bundle


def show(
    session: Session,
    source: Place,
    *,
    modelfile: Annotated[bool, typer.Option("--modelfile", help="The Modelfile that builds it; the default.")] = False,
    system: Annotated[bool, typer.Option("--system", help="The system text.")] = False,
    template: Annotated[bool, typer.Option("--template", help="The template.")] = False,
    parameters: Annotated[bool, typer.Option("--parameters", help="The parameters.")] = False,
    license_: Annotated[bool, typer.Option("--license", help="The licences.")] = False,
    messages: Annotated[bool, typer.Option("--messages", help="The messages it starts with, as JSON Lines.")] = False,
    tests: Annotated[bool, typer.Option("--tests", help="Its tests, as JSON Lines.")] = False,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="DIR", help="Write the Modelfile and its files there.")
    ] = None,
    json: Json = False,
    remote: Remote = False,
    plain_http: PlainHttp = False,
) -> None:
    """Print an artifact as the Modelfile that builds it again, or one thing that it says.

    Examples:
        olbuild show me/assistant
        olbuild show --parameters ghcr.io/me/assistant:v1
        olbuild show me/assistant -o assistant.d
    """
    from olbuild.api.showing import modelfile as write_modelfile
    from olbuild.api.showing import show as look

    if plain_http:
        allow_plain_http(session, source)
    parts = {
        "system": system,
        "template": template,
        "parameters": parameters,
        "license": license_,
        "messages": messages,
        "tests": tests,
    }
    wanted = [name for name, given in {"modelfile": modelfile, **parts}.items() if given]
    if len(wanted) > 1:
        raise UsageError(f"one thing is shown at a time, and {' and '.join(f'--{name}' for name in wanted)} are two")
    if output is not None and (json or wanted not in ([], ["modelfile"])):
        raise UsageError("-o DIR is for the Modelfile")
    sight, bundle = look(session.workspace, source, remote=remote)
    if wanted in ([], ["modelfile"]):
        shown = write_modelfile(session.workspace, sight, bundle)
        for loss in shown.losses:
            session.warn(f"the Modelfile does not say {loss}")
        _write_modelfile(session, shown, output, json=json)
        return
    _write_part(session, wanted[0], bundle, json=json)


def _write_modelfile(session: Session, shown: Shown, output: str | None, *, json: bool) -> None:
    if json:
        files = {name: data.decode() for name, data in shown.files.items()}
        session.write_json({"modelfile": shown.text, "files": files, "losses": list(shown.losses)})
        return
    if output is None:
        if shown.files:
            raise OlbuildError(
                f"the Modelfile needs files beside it: {', '.join(shown.files)}", hint="-o DIR writes all of them"
            )
        session.write_file(shown.text.encode())
        return
    folder = Path(output)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{output} is there already", hint="name a new or an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in {**shown.files, "Modelfile": shown.text.encode()}.items():
        (folder / name).write_bytes(data)
    session.say(f"written: {folder / 'Modelfile'}")


def _write_part(session: Session, name: str, bundle: Bundle, *, json: bool) -> None:
    import json as encoder

    from olbuild.api.showing import parameter_lines
    from olbuild.cli.trials import test_document

    found: object
    lines: list[str]
    match name:
        case "system":
            found, lines = bundle.system, [bundle.system or ""]
        case "template":
            found = bundle.template.text if bundle.template else None
            lines = [bundle.template.text if bundle.template else ""]
        case "parameters":
            found = {
                key: list(value) if isinstance(value, tuple) else value for key, value in bundle.parameters.items()
            }
            lines = list(parameter_lines(bundle))
        case "license":
            found, lines = list(bundle.licenses), list(bundle.licenses)
        case "messages":
            found = [{"role": each.role, "content": each.content} for each in bundle.messages]
            lines = [encoder.dumps(each, ensure_ascii=False) for each in found]
        case _:
            found = [test_document(each) for each in bundle.tests]
            lines = [encoder.dumps(each, ensure_ascii=False) for each in found]
    if json:
        session.write_json(found)
    elif not any(lines):
        raise OlbuildError(f"the model has no {name}")
    else:
        for line in lines:
            session.write_file(line.encode() + (b"" if line.endswith("\n") else b"\n"))
