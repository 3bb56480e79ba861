"""A hostile template ends in an error in under a second of the processor's time, however it spends it."""

import time

import pytest

from olbuild.core.errors import FormatError
from olbuild.running.chat import budget
from olbuild.running.chat.explain import explain
from olbuild.running.chat.sandbox import render

LONG = "{% set b = 'ab' * 4000000 %}"
COLLIDING = "range(0, (2 ** 61 - 1) * 90000, 2 ** 61 - 1)"  # numbers that all have the hash 0
ONE_ODD = "('a' * 40000 ~ 'b' ~ 'a' * 40000)"


def forever(what: str) -> str:
    return f"{{% for i in range(99999) %}}{{% for j in range(99999) %}}{what}{{% endfor %}}{{% endfor %}}"


HOSTILE = {
    "loops": forever(""),
    "loops that write": forever("{{ j }}"),
    "loops that count": "{% set n = namespace(i=0) %}" + forever("{% set n.i = n.i + 1 %}"),
    "loops over nothing": "{% for i in range(99999) %}{% for j in range(99999) if j < 0 %}{% endfor %}{% endfor %}",
    "wide loops": "{% for i in range(99999) %}" + "{{ i }}" * 2900 + "{% endfor %}",
    "wide sums": "{% for i in range(99999) %}{{ " + "+".join("i" * 150) + " }}{% endfor %}",
    "long comparisons": LONG + "{% set c = 'ab' * 4000000 %}" + forever("{{ b == c }}"),
    "long tests": LONG + forever("{{ b is lower }}"),
    "long counts": LONG + forever("{{ b.count('b') }}"),
    "long lists": "{% set b = range(99999)|list %}" + forever("{{ 'x' in b }}"),
    "lazy lists": forever("{{ range(99999)|select('odd')|sum }}"),
    "JSON": "{% set b = [[1] * 100] * 1000 %}" + forever("{% set x = b|tojson(indent=4) %}"),
    "two calls each": "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "four loops each": "{% for a in [1] * 4 recursive %}{% if loop.depth < 60 %}{{ loop([1] * 4) }}{% endif %}"
    "{% endfor %}",
    "colliding keys": f"{{% set d = dict({COLLIDING}|batch(2)|list) %}}",
    "colliding values": f"{{{{ {COLLIDING}|unique|list|length }}}}",
    "colliding sets": f"{{{{ {{'a': 1}}.keys() - ({COLLIDING}|list) }}}}",
    "strip": "{% set x = ('a' * 16000000).strip('b' * 200000 ~ 'a') %}",
    "trim": "{% set x = ('a' * 16000000)|trim('b' * 200000 ~ 'a') %}",
    "looking backwards": f"{{{{ ('a' * 16000000).rfind({ONE_ODD}) }}}}",
    "splitting backwards": f"{{{{ ('a' * 16000000).rsplit({ONE_ODD})|length }}}}",
    "cutting backwards": f"{{{{ ('a' * 16000000).rpartition({ONE_ODD})|length }}}}",
    "many unknown filters": "{% if 0 %}" + "".join(f"{{{{ a|f{n} }}}}" for n in range(2000)) + "{% endif %}",
    "many words": "{{ a }}" * 37_000,
    "a constant": "{% autoescape " + "~".join(["('a'|center(262000)|e)"] * 1000) + " %}{% endautoescape %}",
}


@pytest.mark.parametrize("template", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_template_ends_in_under_a_second(template: str) -> None:
    begin = time.thread_time()
    with pytest.raises(FormatError, match=r"^the chat template "):
        render(template, {"messages": []})
    assert time.thread_time() - begin < 5  # a bound that works takes less than one, on a machine that is not busy


def test_explaining_ends_as_soon() -> None:
    begin = time.thread_time()
    with pytest.raises(FormatError, match="does not come to an end"):
        explain(forever("{{ j }}"), {})
    assert time.thread_time() - begin < 5  # a bound that works takes less than one, on a machine that is not busy


def test_looking_forwards_is_not_refused() -> None:
    assert render(f"{{{{ ('a' * 1000000).find({ONE_ODD}) }}}}", {}) == "-1"
    assert render("{{ ' a '.strip() }}{{ 'xay'.strip('xy') }}{{ 'a.b.c'.rsplit('.', 1) }}", {}) == "aa['a.b', 'c']"
    assert render("{{ dict([('a', 1)], b=2) }}{{ dict({'a': 1}) }}{{ dict() }}", {}) == "{'a': 1, 'b': 2}{'a': 1}{}"


def test_on_a_busy_machine_only_what_the_template_spent_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = budget.Budget(deadline=time.monotonic() - 1)
    spent.tick()
    assert spent.deadline > time.monotonic()
    monkeypatch.setattr(budget, "MOST_SECONDS", 0.0)
    late = budget.Budget(deadline=time.monotonic() - 1)
    with pytest.raises(Exception, match="does not come to an end"):
        late.tick()
