"""What the language itself reports, as topics: parsing finds these, no rule has to."""

from __future__ import annotations

from olbuild.core.text import Severity
from olbuild.language.lint.topic import Topic, example
from olbuild.language.modelfile.codes import Code

_CLEAN = "FROM llama3.2:3b\n"


def _topic(code: Code, name: str, reason: str, triggers: str, passes: str, severity: Severity = "error") -> Topic:
    return Topic(
        code=str(code),
        name=name,
        severity=severity,
        reason=reason,
        triggers=example(triggers),
        passes=example(passes),
    )


_ERRORS = (
    _topic(
        Code.UNKNOWN_INSTRUCTION,
        "unknown-instruction",
        "A line begins with a word that is no instruction.",
        f"{_CLEAN}SYSTM Be brief.\n",
        f"{_CLEAN}SYSTEM Be brief.\n",
    ),
    _topic(
        Code.UNKNOWN_PARAMETER,
        "unknown-parameter",
        "PARAMETER names something that does not exist. Names are case-sensitive.",
        f"{_CLEAN}PARAMETER Temperature 0.7\n",
        f"{_CLEAN}PARAMETER temperature 0.7\n",
    ),
    _topic(
        Code.MISSING_VALUE,
        "missing-value",
        'An instruction ends before its value. An empty value is written "".',
        f"{_CLEAN}MESSAGE user\n",
        f"{_CLEAN}MESSAGE user Hello\nMESSAGE assistant Hi\n",
    ),
    _topic(
        Code.UNCLOSED_QUOTE,
        "unclosed-quote",
        "A value begins with a quote, and no line ends with the same one.",
        f'{_CLEAN}SYSTEM """\nBe brief.\n',
        f'{_CLEAN}SYSTEM """\nBe brief.\n"""\n',
    ),
    _topic(
        Code.UNKNOWN_ROLE,
        "unknown-role",
        "The role of a MESSAGE is system, user or assistant, in lower case.",
        f"{_CLEAN}MESSAGE User Hello\nMESSAGE assistant Hi\n",
        f"{_CLEAN}MESSAGE user Hello\nMESSAGE assistant Hi\n",
    ),
    _topic(
        Code.EXTRA_BLANK,
        "two-blanks",
        "PARAMETER and MESSAGE take exactly one blank behind them. Behind two, the name is empty.",
        f"{_CLEAN}PARAMETER  temperature 0.7\n",
        f"{_CLEAN}PARAMETER temperature 0.7\n",
    ),
    _topic(
        Code.MALFORMED_NAME,
        "malformed-name",
        "A blank is missing, or a character stands where it cannot.",
        f"{_CLEAN}PARAMETER temperature=0.7\n",
        f"{_CLEAN}PARAMETER temperature 0.7\n",
    ),
    _topic(
        Code.NO_FROM,
        "no-from",
        "Every Modelfile says what the model is made from.",
        "SYSTEM Be brief.\n",
        f"{_CLEAN}SYSTEM Be brief.\n",
    ),
    _topic(
        Code.BAD_PARAMETER_VALUE,
        "wrong-value",
        "The value has not the type of the parameter.",
        f"{_CLEAN}PARAMETER num_ctx 8k\n",
        f"{_CLEAN}PARAMETER num_ctx 8192\n",
    ),
    _topic(
        Code.BAD_VERSION,
        "wrong-version",
        "REQUIRES takes a semantic version.",
        f"{_CLEAN}REQUIRES latest\n",
        f"{_CLEAN}REQUIRES 0.14.0\n",
    ),
    _topic(
        Code.INVISIBLE_CHARACTER,
        "invisible-character",
        "A character that cannot be seen stands outside of a value, often a no-break space from a web page.",
        "FROM\N{NO-BREAK SPACE}llama3.2:3b\n",
        _CLEAN,
    ),
    _topic(
        Code.STRAY_TEXT,
        "stray-text",
        "Lines are no instructions. A value over several lines needs triple quotes.",
        f"{_CLEAN}SYSTEM Be brief.\nand polite.\n",
        f'{_CLEAN}SYSTEM """Be brief\nand polite."""\n',
    ),
    _topic(
        Code.MISSING_PATH,
        "missing-path",
        "ADAPTER and DRAFT name something that must exist. Paths are relative to the Modelfile.",
        f"{_CLEAN}ADAPTER ./missing.gguf\n",
        _CLEAN,
    ),
    _topic(
        Code.UNKNOWN_USER,
        "unknown-user",
        "A path begins with ~ and the name of a user that this machine does not know.",
        "FROM ~no-such-user-here/model.gguf\n",
        "FROM ./model.gguf\n",
    ),
    _topic(
        Code.UNREADABLE_PATH,
        "unreadable-path",
        "The system refuses to say what is at a path: a loop of links, a name that is too long, a missing permission.",
        "FROM ./loop.gguf\n",
        "FROM ./model.gguf\n",
    ),
    _topic(
        Code.DRAFT_IS_FROM,
        "draft-is-from",
        "A draft model speeds up another one, so it cannot be the same file, not even through a link.",
        "FROM ./model.gguf\nDRAFT ./model.gguf\n",
        "FROM ./model.gguf\n",
    ),
)

_WARNINGS = (
    _topic(
        Code.DEPRECATED_PARAMETER,
        "deprecated-parameter",
        "The parameter is accepted and ignored.",
        f"{_CLEAN}PARAMETER mirostat 1\n",
        f"{_CLEAN}PARAMETER temperature 0.7\n",
        "warning",
    ),
    _topic(
        Code.SWALLOWED_INSTRUCTION,
        "swallowed-instruction",
        "A quoted value runs on and takes in lines that look like instructions.",
        f'{_CLEAN}SYSTEM "Be kind" # really\nPARAMETER temperature 0.7\nLICENSE "MIT"\n',
        f'{_CLEAN}# really\nSYSTEM "Be kind"\nPARAMETER temperature 0.7\nLICENSE "MIT"\n',
        "warning",
    ),
    _topic(
        Code.TRAILING_COMMENT,
        "trailing-comment",
        "A comment stands on a line of its own; behind a value, # is part of the value.",
        f"{_CLEAN}RENDERER qwen3-coder # not the template\n",
        f"{_CLEAN}# not the template\nRENDERER qwen3-coder\n",
        "warning",
    ),
    _topic(
        Code.DROPPED_CHARACTER,
        "dropped-character",
        "What is unprintable is dropped from values, such as the joiner inside of many emoji.",
        f"{_CLEAN}SYSTEM Be\N{NO-BREAK SPACE}brief.\n",
        f"{_CLEAN}SYSTEM Be brief.\n",
        "warning",
    ),
    _topic(
        Code.INSTRUCTION_AS_PARAMETER,
        "instruction-as-parameter",
        "PARAMETER with the name of an instruction is that instruction.",
        f"{_CLEAN}PARAMETER system Be brief.\n",
        f"{_CLEAN}SYSTEM Be brief.\n",
        "warning",
    ),
    _topic(
        Code.UNCHECKED_ROLE,
        "unchecked-role",
        "Written as a parameter, a message may have any role, and models know three.",
        f"{_CLEAN}PARAMETER message tool: hi\n",
        f"{_CLEAN}MESSAGE user hi\nMESSAGE assistant hello\n",
        "warning",
    ),
)

TOPICS = (*_ERRORS, *_WARNINGS)
