"""What the parts of a manifest must agree on: ids, references, sound hosts and ports, a source for every field."""

import re
from collections.abc import Iterable, Iterator

from sightline.readiness.manifest import Believed, Endpoint, Manifest, Ports, Requirement, Variable
from sightline.readiness.names import address_fault, host_fault, prefix_fault, wildcard_fault
from sightline.readiness.ports import parse_ports
from sightline.readiness.problem import Problem, shown


def inconsistencies(manifest: Manifest, file: str) -> Iterator[Problem]:
    """Every disagreement."""
    for place, what, hint in _everything(manifest):
        yield Problem(file, place, what, hint)


Fault = tuple[str, str, str]


def _everything(manifest: Manifest) -> Iterator[Fault]:
    yield from _doubled("requirements", (one.id for one in manifest.requirements))
    yield from _doubled("parties", (one.id for one in manifest.parties))
    yield from _doubled("zones", (one.id for one in manifest.zones))
    yield from _doubled("variables", (one.name for one in manifest.variables))
    yield from _doubled("notes", (one.id for one in manifest.notes))
    yield from _doubled("documents", (one.id for one in manifest.documents))
    yield from _references(manifest)
    yield from _variables(manifest)
    yield from _sourced(manifest, ("service", "title", "version", "effective"), "")
    for one in manifest.requirements:
        place = f"requirement {one.id}:"
        yield from _requirement(one, manifest, place)
        yield from _sourced(one, _SOURCED, place)
    yield from _groups(manifest)


def _requirement(one: Requirement, manifest: Manifest, place: str) -> Iterator[Fault]:
    variables = {variable.name: variable for variable in manifest.variables}
    for number, endpoint in enumerate(one.endpoints):
        yield from _endpoint(endpoint, f"{place} endpoints[{number}]", variables)
        for inner, believed in enumerate(endpoint.believed):
            yield from _endpoint(believed, f"{place} endpoints[{number}].believed[{inner}]", variables)
    for number, ports in enumerate(one.ports):
        yield from _ports(ports, f"{place} ports[{number}].set", variables)
    if one.lost and one.necessity != "optional":
        yield f"{place} lost", f"is for optional requirements; this one is {one.necessity}", "Use symptoms."
    if one.necessity == "optional" and not one.lost:
        yield place, "is optional and does not say what is lost without it", "Set lost."
    if bool(one.any_of) != (one.preference is not None):
        yield place, "needs any_of and preference together", "preference = 1 is tried first."


def _endpoint(one: Endpoint | Believed, place: str, variables: dict[str, Variable]) -> Iterator[Fault]:
    text = one.text
    if (one.kind == "wildcard") != (one.match is not None):
        hint = "A wildcard means different things to different firewalls: say one_label, subtree or subtree_and_apex."
        yield f"{place}.match", "belongs to wildcards, and every wildcard needs it", hint
    if isinstance(one, Endpoint) and (one.believed or one.confirmed) and one.kind not in _READ:
        yield place, "has something believed or confirmed without being damaged or unconfirmed", "Change its kind."
    if isinstance(one, Endpoint) and one.confirmed and not one.believed:
        yield f"{place}.confirmed", "confirms nothing, as nothing is believed", ""
    if isinstance(one, Endpoint) and one.kind == "unconfirmed" and not one.believed:
        yield f"{place}.believed", "is missing: an unconfirmed text is one that was read as something", ""
    if isinstance(one, Believed) and one.kind in (*_READ, "missing"):
        yield f"{place}.kind", f"cannot be {one.kind}: a reading says what is meant", ""
    for name in re.findall(_VARIABLE, text) if one.kind not in (*_READ, "missing") else ():  # those are quotations
        if one.kind not in ("name", "wildcard") or name not in variables or variables[name].kind != "label":
            yield f"{place}.text", f"uses ${{{name}}}, which is no variable of kind label", ""
    # Any label will do to see whether the rest is sound.
    plain = re.sub(_VARIABLE, "x", text)
    fault = {"name": host_fault, "wildcard": wildcard_fault, "address": address_fault, "prefix": prefix_fault}
    if one.kind in fault and (found := fault[one.kind](plain)):
        yield f"{place}.text", f"is no {one.kind}: {shown(found.why)}", 'Keep damaged text as kind = "damaged".'


