"""The conversation, with a model that says what it is told to."""

import io
from pathlib import Path

import pytest

from olbuild.artifact.bundle import Message
from olbuild.cli.interruption import Interrupted
from olbuild.cli.talking.commands import HELP_SET, SHOWN
from olbuild.cli.talking.loop import answer, converse
from olbuild.cli.talking.reading import Dropped
from olbuild.cli.talking.state import Talk
from olbuild.cli.talking.writing import figures
from olbuild.core.errors import EngineError, NotFoundError, UsageError
from olbuild.running.requests import Chat
from tests.unit.cli.talking.speaker import RESULT, Answering, Models, Speaker, Typed


def talk(lines: str, *speakers: Speaker, state: Talk | None = None) -> tuple[Models, list[str]]:
    models, said = Models(*speakers), list[str]()
    converse(models.open, "me/a", Talk() if state is None else state, Typed(lines), said.append)
    return models, said


@pytest.mark.parametrize(
    ("lines", "heard"),
    [
        ("hello", "hello"),
        ("\n  \nhello", "hello"),
        ('"""first\nsecond"""', "first\nsecond"),
        ('"""one line"""', "one line"),
        ('"""\nfirst\n\nsecond\n"""', "first\n\nsecond"),
        ("/etc/hosts is a file", "/etc/hosts is a file"),
        ('say """ twice', 'say """ twice'),
        ("^C\nhello", "hello"),
    ],
)
def test_what_the_model_hears(lines: str, heard: str) -> None:
    speaker = Speaker()
    talk(lines, speaker)
    assert [request.messages[-1]["content"] for request in speaker.requests] == [heard]


@pytest.mark.parametrize("ending", ["/bye", "/exit", "/quit"])
def test_it_ends(ending: str) -> None:
    speaker = Speaker()
    models, _ = talk(f"one\n{ending}\ntwo", speaker)
    assert len(speaker.requests) == 1
    assert models.events == ["+me/a", "-me/a"]


def test_the_conversation_goes_on() -> None:
    speaker = Speaker(["one"], ["two", "^C", "never"], ["three"], ["four"])
    _, said = talk("first\nsecond\ntoo long\nthird\n/clear\nfourth", speaker)
    assert [f"{each.messages[-1]['content']}" for each in speaker.requests] == ["first", "second", "third", "fourth"]
    assert [message["content"] for message in speaker.requests[2].messages] == [
        "first",
        "one",
        "second",
        "two",
        "third",
    ]
    assert speaker.answers[1].closed
    assert speaker.heard == ["user: fourth"]
    assert said[1:] == ["error: it does not fit", "forgotten"]


def test_a_full_context_ends_no_answer_and_no_conversation_and_cuts_no_first_question() -> None:
    speaker = Speaker()
    talk("Hi\nAnd you?", speaker)
    first, second = speaker.requests
    assert (first.truncate, first.shift) == (False, True)
    assert (second.truncate, second.shift) == (True, True)


def test_a_broken_engine_ends_it() -> None:
    with pytest.raises(EngineError):
        talk("break\nnext", Speaker())


def test_another_model_takes_over_what_was_said() -> None:
    first, second = Speaker(["one"]), Speaker(["two"], ["three"], name="me/b")
    models, said = talk("hello\n/load me/b\nand you?\n/load nowhere\nstill you?", first, second)
    assert second.heard == ["user: hello", "assistant: one", "user: and you?", "assistant: two", "user: still you?"]
    assert models.events == ["+me/a", "-me/a", "+me/b", "-me/b", "+me/b", "-me/b"]
    assert said[1:] == ["this is me/b now", "error: there is no nowhere", "this is me/b again"]


def test_the_first_model_must_be_there() -> None:
    with pytest.raises(NotFoundError):
        talk("hello", Speaker(name="me/b"))


