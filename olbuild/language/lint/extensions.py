"""What is said about olbuild's own part of the language, as topics: parsing and expanding find these."""

from __future__ import annotations

from olbuild.language.lint.topic import Example, Topic, example
from olbuild.language.modelfile.codes import Code

_CLEAN = "FROM llama3.2:3b\n"
_PASSED = f"{_CLEAN}TEST --contains=Paris What is the capital of France?\n"
_LARGE = "".join(f"ARG {name}={f'${{{before}}}' * 24}\n" for before, name in zip("ABCDE", "BCDEF", strict=True))

TOPICS = tuple(
    Topic(
        code=str(code),
        name=name,
        severity="error",
        reason=reason,
        triggers=Example(data=triggers.encode(), dialect="ollama" if code is Code.EXTENSION else "olbuild"),
        passes=example(passes),
    )
    for code, name, reason, triggers, passes in (
        (
            Code.EXTENSION,
            "extension",
            "The dialect ollama has no instruction that only olbuild knows.",
            f"{_CLEAN}LABEL com.example.team=search\n",
            _CLEAN,
        ),
        (
            Code.BAD_ARGUMENT,
            "wrong-argument",
            "ARG declares a name of letters, digits and _, and no blank stands beside the =.",
            f"ARG size = 3b\n{_CLEAN}",
            "ARG size=3b\nFROM llama3.2:${size}\n",
        ),
        (
            Code.NO_ARGUMENT,
            "argument-without-value",
            "An argument is used, and neither the command line nor a default says what it is.",
            "ARG size\nFROM llama3.2:${size}\n",
            "ARG size=3b\nFROM llama3.2:${size}\n",
        ),
        (
            Code.ENDLESS_INCLUDE,
            "endless-include",
            "Files include each other in a circle, or far too many of them.",
            f"{_CLEAN}INCLUDE ./Modelfile\n",
            _CLEAN,
        ),
        (
            Code.PATH_OUTSIDE,
            "file-outside",
            "INCLUDE and --file read files below the Modelfile's folder only, so that a build needs nothing else.",
            f"{_CLEAN}SYSTEM --file=../system.md\n",
            f"{_CLEAN}SYSTEM --file=system.md\n",
        ),
        (
            Code.UNREADABLE_FILE,
            "unreadable-file",
            "A file that INCLUDE or a flag names is not there, is no file, or must not be read.",
            f"{_CLEAN}SYSTEM --file=missing.md\n",
            f"{_CLEAN}SYSTEM Be brief.\n",
        ),
        (
            Code.BAD_FLAG,
            "wrong-flag",
            "A flag stands there twice, has no value, does not exist, or a text stands beside the file that it names.",
            f"{_CLEAN}SYSTEM --file=system.md Be brief.\n",
            f"{_CLEAN}SYSTEM --file=system.md\n",
        ),
        (
            Code.BAD_MESSAGES,
            "wrong-messages",
            "A file of messages has one JSON object a line, with role and content.",
            f"{_CLEAN}MESSAGE --file=few-shot.jsonl\n",
            f"{_CLEAN}MESSAGE user Hi\nMESSAGE assistant Hello\n",
        ),
        (
            Code.FILE_NOT_TEXT,
            "file-not-text",
            "A file whose text is to be taken is not UTF-8.",
            f"{_CLEAN}SYSTEM --file=latin-1.txt\n",
            f"{_CLEAN}SYSTEM Be brief.\n",
        ),
        (
            Code.BAD_STAGE,
            "wrong-stage",
            "The name of a stage is missing, is none, was given before, or is used before it was given.",
            f"FROM llama3.2:3b AS 3b\n{_CLEAN}",
            "FROM llama3.2:3b AS base\nFROM base\n",
        ),
        (
            Code.BEFORE_STAGE,
            "before-stage",
            "In a file with stages, everything but ARG belongs to the FROM above it.",
            "SYSTEM Be brief.\nFROM llama3.2:3b AS base\nFROM base\n",
            "FROM llama3.2:3b AS base\nSYSTEM Be brief.\nFROM base\n",
        ),
        (
            Code.BAD_UNSET,
            "wrong-unset",
            "UNSET takes away a part that an artifact can have.",
            f"{_CLEAN}UNSET SYSTEMS\n",
            f"{_CLEAN}UNSET SYSTEM\n",
        ),
        (
            Code.UNKNOWN_QUANTIZATION,
            "unknown-quantization",
            "QUANTIZE takes one of llama.cpp's types.",
            "FROM ./model.gguf\nQUANTIZE Q4KM\n",
            "FROM ./model.gguf\nQUANTIZE Q4_K_M\n",
        ),
        (
            Code.BAD_LABEL,
            "wrong-label",
            "A label is KEY=VALUE, and some keys are kept for what olbuild writes itself.",
            f"{_CLEAN}LABEL com.example.team search\n",
            f"{_CLEAN}LABEL com.example.team=search\n",
        ),
        (
            Code.BAD_SCALE,
            "wrong-scale",
            "The scale of an adapter is a number.",
            f"{_CLEAN}ADAPTER --scale=80% ./style.gguf\n",
            f"{_CLEAN}ADAPTER --scale=0.8 ./style.gguf\n",
        ),
        (
            Code.BAD_TEST,
            "wrong-test",
            "A test asks for something that an answer can have, and its flags have values that make sense.",
            f"{_CLEAN}TEST What is the capital of France?\n",
            _PASSED,
        ),
        (
            Code.TOO_LARGE,
            "too-large",
            "Texts that are read, and values with their arguments written out, are at most 64 MiB.",
            f"ARG A=0123456789\n{_LARGE}FROM llama3.2:${{F}}\n",
            "ARG A=3b\nFROM llama3.2:${A}\n",
        ),
        (
            Code.NO_EQUIVALENT,
            "no-equivalent",
            "The file is to be printed in Ollama's language, which cannot say this.",
            _PASSED,
            f"{_CLEAN}SYSTEM Be brief.\n",
        ),
    )
)
