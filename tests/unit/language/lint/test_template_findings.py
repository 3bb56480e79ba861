"""Findings about a TEMPLATE stand in the Modelfile, and come soon whatever it holds."""

import subprocess
import sys
import time

import pytest

from olbuild.language.lint import lint

JINJA = "{% for m in messages %}{{ m.content }}{% endfor %}{% if add_generation_prompt %}<|a|>{% endif %}"


def found(modelfile: str) -> list[tuple[str, int, str]]:
    """Return code, line and text of each finding."""
    diagnostics = [finding.diagnostic for finding in lint(modelfile.encode())]
    return [(each.code, each.source.position(each.span.start)[0], each.span.text) for each in diagnostics]


def test_the_construct_that_is_not_portable_is_shown_in_its_line() -> None:
    template = "{{ range .Messages }}<|{{ .Role }}|>\n{{ printf .Role }}{{ .Content }}{{ end }}"
    text = f'FROM m:1\n# a\nTEMPLATE """{template}"""\n'
    assert found(text) == [("OLB370", 4, "printf .Role")]


def test_a_portable_template_is_no_finding() -> None:
    assert found('FROM m:1\nTEMPLATE """{{ range .Messages }}<|{{ .Role }}|>{{ .Content }}{{ end }}"""\n') == []


@pytest.mark.parametrize("quote", ['"""', '"'])
def test_what_is_wrong_with_jinja_is_shown_in_its_line(quote: str) -> None:
    text = f"FROM m:1\nTEMPLATE {quote}{JINJA}\n\n{{{{ messages.__class__ }}}}{quote}\n"
    assert found(text) == [("OLB191", 4, "__class__")]


def test_lines_are_counted_as_an_editor_does() -> None:
    text = f'FROM m:1\r\nTEMPLATE """{JINJA}\r\n\r\n{{{{ nobody }}}}"""\r\n'
    assert found(text)[-1:] == [("OLB195", 4, "nobody")]


def test_only_the_template_that_counts_is_checked() -> None:
    text = f'FROM m:1\nTEMPLATE """{{{{ messages.__class__ }}}}"""\nTEMPLATE """{JINJA}"""\n'
    assert "OLB191" not in [code for code, _, _ in found(text)]


HOSTILE = {
    "Jinja, nested": JINJA + "{{ " + "(" * 100_000,
    "Jinja, large numbers": JINJA + "{{ 10 ** 10 ** 10 ** 10 }}{{ 'a' * 10 ** 10 }}",
    "Jinja, long": JINJA * 5_000,
    "Go, nested": "{{ .Messages }}" + "{{ if . }}" * 10_000,
    "Go, definitions that call each other": "{{ .Messages }}"
    + "".join(f'{{{{ define "d{n}" }}}}{f"{{{{ template `d{n + 1}` . }}}}" * 2}{{{{ end }}}}' for n in range(19))
    + '{{ define "d19" }}x{{ end }}{{ template "d0" . }}',
    "Go, as long as it may be": "{{ range .Messages }}{{ .Content }}{{ end }}" * 2_900,
}


@pytest.mark.parametrize("template", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_template_is_checked_soon(template: str) -> None:
    begin = time.thread_time()
    lint(f'FROM m:1\nTEMPLATE """{template}"""\n'.encode())
    assert time.thread_time() - begin < 5  # a bound that works takes less than one, on a machine that is not busy


@pytest.mark.parametrize(("template", "loads"), [("{{ .Prompt }}{{ .Response }}", "False"), (JINJA, "True")])
def test_jinja_is_loaded_for_jinja_only(template: str, loads: str) -> None:
    code = (
        "import sys; from olbuild.language.lint import lint; "
        f"lint({f'FROM m:1{chr(10)}TEMPLATE {template}'.encode()!r}); print('jinja2' in sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == loads
