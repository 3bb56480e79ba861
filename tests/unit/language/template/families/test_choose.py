"""The family of a Jinja template is found by what it writes. The templates here are ours, in the style of each."""

import time
from datetime import datetime

import pytest

from olbuild.core.errors import FormatError, UsageError
from olbuild.language.template import compile_template
from olbuild.language.template.families import FAMILIES, PROBES, Family, Match, choose
from olbuild.language.template.families.compare import date_forms, deviations
from olbuild.running.chat import family as rendering
from olbuild.running.chat.family import go_template_for
from olbuild.running.chat.sandbox import render

LOOP = "{% for m in messages %}"
CHATML = LOOP + "{{ '<|im_start|>' ~ m.role ~ '\n' ~ m.content ~ '<|im_end|>\n' }}{% endfor %}"
BEGINS = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
LLAMA3 = (
    LOOP + "{% set turn = '<|start_header_id|>' ~ m.role ~ '<|end_header_id|>\n\n' ~ m.content|trim ~ '<|eot_id|>' %}"
    "{{ (bos_token if loop.first else '') ~ turn }}{% endfor %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
)
ZEPHYR = LOOP + "{{ '<|' ~ m.role ~ '|>\n' ~ m.content ~ eos_token ~ '\n' }}{% endfor %}{{ '<|assistant|>\n' }}"
GEMMA = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system text') }}{% endif %}"
    + LOOP
    + "{{ '<start_of_turn>' ~ ('model' if m.role == 'assistant' else m.role) ~ '\n' ~ m.content|trim }}"
    "{{ '<end_of_turn>\n' }}{% endfor %}{{ '<start_of_turn>model\n' }}"
)
MISTRAL = (
    "{{ bos_token }}" + LOOP + "{% if m.role == 'user' %}{{ '[INST] ' ~ m.content ~ ' [/INST]' }}"
    "{% elif m.role == 'assistant' %}{{ m.content ~ eos_token }}{% else %}{{ raise_exception('no') }}{% endif %}"
    "{% endfor %}"
)
DATED = (
    "{{ '<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: ' }}"
    "{{ strftime_now('%d %b %Y') ~ '\n\n' }}{% if messages[0].role == 'system' %}{{ messages[0].content }}{% endif %}"
    "{{ '<|eot_id|>' }}" + LOOP + "{% if m.role != 'system' %}"
    "{{ '<|start_header_id|>' ~ m.role ~ '<|end_header_id|>\n\n' ~ m.content ~ '<|eot_id|>' }}{% endif %}{% endfor %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
)
ONE_TOOL_AFTER_ANOTHER = "{% if tools %}{{ 'TOOLS ' }}{{ tools|tojson }}{% endif %}" + CHATML + BEGINS


def names(match: Match) -> list[str]:
    return [each.name for each in match.families]


@pytest.mark.parametrize(
    ("jinja", "expected", "deviations"),
    [
        (CHATML + BEGINS, ["chatml"], set()),
        (LLAMA3, ["llama3"], {"blanks"}),
        (ZEPHYR, ["zephyr", "stablelm", "phi3"], set()),
        (GEMMA, ["gemma"], {"blanks"}),
        (MISTRAL, ["mistral"], set()),
    ],
)
def test_a_template_in_the_style_of_a_family(jinja: str, expected: list[str], deviations: set[str]) -> None:
    match = go_template_for(jinja)
    assert names(match) == expected
    assert match.nearest is match.families[0]
    assert match.differs == ()
    assert match.deviations == deviations
    assert match.is_exact == (not deviations)


@pytest.mark.parametrize("each", FAMILIES, ids=lambda each: each.name)
def test_each_family_is_found_for_its_own_portable_form(each: Family) -> None:
    match = go_template_for(compile_template(each.parsed).jinja)
    assert each in match.families
    assert match.deviations <= {"json"}
    assert not match.prints_bos


