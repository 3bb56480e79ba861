"""The macros that a compiled template may need: how Go prints and encodes what is no plain text.

They are plain Jinja, so that a template with them is portable. Every tag strips the blanks on both sides, which makes
``trim_blocks`` and ``lstrip_blocks`` mean nothing.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"\bgo_\w+(?=\()")

MACROS = {
    # Go's %v of a float64. Jinja prints as Python does: the same digits, an exponent from 1e+16 on instead of 1e+06.
    "go_number": """
{%- macro go_number(n) -%}
  {%- set s = (n|float)|string -%}
  {%- if 'e' in s -%}
    {{- s -}}
  {%- elif n < 1000000 and n > -1000000 -%}
    {{- s[:-2] if s[-2:] == '.0' else s -}}
  {%- else -%}
    {%- set u = s[1:] if n < 0 else s -%}
    {%- set parts = u.split('.') -%}
    {%- set d = namespace(text=parts[0] ~ (parts[1] if parts[1] != '0' else ''), done=false) -%}
    {%- for c in d.text|reverse|list -%}
      {%- if c != '0' -%}
        {%- set d.done = true -%}
      {%- endif -%}
      {%- if not d.done -%}
        {%- set d.text = d.text[:-1] -%}
      {%- endif -%}
    {%- endfor -%}
    {%- set e = parts[0]|length - 1 -%}
    {{- ('-' if n < 0 else '') ~ d.text[0] ~ ('.' ~ d.text[1:] if d.text|length > 1 else '') ~ 'e+' -}}
    {{- ('0' if e < 10 else '') ~ e -}}
  {%- endif -%}
{%- endmacro -%}
""",
    "go_any": """
{%- macro go_any(v) -%}
  {%- if v is undefined or v is none -%}
    {{- '<nil>' -}}
  {%- elif v is string -%}
    {{- v -}}
  {%- elif v is sameas true -%}
    {{- 'true' -}}
  {%- elif v is sameas false -%}
    {{- 'false' -}}
  {%- elif v is number -%}
    {{- go_number(v) -}}
  {%- elif v is mapping -%}
    {{- 'map[' -}}
    {%- for k, x in v|dictsort(true) -%}
      {{- ('' if loop.first else ' ') ~ k ~ ':' ~ go_any(x) -}}
    {%- endfor -%}
    {{- ']' -}}
  {%- else -%}
    {{- '[' -}}
    {%- for x in v -%}
      {{- ('' if loop.first else ' ') ~ go_any(x) -}}
    {%- endfor -%}
    {{- ']' -}}
  {%- endif -%}
{%- endmacro -%}
""",
    # A number that Go read from JSON is a float, and it writes a whole one without a fraction.
    "go_json": """
{%- macro go_json(v) -%}
  {%- if v is undefined or v is none -%}
    {{- 'null' -}}
  {%- elif v is string or v is sameas true or v is sameas false -%}
    {{- v|tojson -}}
  {%- elif v is number -%}
    {{- (v|int if v == v|int and v < 1000000000000000 and v > -1000000000000000 else v)|tojson -}}
  {%- elif v is mapping -%}
    {{- '{' -}}
    {%- for k, x in v|dictsort(true) -%}
      {{- ('' if loop.first else ',') ~ k|tojson ~ ':' ~ go_json(x) -}}
    {%- endfor -%}
    {{- '}' -}}
  {%- else -%}
    {{- '[' -}}
    {%- for x in v -%}
      {{- ('' if loop.first else ',') ~ go_json(x) -}}
    {%- endfor -%}
    {{- ']' -}}
  {%- endif -%}
{%- endmacro -%}
""",
    "go_json_property": """
{%- macro go_json_property(p) -%}
  {%- set j = namespace(all=[], some=[]) -%}
  {%- if p['anyOf'] -%}
    {%- for q in p['anyOf'] -%}
      {%- set j.some = j.some + [go_json_property(q)] -%}
    {%- endfor -%}
    {%- set j.all = j.all + ['"anyOf":[' ~ j.some|join(',') ~ ']'] -%}
  {%- endif -%}
  {%- if p['type'] is string -%}
    {%- set j.all = j.all + ['"type":' ~ p['type']|tojson] -%}
  {%- elif p['type'] -%}
    {%- set j.all = j.all + ['"type":' ~ go_json(p['type'][0] if p['type']|length == 1 else p['type'])] -%}
  {%- endif -%}
  {%- if p.get('items') is not none -%}
    {%- set j.all = j.all + ['"items":' ~ go_json(p.get('items'))] -%}
  {%- endif -%}
  {%- if p['description'] -%}
    {%- set j.all = j.all + ['"description":' ~ p['description']|tojson] -%}
  {%- endif -%}
  {%- if p['enum'] -%}
    {%- set j.all = j.all + ['"enum":' ~ go_json(p['enum'])] -%}
  {%- endif -%}
  {%- if p['properties'] is mapping -%}
    {%- set j.all = j.all + ['"properties":' ~ go_json_properties(p['properties'])] -%}
  {%- endif -%}
  {%- if p['required'] -%}
    {%- set j.all = j.all + ['"required":' ~ go_json(p['required'])] -%}
  {%- endif -%}
  {{- '{' ~ j.all|join(',') ~ '}' -}}
{%- endmacro -%}
""",
    "go_json_properties": """
{%- macro go_json_properties(ps) -%}
  {%- set j = namespace(all=[]) -%}
  {%- for k, p in ps|dictsort(true) -%}
    {%- set j.all = j.all + [k|tojson ~ ':' ~ go_json_property(p)] -%}
  {%- endfor -%}
  {{- '{' ~ j.all|join(',') ~ '}' -}}
{%- endmacro -%}
""",
    "go_json_parameters": """
{%- macro go_json_parameters(p) -%}
  {{- '{"type":' ~ (p['type'] or '')|tojson -}}
  {{- ',"$defs":' ~ go_json(p.get('$defs')) if p.get('$defs') is not none else '' -}}
  {{- ',"items":' ~ go_json(p.get('items')) if p.get('items') is not none else '' -}}
  {{- ',"required":' ~ go_json(p['required']) if p['required'] else '' -}}
  {{- ',"properties":' -}}
  {{- go_json_properties(p['properties']) if p['properties'] is mapping else 'null' -}}
  {{- '}' -}}
{%- endmacro -%}
""",
    "go_json_function": """
{%- macro go_json_function(f) -%}
  {{- '{"name":' ~ (f['name'] or '')|tojson ~ ',"description":' ~ (f['description'] or '')|tojson -}}
  {{- ',"parameters":' ~ go_json_parameters(f['parameters'] or {}) ~ '}' -}}
{%- endmacro -%}
""",
    "go_json_tool": """
{%- macro go_json_tool(t) -%}
  {{- '{"type":' ~ (t['type'] or '')|tojson -}}
  {{- ',"items":' ~ go_json(t.get('items')) if t.get('items') is not none else '' -}}
  {{- ',"function":' ~ go_json_function(t['function']) ~ '}' -}}
{%- endmacro -%}
""",
    "go_json_tools": """
{%- macro go_json_tools(ts) -%}
  {%- if ts is undefined or ts is none -%}
    {{- 'null' -}}
  {%- else -%}
    {{- '[' -}}
    {%- for t in ts -%}
      {{- ('' if loop.first else ',') ~ go_json_tool(t) -}}
    {%- endfor -%}
    {{- ']' -}}
  {%- endif -%}
{%- endmacro -%}
""",
    "go_type": """
{%- macro go_type(t) -%}
  {{- t if t is string else t[0] if t|length == 1 else '[' ~ t|join(' ') ~ ']' if t else '' -}}
{%- endmacro -%}
""",
    "go_typescript": """
{%- macro go_typescript(p) -%}
  {%- set names = {'string': 'string', 'number': 'number', 'integer': 'number', 'boolean': 'boolean',
                   'array': 'any[]', 'object': 'Record<string, any>', 'null': 'null'} -%}
  {%- if p['anyOf'] -%}
    {%- for q in p['anyOf'] -%}
      {{- ('' if loop.first else ' | ') ~ go_typescript(q) -}}
    {%- endfor -%}
  {%- elif not p['type'] -%}
    {{- 'any' -}}
  {%- else -%}
    {%- for t in ([p['type']] if p['type'] is string else p['type']) -%}
      {{- ('' if loop.first else ' | ') ~ (names.get(t) or 'any') -}}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}
