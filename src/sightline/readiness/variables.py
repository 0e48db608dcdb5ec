"""A manifest with its variables filled in. Start at `fill`; `assigned` reads what a command line gives."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import msgspec

from sightline.errors import RefusedError
from sightline.readiness.consistency import inconsistencies
from sightline.readiness.manifest import Believed, Endpoint, Manifest, Ports, Requirement, Variable
from sightline.readiness.ports import parse_ports
from sightline.readiness.problem import shown


def assigned(texts: Iterable[str]) -> dict[str, str]:
    """What `name=value`, each time the flag `--set` is given, says. Raises RefusedError."""
    found: dict[str, str] = {}
    for text in texts:
        name, is_given, value = text.partition("=")
        if not is_given or not name.strip():
            raise _refused(f'"{shown(text)}" sets nothing', "Write name=value.")
        if name.strip() in found:
            raise _refused(f"{shown(name.strip())} is set twice", "")
        found[name.strip()] = value.strip()
    return found


def fill(manifest: Manifest, values: Mapping[str, str]) -> Manifest:
    """The manifest with the values in place of the variables, which then are gone. What has no value stays a variable,
    so that no rule is made of it. Raises RefusedError for a value that the variable may not take."""
    if not values:
        return manifest
    variables = {one.name: one for one in manifest.variables}
    for name, value in values.items():
        if name not in variables:
            raise _unknown(name, variables, manifest)
        _check(variables[name], value)
    kinds = {name: _true_form(variables[name], value) for name, value in values.items()}
    filled = msgspec.structs.replace(
        manifest,
        variables=tuple(one for one in manifest.variables if one.name not in values),
        requirements=tuple(_requirement(one, kinds) for one in manifest.requirements),
    )
    # Each value is sound by itself; a name can still become too long by it, or a set name one port twice.
    if problem := next(inconsistencies(filled, manifest.service), None):
        raise _refused(f"{problem.place} {problem.what}".strip(), "Another value is needed.")
    return filled


def unfilled(requirement: Requirement) -> tuple[str, ...]:
    """The variables that still stand in the requirement."""
    texts = [text for one in requirement.endpoints for text in (one.text, *(each.text for each in one.believed))]
    texts += [one.set for one in requirement.ports]
    return tuple(dict.fromkeys(name for text in texts for name in re.findall(_VARIABLE, text)))


def _check(variable: Variable, value: str) -> None:
    name = variable.name
    where = variable.where or variable.title
    if variable.allowed and value not in variable.allowed:
        raise _refused(f'{name} cannot be "{shown(value)}"', f"It may be: {shown(', '.join(variable.allowed))}.")
    match variable.kind:
        case "label":
            # RFC 1123 §2.1. No *, no dot: a label of a name is one name, never more than the article opens.
            if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", value, re.ASCII | re.IGNORECASE):
                raise _refused(f'{name} must be one label of a host name, not "{shown(value)}"', where)
        case "port" | "ports":
            try:
                ports = parse_ports(value)
            except ValueError as error:
                raise _refused(f"{name}: {shown(str(error))}", where) from error
            if variable.kind == "port" and ports.size != 1:
                raise _refused(f'{name} must be one port, not "{shown(value)}"', where)


def _true_form(variable: Variable, value: str) -> str:
    return value.lower() if variable.kind == "label" else str(parse_ports(value))


def _requirement(one: Requirement, values: Mapping[str, str]) -> Requirement:
    return msgspec.structs.replace(
        one,
        endpoints=tuple(_endpoint(each, values) for each in one.endpoints),
        ports=tuple(_ports(each, values) for each in one.ports),
    )


def _endpoint(one: Endpoint, values: Mapping[str, str]) -> Endpoint:
    if one.kind not in ("name", "wildcard", "damaged"):
        return one
    believed = tuple(_believed(each, values) for each in one.believed)
    # A damaged text is a quotation, which nothing may change.
    text = one.text if one.kind == "damaged" else _with(one.text, values)
    return msgspec.structs.replace(one, text=text, believed=believed)


def _believed(one: Believed, values: Mapping[str, str]) -> Believed:
    return msgspec.structs.replace(one, text=_with(one.text, values))


def _ports(one: Ports, values: Mapping[str, str]) -> Ports:
    return msgspec.structs.replace(one, set=_with(one.set, values))


def _with(text: str, values: Mapping[str, str]) -> str:
    return re.sub(_VARIABLE, lambda found: values.get(found[1], found[0]), text)


def _unknown(name: str, variables: Mapping[str, Variable], manifest: Manifest) -> RefusedError:
    if not variables:
        return _refused(f"{manifest.title} has no variables", "Leave out --set.")
    meant = get_close_matches(name, variables, n=1)
    hint = f"Did you mean {meant[0]}?" if meant else f"There are: {', '.join(variables)}."
    return _refused(f'{manifest.title} has no variable "{shown(name)}"', hint)


def _refused(what: str, hint: str) -> RefusedError:
    return RefusedError("bad-variable", f"{what}.", hint=hint)


_VARIABLE = r"\$\{([a-z][a-z0-9_]{0,31})\}"