def test_the_text_of_a_template_does_not_matter() -> None:
    other = "{#- nothing alike -#}{%- macro turn(who, what) -%}<|im_start|>{{ who }}{{ '\n' }}{{ what }}<|im_end|>\n"
    other += "{% endmacro -%}{%- for x in messages -%}{{ turn(x['role'], x['content']) }}{%- endfor -%}"
    assert names(go_template_for(other + "<|im_start|>assistant{{ '\\n' }}")) == ["chatml"]
    assert names(go_template_for(CHATML.replace("im_end", "im_stop") + BEGINS)) == []


def test_the_first_token_is_left_to_the_engine() -> None:
    match = go_template_for("{{ bos_token }}" + CHATML + BEGINS)
    assert names(match) == ["chatml"]
    assert match.prints_bos
    assert names(go_template_for("<s>" + CHATML + BEGINS, bos="<s>")) == ["chatml"]
    assert names(go_template_for("{{ bos_token }} " + CHATML + BEGINS)) == []


def test_the_last_token_tells_families_apart_when_it_is_known() -> None:
    assert names(go_template_for(ZEPHYR, eos="</s>")) == ["zephyr"]
    assert names(go_template_for(ZEPHYR, eos="<|endoftext|>")) == ["stablelm"]
    assert names(go_template_for(ZEPHYR, eos="<|nobody|>")) == []


def test_where_plain_chat_agrees_the_differences_are_said() -> None:
    match = go_template_for(ONE_TOOL_AFTER_ANOTHER)
    assert match.families == ()
    assert match.nearest is not None
    assert match.nearest.name == "chatml"
    assert {probe.name for probe in match.differs} == {"tools", "tools and a system text"}
    assert {probe.topic for probe in match.unanswered} == {"tools", "thinking"}


def test_a_system_text_of_the_templates_own_is_found() -> None:
    own = "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are X.<|im_end|>\n{{ '' }}{% endif %}"
    match = go_template_for(own + CHATML + BEGINS)
    assert names(match) == ["chatml"]
    assert match.system == "You are X."
    assert match.differs == ()
    assert go_template_for(CHATML + BEGINS).system is None


@pytest.mark.parametrize("text", ["It is {{ strftime_now('%d %b %Y') }}.", "a<|im_end|>\n<|im_start|>system\nb"])
def test_a_system_text_that_is_none_or_changes_is_not_taken(text: str) -> None:
    own = f"{{% if messages[0].role != 'system' %}}<|im_start|>system\n{text}<|im_end|>\n{{{{ '' }}}}{{% endif %}}"
    match = go_template_for(own + CHATML + BEGINS)
    assert (match.nearest, match.system) == (None, None)


def test_a_system_text_that_is_left_out_is_a_difference() -> None:
    deaf = (
        LOOP + "{% if m.role != 'system' %}{{ '<|im_start|>' ~ m.role ~ '\n' ~ m.content ~ '<|im_end|>\n' }}{% endif %}"
    )
    match = go_template_for(deaf + "{% endfor %}" + BEGINS)
    assert match.families == ()
    assert match.nearest is not None
    assert {probe.topic for probe in match.differs} >= {"system"}
    assert "chat" not in {probe.topic for probe in match.differs}


def test_todays_date_may_have_another_form() -> None:
    match = go_template_for(DATED)
    assert match.nearest is not None
    assert match.nearest.name == "llama3.2"
    assert match.deviations == frozenset({"date"})
    assert match.differs == tuple(probe for probe in PROBES if probe.topic == "tools" and not probe.only_in_calls)


def test_what_a_template_refuses_is_not_held_against_a_family() -> None:
    refused = go_template_for(GEMMA).unanswered
    assert {probe.name for probe in refused} >= {"a system text", "an empty system text"}
    assert not any(probe.topic == "chat" for probe in refused)


