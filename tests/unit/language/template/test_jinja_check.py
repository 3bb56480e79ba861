"""What is said about Jinja templates before they run, and that hostile ones end soon."""

import time

import pytest

from olbuild.core.errors import ModelfileError
from olbuild.core.text import Diagnostic
from olbuild.language.template.jinja.check import check_jinja, require_jinja
from olbuild.language.template.jinja.limits import MOST_CHARACTERS, MOST_TOKENS


def said(text: str) -> list[tuple[str, str]]:
    """Return the code of each finding, and the text that it points at."""
    return [(each.code, each.span.text) for each in check_jinja(text)]


FINDINGS = {
    "an expression that never ends": ("a\n{{ b", [("OLB190", "{{ b")]),
    "a block that never ends": ("a\n  {% if tools %}", [("OLB190", "if")]),
    "an unknown tag": ("{% exec 1 %}", [("OLB190", "exec")]),
    "a line that CRLF and CR end": ("a\r\nb\r{{ c d }}", [("OLB190", "d")]),
    "an argument twice": ("{{ namespace(a=1, a=2) }}", [("OLB190", "{{ namespace(a=1, a=2) }}")]),
    "a block twice": ("{% block a %}{% endblock %}\n{% block a %}{% endblock %}", [("OLB190", "a")]),
    "internals": ("{{ ''.__class__ }}", [("OLB191", "__class__")]),
    "internals as an element": ("{{ messages['__class__'] }}", [("OLB191", "__class__")]),
    "internals by a filter": ("{{ messages|attr('__init__') }}", [("OLB191", "__init__")]),
    "internals in a path": ("{{ messages|map(attribute='a.__dict__')|list }}", [("OLB191", "__dict__")]),
    "internals in a format": ("{{ '{0.__class__}'.format(messages) }}", [("OLB191", "__class__")]),
    "a generator's frame": ("{{ messages.gi_frame }}", [("OLB191", "gi_frame")]),
    "an unknown filter": ("{{ messages|shout }}", [("OLB193", "shout")]),
    "an unknown test": ("{{ messages is loud }}", [("OLB193", "loud")]),
    "an unknown filter in a branch": ("{% if tools %}{{ tools|shout }}{% endif %}", [("OLB194", "shout")]),
    "a change": ("{% set _ = messages.pop(0) %}", [("OLB194", "pop")]),
    "another template": ("{% include 'a' %}", [("OLB194", "{% include 'a' %}")]),
    "a long range": ("{% for i in range(10 ** 9) %}{% endfor %}", [("OLB194", "range")]),
    "a long text": ("{{ 'a' * 10 ** 10 }}", [("OLB194", "*")]),
    "a large number": ("{{ 9 ** 99999 }}", [("OLB194", "**")]),
    "an unknown variable": ("{{ message }}{{ message }}", [("OLB195", "message")]),
    "a loop that is over": ("{% for m in messages %}{% endfor %}{{ loop.index }}", [("OLB195", "loop")]),
    "several": (
        "{{ nobody }}\n{{ ''.__class__|shout }}",
        [("OLB195", "nobody"), ("OLB191", "__class__"), ("OLB193", "shout")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), FINDINGS.values(), ids=FINDINGS.keys())
def test_a_finding_points_at_its_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert said(text) == expected


CLEAN = {
    "a chat": "{{ bos_token }}{% for m in messages %}{{ m['role'] + m.content|trim }}{{ loop.index }}{% endfor %}"
    "{% if add_generation_prompt %}<|a|>{% endif %}",
    "what is asked about first": "{% if custom is defined and custom %}{{ custom }}{% endif %}{{ other|default('x') }}",
    "what is set": "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}{{ ns.a }}{% set x %}{{ tools }}{% endset %}{{ x }}",
    "macros": "{% macro f(a, b=2) %}{{ a ~ b ~ caller() ~ varargs ~ kwargs }}{% endmacro %}"
    "{% call f(1) %}x{% endcall %}",
    "what hugging face adds": "{% generation %}{{ messages|tojson(indent=2) }}{% endgeneration %}"
    "{% for m in messages %}{% if not m %}{% continue %}{% endif %}{% break %}{% endfor %}"
    "{{ strftime_now('%Y') }}{{ raise_exception('no') }}",
    "a key that begins with an underscore": "{{ messages[0]._id }}{{ messages[0]['_id'] }}",
    "small numbers": "{{ 2 ** 10 }}{{ '=' * 80 }}{{ range(5)|list }}{{ 10 ** 10 ** 10 }}",
    "a constant that is never calculated": "{% autoescape 'a'|center(1000000000) %}{% endautoescape %}",
}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN.keys())
def test_nothing_is_said_about_a_good_template(text: str) -> None:
    assert said(text) == []