def test_settings_are_asked_for() -> None:
    speaker = Speaker()
    lines = ["/set parameter temperature 0.5", "/set system Be brief.", "/set format json", "/set think high", "hello"]
    talk("\n".join(lines), speaker)
    request = speaker.requests[0]
    assert request.options == {"temperature": 0.5}
    assert request.think == "high"
    assert request.format is not None
    assert request.format.kind == "json"
    assert speaker.heard == ["system: Be brief.", "user: hello"]
    talk('/system """Be\nbrief."""\n/set noformat\n/set nothink\nhello', speaker)
    assert speaker.heard == ["system: Be\nbrief.", "user: hello"]
    assert (speaker.requests[1].format, speaker.requests[1].think) == (None, False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/nonsense", "error: there is no /nonsense; /help shows what there is"),
        ("/set nonsense", "error: there is no /set nonsense; /help set shows what there is"),
        ("/set parameter temperatur 1", "error: there is no parameter 'temperatur'\n  hint: did you mean temperature?"),
        ("/set parameter temperature", "error: it is /set parameter NAME VALUE"),
        ("/set format xml", "error: xml is no format\n  hint: json, a JSON Schema, or a file that holds one"),
        ("/set think hard", "error: hard is no way to think\n  hint: true, false, low, medium, high, max"),
        ("/set", HELP_SET),
        ("/show", "/show info|license|messages|modelfile|parameters|system|template"),
        ("/show all", "error: there is no /show all; it shows " + ", ".join(SHOWN)),
        ("/show messages", "the model brings none"),
        ("/list", "me/a\nme/b"),
        ("/show license", "error: the model has no license"),
        ("/show system", "its system"),
        ("/save", "error: it is /save NAME"),
        ("/save BAD NAME", "error: no"),
        ("/set verbose", "set: verbose"),
    ],
)
def test_what_is_said(line: str, said: str) -> None:
    assert talk(line, Speaker())[1][1:] == [said]


def test_what_was_set_is_shown_as_a_modelfile_has_it() -> None:
    _, said = talk('/set parameter stop "User: " ###\n/set parameter top_k 5\n/show parameters', Speaker())
    assert said[-1] == 'its parameters\n\nset here:\nstop "User: "\nstop "###"\ntop_k 5'


def test_a_parameter_that_is_fixed_at_load_loads_the_model_anew() -> None:
    speaker = Speaker()
    models, said = talk("hello\n/set parameter num_ctx 256\nand?", speaker)
    assert models.events == ["+me/a", "-me/a"] * 2
    assert speaker.heard == ["user: hello", "assistant: ok", "user: and?"]
    assert speaker.requests[-1].options == {"num_ctx": 256}
    assert said[1:] == ["this is me/a now"]


def test_a_parameter_with_which_a_model_cannot_be_loaded_is_given_up() -> None:
    speaker, state, said = Speaker(), Talk(parameters={"top_k": 5}), list[str]()
    models = Models(speaker, refused=lambda: "num_ctx" in state.parameters)
    converse(models.open, "me/a", state, Typed("hello\n/set parameter num_ctx 256\nand?"), said.append)
    assert said[1:] == ["error: it does not fit into memory", "this is me/a again"]
    assert speaker.requests[-1].options == {"top_k": 5}
    assert speaker.heard == ["user: hello", "assistant: ok", "user: and?"]


def test_a_model_that_brings_a_conversation_goes_on_with_that() -> None:
    first, second = Speaker(["one"]), Speaker(["two"], name="me/b")
    second.messages = [Message(role="user", content="Hi"), Message(role="assistant", content="Ho")]
    _, said = talk("hello\n/load me/b\n/show messages\nand you?\n/save me/c", first, second)
    assert second.heard == ["user: and you?"]
    assert said[1:3] == ["this is me/b now; it begins with 2 messages: /show messages", "user: Hi\nassistant: Ho"]
    assert second.saved[0][3] == [("user", "Hi"), ("assistant", "Ho"), ("user", "and you?"), ("assistant", "two")]


@pytest.mark.parametrize("when", ["at the prompt", "in an answer"])
def test_sigterm_ends_what_ctrl_c_does_not(when: str) -> None:
    class Ending(Typed):
        def line(self, prompt: str, *, kept: bool) -> str:
            if when == "at the prompt":
                raise Interrupted(15)
            return super().line(prompt, kept=kept)

    class Signalled(Speaker):
        def ask(self, request: Chat) -> Answering:  # noqa: ARG002 - it comes to nothing
            raise Interrupted(15)

    with pytest.raises(Interrupted):
        converse(Models(Signalled()).open, "me/a", Talk(), Ending("hello\nagain"), lambda _text: None)


def test_what_is_typed_and_given_up_needs_no_word() -> None:
    class Hasty(Typed):
        def line(self, prompt: str, *, kept: bool) -> str:
            line = super().line(prompt, kept=kept)
            if line == "no":
                raise Dropped
            return line

    said: list[str] = []
    converse(Models(Speaker()).open, "me/a", Talk(), Hasty("no\n^C"), said.append)
    assert said[1:] == ["/bye or Ctrl-D ends"]


