"""Chat templates run as Hugging Face runs them, and hostile ones end with one clear error, soon."""

import json
import time

import pytest
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from olbuild.core.errors import FormatError, UsageError
from olbuild.running.chat import budget
from olbuild.running.chat.sandbox import render

MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi <b> & 'you' ☃"},
    {"role": "assistant", "content": "{{ hello }}"},
    {"role": "user", "content": ""},
]
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"é": {}}}}}]
VARIABLES = {"messages": MESSAGES, "tools": TOOLS, "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": 1}

CHAT = """{{ bos_token }}
{%- for message in messages %}
    {%- if loop.first and message.role == 'system' %}
        {{- '[SYS]' ~ message['content'] | trim ~ loop.length ~ none }}
        {%- continue %}
    {%- endif %}
    {{- '[' + message.role|upper + '] ' + message['content'] + eos_token + '\\n' }}
    {%- if loop.index > 5 %}{% break %}{% endif %}
{%- endfor %}
{% if tools %}
    {% for tool in tools %}
{{ tool | tojson }} {{ tool|tojson(indent=2) }}
    {% endfor %}
{% endif %}
{% if add_generation_prompt %}
{{ '[A]' }}
{% endif %}
"""
FORMS = """{% set ns = namespace(found=false, parts=[]) %}
{% for a, b in [('x', 1), ('y', 2)] if b > 0 %}{% set ns.parts = ns.parts + [a * 2 ~ b] %}{% endfor %}
{% macro one(text, times=2) %}<{{ text }}:{{ times }}{{ caller() if caller }}>{% endmacro %}
{{ ns.parts | join(', ') }} {{ one('m') }}{% call one('c', times=3) %}inside{% endcall %}
{% set block %}{% for k, v in {'b': 1, 'a': 2}.items() %}{{ k }}={{ v }};{% endfor %}{% endset %}
{{ block|length }}{{ 'abc'[1:] }}{{ messages[1:]|length }}{{ '%s-%03d' % ('t', 7) }}{{ 'x{}y'.format(1) }}
{% for m in messages recursive %}{% if loop.depth < 2 %}{{ loop(messages[:2]) }}{% endif %}{{ m.role }},{% endfor %}
{{ 'a b'.split(' ')|map('upper')|list }}{{ (1, 2)|last }}{{ 2 ** 3 }}{{ missing is defined }}
{{ 'a-b'|replace('-', '+') }}
"""


def _as_hugging_face(template: str) -> str:
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
    return environment.from_string(template).render(VARIABLES)


@pytest.mark.parametrize("template", [CHAT, FORMS], ids=["chat", "forms"])
def test_the_budget_changes_nothing(template: str) -> None:
    assert render(template, VARIABLES) == _as_hugging_face(template)


def test_what_only_hugging_face_has() -> None:
    template = "{% generation %}said{% endgeneration %} {{ strftime_now('%Y')|length }}"
    assert render(template, {}) == "said 4"
    with pytest.raises(UsageError, match="does not accept this conversation: roles must alternate"):
        render("{{ raise_exception('roles must alternate') }}", {})


DOUBLE = "{{% set ns = namespace(x='ab') %}}{{% for i in range(60) %}}{{% set ns.x = {} %}}{{% endfor %}}{{{{ ns.x }}}}"

HOSTILE = {
    "internals": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "internals by filter": "{{ ('x'|attr('__class__')).mro() }}",
    "globals": "{{ cycler.__init__.__globals__ }}",
    "change of a message": "{{ messages.append(1) }}",
    "range": "{% for a in range(10**9) %}{% endfor %}",
    "product": "{{ 'a' * 10**10 }}",
    "power": "{{ 9 ** (9 ** 9) }}",
    "width": "{{ '%1000000000d' % 1 }}",
    "width as a value": "{{ '%*d' % (1000000000, 1) }}",
    "width in a method": "{{ '{:1000000000}'.format(1) }}",
    "width in a filter": "{{ 'a'|center(1000000000) }}",
    "width of JSON": "{{ [1]|tojson(indent=1000000000) }}",
    "operator ~": DOUBLE.format("ns.x ~ ns.x"),
    "operator +": DOUBLE.format("ns.x + ns.x"),
    "operator %": DOUBLE.format("'%s%s' % (ns.x, ns.x)"),
    "format": DOUBLE.format("'{}{}'.format(ns.x, ns.x)"),
    "format filter": DOUBLE.format("'%s%s'|format(ns.x, ns.x)"),
    "join": DOUBLE.format("[ns.x, ns.x]|join"),
    "join method": DOUBLE.format("''.join([ns.x, ns.x])"),
    "replace": DOUBLE.format("ns.x|replace('a', 'aa')"),
    "replace method": DOUBLE.format("ns.x.replace('a', 'aa')"),
    "indent": DOUBLE.format("(ns.x ~ '\\n')|indent(16000000, true)"),
    "lists of lists": DOUBLE.format("[ns.x, ns.x]"),
    "dicts of dicts": DOUBLE.format("{'a': ns.x, 'b': ns.x}"),
    "dicts by call": DOUBLE.format("dict(a=ns.x, b=ns.x)"),
    "namespaces": DOUBLE.format("namespace(a=ns.x, b=ns.x)"),
    "captured output": "{% set x %}{% for a in range(99999) %}" + "b" * 1000 + "{% endfor %}{% endset %}",
    "recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "syntax": "{% if %}",
    "unknown tag": "{% exec %}",
    "include": "{% include '/etc/passwd' %}",
    "undefined": "{{ a.b.c }}",
    "division": "{{ 1 / 0 }}",
    "type": "{{ messages + 1 }}",
}


@pytest.mark.parametrize("template", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_or_broken_template_is_one_clear_error(template: str) -> None:
    begin = time.process_time()
    with pytest.raises(FormatError, match=r"^the chat template ") as caught:
        render(template, VARIABLES)
    assert "\n" not in caught.value.message
    assert time.process_time() - begin < budget.MOST_SECONDS


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(9999) %}" * 3 + "{% endfor %}" * 3,
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% macro f() %}{{ caller() }}{{ caller() }}{% endmacro %}" + "{% call f() %}" * 18 + "{% endcall %}" * 18,
    ],
    ids=["loops", "calls", "call blocks"],
)
def test_what_does_not_end_is_ended(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST_STEPS", 50_000)
    with pytest.raises(FormatError, match="it does not come to an end"):
        render(template, VARIABLES)


def test_time_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST_SECONDS", 0.0)
    with pytest.raises(FormatError, match="it does not come to an end"):
        render("{% for a in [1] %}{% endfor %}", {})


def test_a_template_of_absurd_length_is_not_even_read() -> None:
    with pytest.raises(FormatError, match="has 5000000 characters"):
        render("a" * 5_000_000, {})
