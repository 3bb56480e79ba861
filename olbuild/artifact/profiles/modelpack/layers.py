"""Sort the layers of an artifact of olbuild's by role, and refuse every one that is not as it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.artifact.profiles.modelpack.compiled import check_compiler, check_own_annotations
from olbuild.artifact.profiles.paths import check_path, check_unique
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError
from olbuild.core.names import Role
from olbuild.core.records import Frozen
from olbuild.core.scale import format_scale, parse_scale

_ORDER: Mapping[Role | None, int] = {role: index for index, role in enumerate(words.PLACES)}


class Layers(Frozen, kw_only=True):
    """Layers by role, each group in the order of the manifest; ``extras`` have no role."""

    by_role: Mapping[Role, tuple[Descriptor, ...]]
    extras: tuple[Descriptor, ...]

    def of(self, role: Role) -> tuple[Descriptor, ...]:
        """Return the layers of a role."""
        return self.by_role.get(role, ())


def sort_layers(layers: Sequence[Descriptor], where: str) -> Layers:
    """Sort the layers of a manifest; ``where`` names it in errors.

    Raises:
        FormatError: if a role is unknown, a layer is of the wrong type, has another title than its role gives it, a
            path that is unsafe or stands twice, an annotation of the format that does not belong there, or stands
            before a layer that belongs before it.
    """
    groups: dict[Role, list[Descriptor]] = {}
    extras: list[Descriptor] = []
    paths: list[str] = []
    before: Role | None = Role.WEIGHTS
    for index, layer in enumerate(layers):
        place = f"{where}: layers[{index}]"
        path = check_layer_path(layer, place)
        if path is not None:
            paths.append(path)
        role = layer_role(layer, place)
        check_order(before, role, place)
        before = role
        if role is None:
            extras.append(layer)
        else:
            groups.setdefault(role, []).append(layer)
    check_unique(paths, where)
    for role, group in groups.items():
        check_titles(role, group, where)
    sorted_layers = Layers(by_role={role: tuple(group) for role, group in groups.items()}, extras=tuple(extras))
    template, jinja = (next(iter(sorted_layers.of(role)), None) for role in (Role.TEMPLATE, Role.TEMPLATE_JINJA))
    check_compiler(template, jinja, where)
    return sorted_layers


def check_order(before: Role | None, role: Role | None, where: str) -> None:
    """Check that a layer may stand behind one of the role ``before``; extras, which have none, are the last.

    Raises:
        FormatError: if it belongs before it.
    """
    if _ORDER.get(role, len(_ORDER)) < _ORDER.get(before, len(_ORDER)):
        raise FormatError(f"{where} ({role}) is not in its place: the order of roles is fixed")


def layer_role(layer: Descriptor, where: str) -> Role | None:
    """Return the role of a layer, ``None`` of an extra, after checking its annotations.

    Raises:
        FormatError: if the role is unknown, the media type not that of the role, or an annotation does not belong.
    """
    stated = layer.annotations.get(words.ROLE)
    if stated is None:
        refuse_own(layer, where)
        return None
    role = next((role for role in words.PLACES if role.value == stated), None)
    if role is None:
        raise FormatError(f"{where} has the unknown role {stated[:100]!r}", hint="it was made by a newer olbuild")
    media_type = words.PLACES[role].media_type
    if layer.media_type != media_type:
        raise FormatError(f"{where} ({role}) is of the type {layer.media_type[:100]!r} and not {media_type.value!r}")
    check_own_annotations(role, layer, where)
    return role


def layer_scale(layer: Descriptor, where: str) -> float | None:
    """Return the scale of an adapter; ``None`` if it has none, which means 1.

    Raises:
        FormatError: if it is not written in its one form.
    """
    text = layer.annotations.get(words.SCALE)
    if text is None:
        return None
    try:
        scale = parse_scale(text)
    except ValueError as error:
        raise FormatError(f"{where}: {words.SCALE} is {text[:100]!r}, and cannot be: {error}") from None
    if scale == 1 or format_scale(scale) != text:
        raise FormatError(f"{where}: {words.SCALE} is {text!r}, and cannot be: it is not in its one form")
    return scale


def refuse_own(layer: Descriptor, where: str) -> None:
    """Refuse a layer without a role that has annotations of the format all the same.

    Raises:
        FormatError: if it has one.
    """
    if any(key.startswith(words.OWN) for key in layer.annotations):
        raise FormatError(f"{where} has annotations of olbuild's and no {words.ROLE}")


def check_layer_path(layer: Descriptor, where: str) -> str | None:
    """Return ``layer_path``, after checking every annotation that a tool could take for the path.

    Raises:
        FormatError: if one of them is unsafe.
    """
    for key in (words.FILEPATH, words.TITLE):
        if key in layer.annotations:
            check_path(layer.annotations[key], f"{where}: {key}")
    return layer_path(layer)


def layer_path(layer: Descriptor) -> str | None:
    """Return where a layer is unpacked to; one without a path is not unpacked."""
    return layer.annotations.get(words.FILEPATH, layer.annotations.get(words.TITLE))


def check_titles(role: Role, layers: Sequence[Descriptor], where: str) -> None:
    """Check that the layers of a role are as many as it allows, and called as it says.

    Raises:
        FormatError: if they are not.
    """
    place = words.PLACES[role]
    if len(layers) > 1 and not place.repeats:
        raise FormatError(f"{where} has {len(layers)} layers of the role {role}, and one is allowed")
    for index, layer in enumerate(layers):
        title = place.title(index, len(layers))
        if layer.annotations.get(words.TITLE) != title or layer.annotations.get(words.FILEPATH) != title:
            raise FormatError(
                f"{where}: layer {index + 1} of {len(layers)} of the role {role} is not called {title!r}",
                hint="titles follow from roles; the layers may be out of order",
            )