def test_help_names_what_there_is() -> None:
    _, said = talk("/help\n/?\n/help set\n/help show", Speaker())
    assert said[1] == said[2]
    assert all(word in said[1] for word in ("/set", "/show", "/load", "/save", "/clear", "/system", "/bye", '"""'))
    assert "/set nothink" in said[3]
    assert "modelfile" in said[4]


def test_a_conversation_is_saved_with_what_was_set() -> None:
    speaker = Speaker(["~hm", "hi"])
    talk("/set parameter top_k 5\n/system Be brief.\nhello\n/save me/b", speaker)
    assert speaker.saved == [("me/b", "Be brief.", {"top_k": 5}, [("user", "hello"), ("assistant", "hi")])]


def test_lines_are_kept_unless_someone_minds() -> None:
    typed = Typed("/set nohistory\nsecret\n/set history")
    converse(Models(Speaker()).open, "me/a", Talk(), typed, lambda _text: None)
    assert typed.prompts == [">>> ", "(>>> )", "(>>> )", ">>> "]


@pytest.mark.parametrize(
    ("pieces", "written"),
    [(["Par", "is."], "Paris.\n"), (["Paris.\n"], "Paris.\n"), ([], ""), (["a\x1b[2Jb"], "a\x1b[2Jb\n")],
)
def test_an_answer_ends_in_one_line_end(pieces: list[str], written: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer(Speaker(pieces), Talk(), "hello", lambda _text: None)
    assert capsys.readouterr() == (written, "")


def test_thoughts_are_no_data_and_can_be_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    speaker = Speaker(["~Hm", "~.", "Yes."], ["~Hm.", "No."])
    state = Talk()
    answer(speaker, state, "hello", lambda _text: None)
    assert capsys.readouterr() == ("Yes.\n", "Hm.\n\n")
    assert state.messages[-1] == {"role": "assistant", "content": "Yes.", "thinking": "Hm."}
    answer(speaker, Talk(hide_thinking=True), "hello", lambda _text: None)
    assert capsys.readouterr() == ("No.\n", "")


def test_on_a_terminal_an_answer_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", "80")
    answer(Speaker(["a\x1b[2J\x9b\rb\n\tc\N{ZERO WIDTH JOINER}"]), Talk(), "hello", lambda _text: None)
    mark = "\N{REPLACEMENT CHARACTER}"
    assert stream.getvalue() == f"a{mark}[2J{mark}{mark}b\n\tc\N{ZERO WIDTH JOINER}\n"


def test_figures_are_said_when_they_are_wanted() -> None:
    said: list[str] = []
    answer(Speaker(["x"]), Talk(verbose=True), "hello", said.append)
    assert said == [figures(RESULT)]
    assert figures(RESULT) == (
        "prompt: 30 tokens, 10 of them known, 0.5 s, 40.0 tokens/s\n"
        "answer: 8 tokens, 0.2 s, 32.0 tokens/s, ended by stop, seed 42\n"
        "in all: 0.8 s"
    )


def test_with_a_closed_standard_output_the_conversation_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = Speaker(["one"], ["two"])
    monkeypatch.setattr("sys.stdout", None)
    talk("first\nsecond", speaker)
    assert speaker.heard == ["user: first", "assistant: one", "user: second"]


def test_pictures_are_attached_where_the_model_sees(tmp_path: Path) -> None:
    picture = tmp_path / "a cat.png"
    picture.write_bytes(b"png")
    text = f"What is in '{picture}' and in nowhere.jpg?"
    seeing, blind = Speaker(capabilities=["vision"]), Speaker()
    said: list[str] = []
    answer(seeing, Talk(), text, said.append)
    assert said == []
    answer(blind, Talk(), text, said.append)
    assert said == ["this model sees no pictures: it gets the path as text"]
    assert seeing.requests[0].messages[-1] == {
        "role": "user",
        "content": "What is in  and in nowhere.jpg?",
        "images": (b"png",),
    }
    assert blind.requests[0].messages[-1] == {"role": "user", "content": text}


def test_a_message_that_fails_is_not_remembered() -> None:
    state = Talk()
    with pytest.raises(UsageError):
        answer(Speaker(), state, "too long", lambda _text: None)
    assert state.messages == []
