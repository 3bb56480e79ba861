"""Macros for numbers, widths, slices of texts and dates, which engines write in different ways or lack."""

MACROS = {
    # Go's %v of a float64, or with ``json`` its JSON. Engines print numbers in different ways, some with six digits,
    # so this looks for the shortest decimal itself: whole numbers over a power of ten. What needs more than 15
    # digits is left to the engine. ``n`` has them, ``n.e`` is the place of the first one.
    "go_number": """
{%- macro go_number(v, json=false) -%}
  {%- set n = namespace(a=v if v >= 0 else 0 - v, q=1, p=0, text='', e=0) -%}
  {%- if n.a < 1000000 and n.a == n.a|int -%}
    {{- ('-' if v < 0 else '') ~ n.a|int -}}
  {%- else -%}
    {%- if n.a == n.a|int and n.a < 9007199254740992 -%}
      {%- set n.text = n.a|int|string -%}
    {%- endif -%}
    {%- for i in range(18) -%}
      {%- if n.text == '' and n.a * n.q < 1000000000000000 -%}
        {%- if (n.a * n.q + 0.5)|int / n.q == n.a -%}
          {%- set n.text = (n.a * n.q + 0.5)|int|string -%}
          {%- set n.p = i -%}
        {%- endif -%}
        {%- set n.q = n.q * 10 -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if n.text != '' -%}
      {%- set n.e = n.text|length - 1 - n.p -%}
    {%- else -%}
      {%- set halves = (n.a|float|string).split('e') -%}
      {%- set parts = halves[0].split('.') -%}
      {%- set n.text = parts[0] ~ (parts[1] if parts|length > 1 else '') -%}
      {%- set n.e = parts[0]|length - 1 + (halves[1]|int if halves|length > 1 else 0) -%}
      {%- if parts[0] == '0' -%}
        {%- set n.text = parts[1].lstrip('0') -%}
        {%- set n.e = n.text|length - parts[1]|length - 1 -%}
      {%- endif -%}
    {%- endif -%}
    {%- set d = n.text.rstrip('0') -%}
    {{- '-' if v < 0 else '' -}}
    {%- if n.e >= (0 - 6 if json else 0 - 4) and n.e < (21 if json else 6) -%}
      {%- if n.e < 0 -%}
        {{- '0.' ~ '0' * (0 - n.e - 1) ~ d -}}
      {%- elif d|length <= n.e + 1 -%}
        {{- d ~ '0' * (n.e + 1 - d|length) -}}
      {%- else -%}
        {{- d[:n.e + 1] ~ '.' ~ d[n.e + 1:] -}}
      {%- endif -%}
    {%- else -%}
      {%- set e = n.e if n.e >= 0 else 0 - n.e -%}
      {{- d[:1] ~ ('.' ~ d[1:] if d|length > 1 else '') ~ 'e' ~ ('-' if n.e < 0 else '+') -}}
      {{- ('0' if e < 10 and not json else '') ~ e -}}
    {%- endif -%}
  {%- endif -%}
{%- endmacro -%}
""",
    # What ``%-8s`` and ``%8s`` write: Go counts characters, and an engine that counts bytes must leave out those
    # that go on with one (0x80 to 0xbf; here they are taken out of two letters).
    "go_width": """
{%- macro go_width(s, width) -%}
  {%- set n = namespace(left=width - s|length) -%}
  {%- if 'é'|length == 2 -%}
    {%- for i in range(s|length) -%}
      {%- if s[i] is ge('À'[1:]) and s[i] is lt('Â'[:1]) -%}
        {%- set n.left = n.left + 1 -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{- ' ' * n.left -}}
{%- endmacro -%}
""",
    "go_left": """
{%- macro go_left(s, width) -%}
  {{- s ~ go_width(s, width) -}}
{%- endmacro -%}
""",
    "go_right": """
{%- macro go_right(s, width) -%}
  {{- go_width(s, width) ~ s -}}
{%- endmacro -%}
""",
    # A slice of a text counts bytes; each byte of a character that is cut through is no character any more.
    "go_slice": """
{%- macro go_slice(s, start, end) -%}
  {%- set at = namespace(first=0, last=0) -%}
  {%- for c in s|list -%}
    {%- set u = c|urlencode -%}
    {%- set at.last = at.first + u|length - 2 * u.count('%') -%}
    {%- if at.first >= start and (end is none or at.last <= end) -%}
      {{- c -}}
    {%- else -%}
      {%- for i in range(at.first, at.last) -%}
        {{- '\ufffd' if i >= start and (end is none or i < end) else '' -}}
      {%- endfor -%}
    {%- endif -%}
    {%- set at.first = at.last -%}
  {%- endfor -%}
{%- endmacro -%}
""",
    "go_yesterday": """
{%- macro go_yesterday(today) -%}
  {%- set t = namespace(y=today[:4]|int, m=today[5:7]|int, d=today[8:]|int - 1) -%}
  {%- if t.d == 0 -%}
    {%- set t.m = t.m - 1 if t.m > 1 else 12 -%}
    {%- set t.y = t.y - 1 if t.m == 12 else t.y -%}
    {%- set leap = t.y % 4 == 0 and (t.y % 100 != 0 or t.y % 400 == 0) -%}
    {%- set t.d = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][t.m - 1] -%}
  {%- endif -%}
  {{- t.y ~ ('-0' if t.m < 10 else '-') ~ t.m ~ ('-0' if t.d < 10 else '-') ~ t.d -}}
{%- endmacro -%}
""",
}
