"""Macros that print values as Go's ``%v`` and ``%s`` do."""

MACROS = {
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
    # How a call is written: as ``%v`` does, as ``%s`` does, or inside of a mistake, where no method is asked.
    "go_called": """
{%- macro go_called(f, style='v') -%}
  {{- '{' ~ ('%!s(int=' if style == 's' else '') ~ (f['index'] or 0) ~ (') ' if style == 's' else ' ') -}}
  {{- (f['name'] or '') ~ ' ' -}}
  {{- go_any(f['arguments'] or {}) if style == 'mistake' else go_arguments(f['arguments'] or {}) -}}
  {{- '}' -}}
{%- endmacro -%}
""",
    "go_call": """
{%- macro go_call(c, style='v') -%}
  {{- '{' ~ (c['id'] or '') ~ ' ' ~ go_called(c['function'] or {}, style) ~ '}' -}}
{%- endmacro -%}
""",
    "go_calls": """
{%- macro go_calls(cs, style='v') -%}
  {{- '[' -}}
  {%- for c in cs -%}
    {{- ('' if loop.first else ' ') ~ go_call(c, style) -}}
  {%- endfor -%}
  {{- ']' -}}
{%- endmacro -%}
""",
    "go_called_s": """
{%- macro go_called_s(f) -%}
  {{- go_called(f, 's') -}}
{%- endmacro -%}
""",
    "go_call_s": """
{%- macro go_call_s(c) -%}
  {{- go_call(c, 's') -}}
{%- endmacro -%}
""",
    "go_calls_s": """
{%- macro go_calls_s(cs) -%}
  {{- go_calls(cs, 's') -}}
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
{%- macro go_message(m, style='v') -%}
  {{- '{' ~ m['role'] ~ ' ' ~ m['content'] ~ ' ' ~ m['thinking'] ~ ' [] ' ~ go_calls(m['tool_calls'], style) -}}
  {{- ' ' ~ m['tool_name'] ~ ' ' ~ m['tool_call_id'] ~ '}' -}}
{%- endmacro -%}
""",
    "go_messages_s": """
{%- macro go_messages_s(ms) -%}
  {{- '[' -}}
  {%- for m in ms -%}
    {{- ('' if loop.first else ' ') ~ '%!s(*template.templateMessage=&' ~ go_message(m, 'mistake') ~ ')' -}}
  {%- endfor -%}
  {{- ']' -}}
{%- endmacro -%}
""",
    "go_any_s": """
{%- macro go_any_s(v) -%}
  {%- if v is undefined or v is none -%}
    {{- '<nil>' -}}
  {%- elif v is string -%}
    {{- v -}}
  {%- elif v is sameas true -%}
    {{- '%!s(bool=true)' -}}
  {%- elif v is sameas false -%}
    {{- '%!s(bool=false)' -}}
  {%- elif v is number -%}
    {{- '%!s(float64=' ~ go_number(v) ~ ')' -}}
  {%- elif v is mapping -%}
    {{- 'map[' -}}
    {%- for k, x in v|dictsort(true) -%}
      {{- ('' if loop.first else ' ') ~ k ~ ':' ~ go_any_s(x) -}}
    {%- endfor -%}
    {{- ']' -}}
  {%- else -%}
    {{- '[' -}}
    {%- for x in v -%}
      {{- ('' if loop.first else ' ') ~ go_any_s(x) -}}
    {%- endfor -%}
    {{- ']' -}}
  {%- endif -%}
{%- endmacro -%}
""",
}