""",
    "go_property": """
{%- macro go_property(p) -%}
  {{- '{[' -}}
  {%- for q in p['anyOf'] or [] -%}
    {{- ('' if loop.first else ' ') ~ go_property(q) -}}
  {%- endfor -%}
  {{- '] ' ~ go_type(p['type'] or []) ~ ' ' ~ go_any(p.get('items')) ~ ' ' ~ (p['description'] or '') -}}
  {{- ' ' ~ go_any(p['enum'] or []) -}}
  {{- ' 0xc000000000 ' if p['properties'] is mapping else ' <nil> ' -}}
  {{- go_any(p['required'] or []) ~ '}' -}}
{%- endmacro -%}
""",
    "go_parameters": """
{%- macro go_parameters(p) -%}
  {{- '{' ~ (p['type'] or '') ~ ' ' ~ go_any(p.get('$defs')) ~ ' ' ~ go_any(p.get('items')) -}}
  {{- ' ' ~ go_any(p['required'] or []) ~ ' ' ~ go_json_properties(p['properties'] or {}) ~ '}' -}}
{%- endmacro -%}
""",
    "go_function": """
{%- macro go_function(f) -%}
  {{- '{' ~ (f['name'] or '') ~ ' ' ~ (f['description'] or '') ~ ' ' ~ go_parameters(f['parameters'] or {}) ~ '}' -}}
{%- endmacro -%}
""",
    "go_called": """
{%- macro go_called(f) -%}
  {{- '{' ~ (f['index'] or 0) ~ ' ' ~ (f['name'] or '') ~ ' ' ~ go_json(f['arguments'] or {}) ~ '}' -}}
{%- endmacro -%}
""",
    "go_call": """
{%- macro go_call(c) -%}
  {{- '{' ~ (c['id'] or '') ~ ' ' ~ go_called(c['function']) ~ '}' -}}
{%- endmacro -%}
""",
    "go_calls": """
{%- macro go_calls(cs) -%}
  {{- '[' -}}
  {%- for c in cs -%}
    {{- ('' if loop.first else ' ') ~ go_call(c) -}}
  {%- endfor -%}
  {{- ']' -}}
{%- endmacro -%}
""",
    # Go prints the addresses of messages in a list, which differ from run to run.
    "go_addresses": """
{%- macro go_addresses(ms) -%}
  {{- '[' -}}
  {%- for m in ms -%}
    {{- ('' if loop.first else ' ') ~ '0xc000000000' -}}
  {%- endfor -%}
  {{- ']' -}}
{%- endmacro -%}
""",
    "go_message": """
{%- macro go_message(m) -%}
  {{- '{' ~ m['role'] ~ ' ' ~ m['content'] ~ ' ' ~ m['thinking'] ~ ' [] ' ~ go_calls(m['tool_calls']) -}}
  {{- ' ' ~ m['tool_name'] ~ ' ' ~ m['tool_call_id'] ~ '}' -}}
{%- endmacro -%}
""",
}


def with_needed(names: set[str]) -> list[str]:
    """Return the lines of macros and of those that they call, in the order of the table."""
    waiting, needed = list(names), set()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(_NAME.findall(MACROS[name]))
    return [line for name, text in MACROS.items() if name in needed for line in text.strip("\n").split("\n")]