def _ports(one: Ports, place: str, variables: dict[str, Variable]) -> Iterator[Fault]:
    if found := re.fullmatch(_VARIABLE, one.set):
        if found[1] not in variables or variables[found[1]].kind == "label":
            yield place, f"uses {one.set}, which is no variable of kind port or ports", ""
    elif one.set:
        try:
            parse_ports(one.set)
        except ValueError as error:
            yield place, f"is no set of ports: {shown(str(error))}", ""


def _references(manifest: Manifest) -> Iterator[Fault]:
    parties = {one.id for one in manifest.parties}
    zones = {one.id for one in manifest.zones}
    requirements = {one.id for one in manifest.requirements}
    documents = {one.id for one in manifest.documents}
    asked = [(f"zones {one.id}: party", one.party, parties) for one in manifest.zones]
    asked += [(f"requirement {one.id}: owner", one.owner, parties) for one in manifest.requirements if one.owner]
    for one in manifest.requirements:
        for flow in one.flows:
            asked += [(f"requirement {one.id}: flows", role, zones) for role in (flow.from_role, flow.to_role)]
        asked += [(f"requirement {one.id}: sources", source.document, documents) for source in one.sources]
    asked += [("sources", source.document, documents) for source in manifest.sources]
    for note in manifest.notes:
        asked += [(f"note {note.id}: requirements", name, requirements) for name in note.requirements]
    asked += [("defects", one.requirement, requirements) for one in manifest.defects if one.requirement]
    asked += [("changes", name, requirements) for one in manifest.changes for name in one.requirements]
    for place, name, known in asked:
        if name not in known:
            yield place, f'names "{shown(name)}", which is not there', f"There are: {', '.join(sorted(known))[:500]}."


def _variables(manifest: Manifest) -> Iterator[Fault]:
    endpoints = [one for req in manifest.requirements for one in req.endpoints]
    texts = [text for one in endpoints for text in (one.text, *(each.text for each in one.believed))]
    texts += [one.set for req in manifest.requirements for one in req.ports]
    used = {name for text in texts for name in re.findall(_VARIABLE, text)}
    for one in manifest.variables:
        if one.name not in used:
            yield f"variable {one.name}", "is used by no requirement", ""


def _sourced(one: Manifest | Requirement, fields: tuple[str, ...], place: str) -> Iterator[Fault]:
    named: dict[str, set[int | None]] = {}
    for text in (text for source in one.sources for text in source.fields):
        field, index = source_field(text)
        value = getattr(one, field, None) if field in one.__struct_fields__ else None
        if value is None or (index is not None and (not isinstance(value, tuple) or index >= len(value))):
            yield f"{place} sources".strip(), f'names the field "{shown(text)}", which there is not', ""
        named.setdefault(field, set()).add(index)
    for field in fields:
        value, got = getattr(one, field), named.get(field, set())
        # A value that the article merely does not give needs no quote; what it promises and lacks has state missing.
        if value not in _UNSET and None not in got and (not got or got != set(range(len(value)))):
            yield f"{place} {field}".strip(), "has no source", "Quote its line in sources, or leave it out."


def source_field(text: str) -> tuple[str, int | None]:
    """`("ports", 1)` of `ports[1]`; `("ports", None)` of `ports`."""
    found = re.fullmatch(r"([a-z_]+)\[([0-9]{1,6})\]", text, re.ASCII)
    return (found[1], int(found[2])) if found else (text, None)


def _groups(manifest: Manifest) -> Iterator[Fault]:
    seen: set[tuple[str, int | None]] = set()
    for one in manifest.requirements:
        if one.any_of and (one.any_of, one.preference) in seen:
            yield f"requirement {one.id}: preference", f"{one.preference} is taken in the group {one.any_of}", ""
        seen.add((one.any_of, one.preference))


def _doubled(place: str, names: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield place, f'has two called "{shown(name)}"', ""
        seen.add(name)


_READ = ("unconfirmed", "damaged")
_VARIABLE = r"\$\{([a-z][a-z0-9_]{0,31})\}"
_UNSET: tuple[object, ...] = (None, "", (), "not_said")
_SOURCED = tuple(name for name in Requirement.__struct_fields__ if name not in ("id", "sources"))