def test_a_format_that_nobody_has_is_none() -> None:
    match = go_template_for(LOOP + "{{ '@' ~ m.role ~ ' ' ~ m.content ~ '\n' }}{% endfor %}")
    assert (match.families, match.nearest, match.differs) == ((), None, ())


@pytest.mark.parametrize(
    ("jinja", "error"),
    [
        ("{% for %}", FormatError),
        ("{{ messages.nothing.at_all }}", FormatError),
        ("{{ raise_exception('never') }}", UsageError),
        ("{{ ''.join(1) }}", FormatError),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", FormatError),
    ],
)
def test_a_template_that_answers_no_question_is_an_error(jinja: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        go_template_for(jinja)


def test_all_probes_share_one_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def slow(*_: object) -> str:
        nonlocal calls
        calls += 1
        time.sleep(0.05)
        return "slow"

    monkeypatch.setattr(rendering, "render", slow)
    monkeypatch.setattr(rendering, "MOST_SECONDS", 0.1)
    with pytest.raises(FormatError, match="takes more than"):
        go_template_for(CHATML)
    assert calls < 5


HOSTILE = [
    "{{ '<|im_start|>' }}{{ '[' * 100000 }}",
    "{{ '<|im_start|>' }}{% for i in range(9000) %}{{ '[1,' }}{% endfor %}",
    "{{ '<|im_start|>' }}{% for i in range(900) %}{{ '{\"a\":' * 9 }}{% endfor %}",
    "{{ '<|im_start|>' }}{{ 'x' * 9000000 }}",
    "{{ '<|im_start|>' }}" + "".join(f"{{{{ strftime_now('%d %b %Y {'x' * n}') }}}}" for n in range(50)),
]


@pytest.mark.parametrize("jinja", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_templates_are_judged_soon(jinja: str) -> None:
    chat = "{% if not tools %}" + CHATML + BEGINS + "{% else %}" + jinja + "{% endif %}"
    started = time.process_time()
    for text in (jinja, chat):
        assert go_template_for(text).families == ()
    assert time.process_time() - started < 5


def test_probes_cover_what_templates_differ_in() -> None:
    assert {probe.topic for probe in PROBES} == {"chat", "system", "edges", "tools", "thinking"}
    assert PROBES[0].name == "one question"
    assert len({probe.name for probe in PROBES}) == len(PROBES)
    for probe in PROBES:
        given = probe.variables()
        assert ("enable_thinking" in given) == (probe.think is not None)
        assert given["tools"] == (list(probe.tools) or None)


def test_only_json_that_means_the_same_is_the_same() -> None:
    same, other = 'a {"x": [1, 2], "y": "<"} b', 'a {"y":"\\u003c","x":[1,2]} b'
    assert deviations(same, other, structured=True) == frozenset({"json"})
    assert deviations(same, other) is None
    assert deviations(same, other.replace("2", "3"), structured=True) is None
    assert deviations(same, other.replace(" b", "  b"), structured=True) is None
    assert deviations("{ a }", "{a}", structured=True) is None


def test_forms_of_a_date() -> None:
    today = datetime(2026, 3, 1).astimezone().date()
    forms = date_forms("{{ strftime_now('%d %b %Y') }}{{ strftime_now(\"%B\") }}{{ strftime_now('%999d') }}", today)
    assert forms == {"2026-03-01", "01 Mar 2026"}
    assert deviations("on 01 Mar 2026!", "on 2026-03-01!", dates=forms) == frozenset({"date"})
    assert deviations("on 02 Mar 2026!", "on 2026-03-01!", dates=forms) is None


def test_the_renderer_is_given() -> None:
    """The language knows no sandbox: it is handed one."""
    seen: list[str] = []

    def watched(template: str, variables: object) -> str:
        seen.append(template)
        return render(template, variables)  # type: ignore[arg-type] # what it is given

    today = datetime.now().astimezone().date()
    assert names(choose(CHATML + BEGINS, watched, today=today)) == ["chatml"]
    assert len(seen) == len(PROBES)
