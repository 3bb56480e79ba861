"""A fuzzer for one target, guided by coverage: ``python -m tests.soak.fuzz TARGET FOLDER SECONDS``.

FOLDER holds the corpus, and is filled from the goldens when it is empty. What breaks a law is written there as
``crash-…``, and the fuzzer ends with another code than 0. It runs in a process of its own because libFuzzer takes that
over, and because what it looks at must be instrumented while it is loaded.
"""

import os
import sys
import time
from itertools import islice
from pathlib import Path

import atheris

_SHORT = 60  # seconds; less is filled with a tenth of the goldens, which are tried before anything new
LONGEST = 4096  # bytes of an input
TOKENS = {
    "modelfile": [
        "FROM ", "SYSTEM ", "PARAMETER ", "MESSAGE user ", "TEMPLATE ", "ADAPTER ", "LICENSE ", '"""', "\\x0a# ",
        "temperature ", "stop ", "\\xc2\\xa0", "\\xe2\\x80\\x8b", "\\xff\\xfe", "\\xef\\xbb\\xbf", "# olbuild: ignore=",
        "OLB3", "ARG ", "INCLUDE ", "--file=", "UNSET ", " AS ", "${", "QUANTIZE ", "LABEL ", "TEST ",
    ],
    "go-template": [
        "{{", "}}", "{{- ", " -}}", "if ", "else ", "end", "range ", "with ", "define ", "template ", "block ", "break",
        "continue", ".Messages", ".Role", ".Content", ".ToolCalls", ".Function.Arguments", ".Tools", ".System",
        ".Prompt", ".Response", "$i, $m := ", ":=", "printf ", "json ", "eq ", "and ", "or ", "not ", "len ", "slice ",
        "index ", "print ", "html ", "urlquery ", "/*", "*/", "`", "nil ", "true", "0x1p-2", "'a'", "1i",
    ],
    "jinja": [
        "{{", "}}", "{%", "%}", "{%- ", " -%}", "{#", "#}", "for ", " in ", "endfor", "if ", "endif", "set ", "macro ",
        "endmacro", "messages", "namespace(", "range(", "|tojson", "|length", "|join(", "|map(", "|selectattr(",
        ".items()", "loop.index0", " is ", " ~ ", "**", ".__class__", "['__init__']", "|attr(", "raise_exception(",
        "strftime_now(", "|format(", "*9", "[::-1]", "break", "continue", "filter ", "call ", "|batch(", "|indent(",
    ],
}  # fmt: skip


def main(name: str, folder: Path, seconds: str) -> None:
    """Fuzz for some seconds, or until a law is broken."""
    with atheris.instrument_imports(include=["olbuild", "jinja2"] if name == "jinja" else ["olbuild"]):
        from tests.soak.targets import TARGETS, seeds

    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        step = 1 if float(seconds) > _SHORT else 10
        for number, data in enumerate(islice(seeds(name), 0, None, step)):
            (corpus / f"seed-{number:04}").write_bytes(data)
    words = folder / "words.txt"
    tokens = TOKENS.get(name, TOKENS["modelfile"])
    words.write_text("".join(f'"{_escaped(token)}"\n' for token in tokens))
    target = TARGETS[name]

    def try_one(data: bytes) -> None:
        started = time.process_time()
        target(data)
        # Slower than anywhere else, because it is instrumented: who runs this tries it again by itself.
        if time.process_time() - started > 1:
            raise TimeoutError

    flags = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        "-timeout=30",
        "-rss_limit_mb=4096",
        f"-artifact_prefix={folder}/crash-",
        f"-dict={words}",
        "-print_final_stats=1",
        "-verbosity=1",
        # In CI the same inputs each time, so that a red run can be repeated.
        *(["-seed=1"] if "CI" in os.environ else []),
    ]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], try_one)
    atheris.Fuzz()


def _escaped(token: str) -> str:
    """Return a token as libFuzzer's dictionaries have it; an escape of theirs is left alone."""
    return token.replace('"', '\\"')


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
