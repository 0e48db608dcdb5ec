"""AWS: `describe-security-groups` and `describe-network-acls`. Start at `read`.

The groups of the text are taken for those of one interface: what any of them allows is allowed. A network ACL keeps no
state, so it is asked about the answers too.
"""

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from sightline.readiness.permit import Direction
from sightline.readiness.ports import LAST, PortSet, port_set
from sightline.readiness.rulesets.line import Action, Line, Ruleset
from sightline.readiness.rulesets.ranges import network
from sightline.readiness.site import Network

Json: TypeAlias = Any
Transport = Literal["tcp", "udp"]


def read(document: Json) -> Ruleset:
    """What the groups let pass, and then the ACLs, of a document that has one or both."""
    acl = _acl(document["NetworkAcls"]) if "NetworkAcls" in document else None
    if "SecurityGroups" not in document:
        assert acl is not None, "whoever calls has looked for one of the two"
        return acl
    lines = [line for group in document["SecurityGroups"] for line in _group_lines(group)]
    return Ruleset(tuple(lines), "block", acl)


def _group_lines(group: Json) -> Iterator[Line]:
    sides: tuple[tuple[str, str, Direction], ...] = (
        ("IpPermissions", "inbound", "inbound"),
        ("IpPermissionsEgress", "outbound", "outbound"),
    )
    for field, said, direction in sides:
        for number, one in enumerate(group.get(field, ()), 1):
            where = f"{said} permission {number} of group {group.get('GroupId', '?')}"
            transports = _transports(str(one["IpProtocol"]))
            ports = _permission_ports(one) if transports != _ANY else None
            remotes = [network(each["CidrIp"]) for each in one.get("IpRanges", ())]
            remotes += [network(each["CidrIpv6"]) for each in one.get("Ipv6Ranges", ())]
            for transport in transports:
                if remotes:
                    yield Line(where, "allow", direction, None, tuple(remotes), transport, ports)
                for doubt in _elsewhere(one):
                    yield Line(where, "allow", direction, None, None, transport, ports, doubt)


def _elsewhere(one: Json) -> Iterator[str]:
    for each in one.get("PrefixListIds", ()):
        yield f"it names the prefix list {each.get('PrefixListId')}, whose addresses are kept elsewhere"
    for each in one.get("UserIdGroupPairs", ()):
        yield f"it names the members of group {each.get('GroupId')}"


def _permission_ports(one: Json) -> PortSet | None:
    first, last = one.get("FromPort"), one.get("ToPort")
    if first is None or first == -1:
        return None
    return port_set([(max(1, first), last)])


def _acl(acls: Json) -> Ruleset:
    if len(acls) != 1:
        raise ValueError(f"it has {len(acls)} network ACLs; the audit wants the one of the clients' subnet")
    entries = sorted(acls[0]["Entries"], key=lambda entry: int(entry["RuleNumber"]))
    begins = [line for entry in entries for line in _entry(entry, "outbound" if entry["Egress"] else "inbound")]
    # Answers go the other way: out of the subnet for what came in.
    answers = [line for entry in entries for line in _answers(entry, "inbound" if entry["Egress"] else "outbound")]
    return Ruleset(tuple(begins), "block", Ruleset(tuple(answers), "block"))


def _entry(entry: Json, direction: Direction) -> Iterator[Line]:
    for transport in _transports(str(entry["Protocol"])):
        yield Line(_where(entry), _action(entry), direction, None, (_network(entry),), transport, _entry_ports(entry))


def _answers(entry: Json, direction: Direction) -> Iterator[Line]:
    ports = _entry_ports(entry)
    if ports is not None and not ports & _EPHEMERAL:
        return
    doubt = ""
    if ports is not None and _EPHEMERAL - ports:
        doubt = f"answers come to any port above 1023, and it is for {ports}"
    for transport in _transports(str(entry["Protocol"])):
        yield Line(
            f"{_where(entry)}, for answers", _action(entry), direction, None, (_network(entry),), transport, None, doubt
        )


def _where(entry: Json) -> str:
    number = "*" if entry["RuleNumber"] == _LAST_RULE else entry["RuleNumber"]
    return f"{'outbound' if entry['Egress'] else 'inbound'} rule {number} of the network ACL"


def _action(entry: Json) -> Action:
    return "allow" if entry["RuleAction"] == "allow" else "block"


def _network(entry: Json) -> Network:
    return network(entry.get("CidrBlock") or entry["Ipv6CidrBlock"])


def _entry_ports(entry: Json) -> PortSet | None:
    found = entry.get("PortRange")
    if not found or str(entry["Protocol"]) == "-1":
        return None
    return port_set([(max(1, found["From"]), found["To"])])


def _transports(protocol: str) -> tuple[Transport | None, ...]:
    known: dict[str, tuple[Transport | None, ...]] = {
        "-1": _ANY, "all": _ANY, "tcp": ("tcp",), "6": ("tcp",), "udp": ("udp",), "17": ("udp",)
    }  # fmt: skip
    return known.get(protocol, ())


_ANY: tuple[Transport | None, ...] = (None,)
_EPHEMERAL = port_set([(1024, LAST)])  # what AWS advises to open for answers
_LAST_RULE = 32767  # AWS's number of the rule that it shows as *