def test_a_build_stops_for_errors_only() -> None:
    require_jinja("{{ nobody }}{{ messages.pop() }}")
    with pytest.raises(ModelfileError) as caught:
        require_jinja("{{ nobody }}\n{{ ''.__class__ }}", "Modelfile: TEMPLATE of line 3")
    assert [each.code for each in caught.value.diagnostics] == ["OLB191"]
    assert "Modelfile: TEMPLATE of line 3:2:7: error[OLB191]" in caught.value.diagnostics[0].render()


SIZE = 1 << 17
HOSTILE = {
    "outputs": "{{ a }}" * (SIZE // 7),
    "outputs, as many as there may be": "{{ a }}" * (MOST_TOKENS // 5),
    "names, as many as there may be": "".join(f"{{{{a{n}|f{n}}}}}" for n in range(MOST_TOKENS // 6)),
    "macros, as many as there may be": "".join(f"{{%macro m{n}()%}}{{%endmacro%}}" for n in range(MOST_TOKENS // 10)),
    "a list, as long as it may be": "{{[" + "1," * (MOST_TOKENS // 2 - 5) + "]}}",
    "comparisons": "{{1" + "<1" * (MOST_TOKENS // 2 - 5) + "}}",
    "text": "x" * (MOST_CHARACTERS * 4),
    "parentheses": "{{ " + "(" * SIZE + " }}",
    "some parentheses": "{{ " + "(" * 900 + "1" + ")" * 900 + " }}",
    "lists": "{{ " + "[" * 500 + "]" * 500 + " }}",
    "not": "{{ " + "not " * 2000 + "1 }}",
    "minus": "{{ " + "-" * 5000 + "1 }}",
    "sums": "{{ 1" + "+1" * 5000 + " }}",
    "attributes": "{{ messages" + ".b" * 5000 + " }}",
    "filters": "{{ messages" + "|e" * 5000 + " }}",
    "conditions": "{{ " + "1 if 1 else " * 900 + "1 }}",
    "or": "{{ 1" + " or 1" * 4000 + " }}",
    "blocks": "{% if tools %}" * 1000 + "{% endif %}" * 1000,
    "some blocks": "{% if tools %}\n" * 110 + "{% endif %}" * 110,
    "loops": "{% for a in messages %}" * 25 + "{% endfor %}" * 25,
    "elif": "{% if tools %}" + "{% elif tools %}a" * 1500 + "{% endif %}",
    "a number": "{{ " + "9" * SIZE + " }}",
    "a number in hexadecimal": "{{ 0x" + "f" * SIZE + " }}",
    "a float": "{{ 1e" + "9" * SIZE + " }}",
    "comments": "{#" * SIZE,
    "raw": "{% raw %}" + "{% " * (SIZE // 3),
    "blanks": "{%" + " " * SIZE,
    "blanks again and again": ("{%-" + " " * 200 + "-%}") * 500,
    "a string": "{{ '" + "\\x41" * (SIZE // 4),
    "a name": "{{ " + "a" * SIZE + "." + "b" * SIZE + " }}",
    "zero": "\x00" * SIZE,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_template_ends_soon_with_findings_that_fit_on_a_screen(text: str) -> None:
    begin = time.thread_time()
    found = check_jinja(text)
    shown = [each.render() for each in found]
    assert time.thread_time() - begin < 5  # a bound that works takes less than one, on a machine that is not busy
    assert len(found) <= 40
    assert all(len(each) < 2000 for each in shown)


DEEP = ("some parentheses", "lists", "not", "sums", "attributes", "filters", "conditions", "blocks", "loops")


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_too_deeply_is_said(name: str) -> None:
    (found,) = check_jinja(HOSTILE[name])
    assert found.code == "OLB192"
    assert "nested too deeply" in found.message


def test_where_python_gives_up_is_said() -> None:
    (found,) = check_jinja("\n\n" + HOSTILE["some blocks"])
    assert (found.code, found.span.source.position(found.span.start)[0] > 90) == ("OLB192", True)


def test_a_message_is_one_short_line() -> None:
    found: tuple[Diagnostic, ...] = check_jinja("{% " + "a" * 5000 + " %}")
    assert len(found[0].message) < 250
