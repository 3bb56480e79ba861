"""Macros that encode values as Go's ``encoding/json`` does."""

MACROS = {
    # A text as Go writes it in JSON, with its escapes of ``<``, ``>``, ``&`` and the two line separators.
    "go_text": """
{%- macro go_text(s) -%}
  {{- s|tojson|replace('<', '\\\\u003c')|replace('>', '\\\\u003e')|replace('&', '\\\\u0026')
    |replace('\u2028', '\\\\u2028')|replace('\u2029', '\\\\u2029') -}}
{%- endmacro -%}
""",
    # A number that Go read from JSON is a float, and it writes a whole one without a fraction.
    "go_json": """
{%- macro go_json(v) -%}
  {%- if v is undefined or v is none -%}
    {{- 'null' -}}
  {%- elif v is string -%}
    {{- go_text(v) -}}
  {%- elif v is sameas true -%}
    {{- 'true' -}}
  {%- elif v is sameas false -%}
    {{- 'false' -}}
  {%- elif v is number -%}
    {{- go_number(v, true) -}}
  {%- elif v is mapping -%}
    {{- '{' -}}
    {%- for k, x in v|dictsort(true) -%}
      {{- ('' if loop.first else ',') ~ go_text(k) ~ ':' ~ go_json(x) -}}
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
    {%- set j.all = j.all + ['"type":' ~ go_text(p['type'])] -%}
  {%- elif p['type'] -%}
    {%- set j.all = j.all + ['"type":' ~ go_json(p['type'][0] if p['type']|length == 1 else p['type'])] -%}
  {%- endif -%}
  {%- if p.get('items') is not none -%}
    {%- set j.all = j.all + ['"items":' ~ go_json(p.get('items'))] -%}
  {%- endif -%}
  {%- if p['description'] -%}
    {%- set j.all = j.all + ['"description":' ~ go_text(p['description'])] -%}
  {%- endif -%}
  {%- if p['enum'] -%}
    {%- set j.all = j.all + ['"enum":' ~ go_json(p['enum'])] -%}
  {%- endif -%}
  {%- if p['properties'] is mapping -%}
    {%- set j.all = j.all + ['"properties":' ~ go_json_nested(p['properties'])] -%}
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
    {%- set j.all = j.all + [go_text(k) ~ ':' ~ go_json_property(p)] -%}
  {%- endfor -%}
  {{- '{' ~ j.all|join(',') ~ '}' -}}
{%- endmacro -%}
""",
    # Properties inside of a property keep their order.
    "go_json_nested": """
{%- macro go_json_nested(ps) -%}
  {%- set j = namespace(all=[]) -%}
  {%- for k, p in ps.items() -%}
    {%- set j.all = j.all + [go_text(k) ~ ':' ~ go_json_property(p)] -%}
  {%- endfor -%}
  {{- '{' ~ j.all|join(',') ~ '}' -}}
{%- endmacro -%}
""",
    "go_json_parameters": """
{%- macro go_json_parameters(p) -%}
  {{- '{"type":' ~ go_text(p['type'] or '') -}}
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
  {{- '{"name":' ~ go_text(f['name'] or '') ~ ',"description":' ~ go_text(f['description'] or '') -}}
  {{- ',"parameters":' ~ go_json_parameters(f['parameters'] or {}) ~ '}' -}}
{%- endmacro -%}
""",
    "go_json_tool": """
{%- macro go_json_tool(t) -%}
  {{- '{"type":' ~ go_text(t['type'] or '') -}}
  {{- ',"items":' ~ go_json(t.get('items')) if t.get('items') is not none else '' -}}
  {{- ',"function":' ~ go_json_function(t['function'] or {}) ~ '}' -}}
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
    # The arguments of a call; a client may give them as the text that the model wrote.
    "go_arguments": """
{%- macro go_arguments(a) -%}
  {{- a if a is string else go_json(a) -}}
{%- endmacro -%}
""",
    "go_json_called": """
{%- macro go_json_called(f) -%}
  {{- '{"Index":' ~ (f['index'] or 0) ~ ',"Name":' ~ go_text(f['name'] or '') ~ ',"Arguments":' -}}
  {{- go_arguments(f['arguments']) ~ '}' -}}
{%- endmacro -%}
""",
    "go_json_call": """
{%- macro go_json_call(c) -%}
  {{- '{"ID":' ~ go_text(c['id'] or '') ~ ',"Function":' ~ go_json_called(c['function'] or {}) ~ '}' -}}
{%- endmacro -%}
""",
    "go_json_calls": """
{%- macro go_json_calls(cs) -%}
  {{- '[' if cs else 'null' -}}
  {%- for c in cs -%}
    {{- ('' if loop.first else ',') ~ go_json_call(c) -}}
  {%- endfor -%}
  {{- ']' if cs else '' -}}
{%- endmacro -%}
""",
    "go_json_message": """
{%- macro go_json_message(m) -%}
  {{- '{"Role":' ~ go_text(m['role']) ~ ',"Content":' ~ go_text(m['content']) -}}
  {{- ',"Thinking":' ~ go_text(m['thinking']) ~ ',"Images":' ~ (go_json(m['images']) if m['images'] else 'null') -}}
  {{- ',"ToolCalls":' ~ go_json_calls(m['tool_calls']) ~ ',"ToolName":' ~ go_text(m['tool_name']) -}}
  {{- ',"ToolCallID":' ~ go_text(m['tool_call_id']) ~ '}' -}}
{%- endmacro -%}
""",
    "go_json_messages": """
{%- macro go_json_messages(ms) -%}
  {{- '[' if ms else 'null' -}}
  {%- for m in ms -%}
    {{- ('' if loop.first else ',') ~ go_json_message(m) -}}
  {%- endfor -%}
  {{- ']' if ms else '' -}}
{%- endmacro -%}
""",
}
