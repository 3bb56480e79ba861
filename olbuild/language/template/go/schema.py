"""The types that Ollama gives to a template (template/template.go and api/types.go), made from plain JSON.

Go drops keys that its types lack, and adds empty values for those that are missing; so do these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from olbuild.language.template.go.values import (
    Map,
    Member,
    Nil,
    Slice,
    Struct,
    StructType,
    Value,
    from_json,
)

Plain = Mapping[str, object]


def _type(name: str, *members: str) -> StructType:
    """Make a type.

    A member is written ``Name``, ``Name=key``, ``Name=key?`` (left out of JSON when empty), or ``Name=key??`` (the same
    for one that may hold anything).
    """
    made = []
    for member in members:
        field, _, key = member.partition("=")
        made.append(Member(field, key.rstrip("?") or field, key.endswith("?"), key.endswith("??")))
    return StructType(name, tuple(made))


MESSAGE = _type(
    "template.templateMessage", "Role", "Content", "Thinking", "Images", "ToolCalls", "ToolName", "ToolCallID"
)
TOOL_CALL = _type("template.templateToolCall", "ID", "Function")
TOOL_CALL_FUNCTION = _type("template.templateToolCallFunction", "Index", "Name", "Arguments")
TOOL = _type("template.templateTool", "Type=type", "Items=items??", "Function=function")
TOOL_FUNCTION = _type("template.templateToolFunction", "Name=name", "Description=description", "Parameters=parameters")
PARAMETERS = _type(
    "template.templateToolFunctionParameters",
    "Type=type",
    "Defs=$defs??",
    "Items=items??",
    "Required=required?",
    "Properties=properties",
)
PROPERTY = _type(
    "api.ToolProperty",
    "AnyOf=anyOf?",
    "Type=type?",
    "Items=items??",
    "Description=description?",
    "Enum=enum?",
    "Properties=properties?",
    "Required=required?",
)
PROPERTIES = StructType("api.ToolPropertiesMap", (Member("om", "om"),))

MESSAGES_TYPE = "[]*template.templateMessage"
TOOLS_TYPE = "template.templateTools"
ARGUMENTS_TYPE = "template.templateArgs"
PROPERTY_MAP_TYPE = "template.templateProperties"
PROPERTY_TYPE_TYPE = "api.PropertyType"
IMAGE_TYPE = "api.ImageData"
_STRINGS = "[]string"
_IMAGES_TYPE = f"[]{IMAGE_TYPE}"
_CALLS_TYPE = "[]template.templateToolCall"
_NO_IMAGES = Slice(_IMAGES_TYPE, None)
_NO_CALLS = Slice(_CALLS_TYPE, None)


def message(plain: Plain) -> Struct:
    """Return a message. Keys: role, content, thinking, images (bytes), tool_calls, tool_name, tool_call_id."""
    images, calls = plain.get("images"), plain.get("tool_calls")
    values: dict[str, Value] = {
        "Role": _text(plain.get("role")).lower(),
        "Content": _text(plain.get("content")),
        "Thinking": _text(plain.get("thinking")),
        "Images": Slice(_IMAGES_TYPE, [_image(image) for image in _list(images)]) if images else _NO_IMAGES,
        "ToolCalls": Slice(_CALLS_TYPE, [_tool_call(_mapping(call)) for call in _list(calls)]) if calls else _NO_CALLS,
        "ToolName": _text(plain.get("tool_name")),
        "ToolCallID": _text(plain.get("tool_call_id")),
    }
    return Struct(MESSAGE, values, pointer=True)


def _tool_call(plain: Plain) -> Struct:
    function = _mapping(plain.get("function"))
    arguments = function.get("arguments")
    index = function.get("index")
    called: dict[str, Value] = {
        "Index": index if isinstance(index, int) else 0,
        "Name": _text(function.get("name")),
        "Arguments": Map(
            ARGUMENTS_TYPE,
            {str(key): from_json(value) for key, value in arguments.items()}
            if isinstance(arguments, Mapping)
            else None,
        ),
    }
    return Struct(TOOL_CALL, {"ID": _text(plain.get("id")), "Function": Struct(TOOL_CALL_FUNCTION, called)})


def tools(plain: Sequence[Plain] | None) -> Slice:
    """Return the tools; None are the nil slice, which prints as ``null``."""
    return Slice(TOOLS_TYPE, None if plain is None else [_tool(tool) for tool in plain])


def _tool(plain: Plain) -> Struct:
    function = _mapping(plain.get("function"))
    parameters = _mapping(function.get("parameters"))
    properties = parameters.get("properties")
    made: dict[str, Value] = {
        "Type": _text(parameters.get("type")),
        "Defs": from_json(parameters.get("$defs")),
        "Items": from_json(parameters.get("items")),
        "Required": _strings(parameters.get("required")),
        "Properties": Map(
            PROPERTY_MAP_TYPE,
            {str(key): _property(_mapping(value)) for key, value in properties.items()}
            if isinstance(properties, Mapping)
            else None,
            zero=_property({}),
        ),
    }
    described: dict[str, Value] = {
        "Name": _text(function.get("name")),
        "Description": _text(function.get("description")),
        "Parameters": Struct(PARAMETERS, made),
    }
    top: dict[str, Value] = {
        "Type": _text(plain.get("type")),
        "Items": from_json(plain.get("items")),
        "Function": Struct(TOOL_FUNCTION, described),
    }
    return Struct(TOOL, top)


def _property(plain: Plain) -> Struct:
    kind = plain.get("type")
    any_of, enum, properties = plain.get("anyOf"), plain.get("enum"), plain.get("properties")
    nested: Value = Nil("*api.ToolPropertiesMap")
    if isinstance(properties, Mapping):
        entries: dict[str, Value] = {str(key): _property(_mapping(value)) for key, value in properties.items()}
        nested = Struct(PROPERTIES, {"om": Map("orderedmap", entries)}, pointer=True)
    values: dict[str, Value] = {
        "AnyOf": Slice(
            "[]api.ToolProperty",
            [_property(_mapping(item)) for item in any_of] if isinstance(any_of, list | tuple) else None,
        ),
        "Type": Slice(PROPERTY_TYPE_TYPE, [kind]) if isinstance(kind, str) else _strings(kind, PROPERTY_TYPE_TYPE),
        "Items": from_json(plain.get("items")),
        "Description": _text(plain.get("description")),
        "Enum": from_json(enum) if isinstance(enum, list | tuple) else Slice("[]interface {}", None),
        "Properties": nested,
        "Required": _strings(plain.get("required")),
    }
    return Struct(PROPERTY, values)


def _strings(value: object, type_: str = _STRINGS) -> Slice:
    return Slice(type_, [_text(item) for item in value] if isinstance(value, list | tuple) else None)


def _image(value: object) -> Slice:
    return Slice(IMAGE_TYPE, list(value) if isinstance(value, bytes) else None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _mapping(value: object) -> Plain:
    return value if isinstance(value, Mapping) else {}
