"""Azure: a network security group, as `az network nsg show` or a template has it. Start at `read`."""

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from sightline.readiness.permit import Direction
from sightline.readiness.ports import LAST, PortSet, port_set
from sightline.readiness.rulesets.line import Action, Line, Ruleset
from sightline.readiness.rulesets.ranges import PUBLIC, as_networks, network
from sightline.readiness.site import Network

Json: TypeAlias = Any
_Side = tuple[tuple[Network, ...] | None, str]


def read(document: Json) -> Ruleset:
    """What the group does, by priority, its default rules last."""
    inner = document.get("properties", document)
    rules = [*inner["securityRules"], *inner.get("defaultSecurityRules", ())]
    flat = [each | each.get("properties", {}) for each in rules]
    ordered = sorted(flat, key=lambda rule: int(rule["priority"]))
    lines = [line for rule in ordered for line in _lines(rule)]
    if not inner.get("defaultSecurityRules"):
        lines += _DEFAULT
    return Ruleset(tuple(lines), "block")


def _lines(rule: Json) -> Iterator[Line]:
    transports: tuple[Literal["tcp", "udp"] | None, ...] = {
        "tcp": ("tcp",), "udp": ("udp",), "*": (None,)
    }.get(str(rule["protocol"]).lower(), ())  # type: ignore[assignment]  # fmt: skip
    direction: Direction = "outbound" if rule["direction"].lower() == "outbound" else "inbound"
    action: Action = "allow" if rule["access"].lower() == "allow" else "block"
    doubts = _source_ports(rule)
    ports = _ports(_many(rule, "destinationPortRange"))
    for sources, source_doubt in _side(rule, "source"):
        for targets, target_doubt in _side(rule, "destination"):
            clients, remotes = (sources, targets) if direction == "outbound" else (targets, sources)
            doubt = "; ".join(filter(None, (doubts, source_doubt, target_doubt)))
            for transport in transports:
                yield Line(f"rule {rule['name']}", action, direction, clients, remotes, transport, ports, doubt)


def _side(rule: Json, side: str) -> Iterator[_Side]:
    """The addresses of a side; what is kept elsewhere comes as a doubt of its own."""
    if rule.get(f"{side}ApplicationSecurityGroups"):
        yield None, f"it names application security groups as {side}"
        return
    networks: list[Network] = []
    for text in _many(rule, f"{side}AddressPrefix"):
        if text in ("*", "Any"):
            yield None, ""
            return
        if text == "Internet":
            networks += [each for version in (4, 6) for each in as_networks(PUBLIC[version], version)]
            continue
        try:
            networks.append(network(text))
        except ValueError:
            yield None, f"it names the service tag {text}, whose addresses are kept elsewhere"
    if networks:
        yield tuple(networks), ""


def _source_ports(rule: Json) -> str:
    ports = _ports(_many(rule, "sourcePortRange"))
    if ports is None or not port_set([(1024, LAST)]) - ports:
        return ""
    return f"it is for packets from port {ports}, and clients take any above 1023"


def _ports(texts: list[str]) -> PortSet | None:
    if "*" in texts or not texts:
        return None
    pairs = [each.split("-") for each in texts]
    found = [(max(1, int(pair[0])), int(pair[-1])) for pair in pairs]
    return port_set(pair for pair in found if pair[0] <= pair[1])


def _many(rule: Json, field: str) -> list[str]:
    """Azure has each field twice, for one value and for several, of which one is used."""
    plural = f"{field}es" if field.endswith("x") else f"{field}s"
    one = rule.get(field)
    return [str(each) for each in ([one] if one else []) + list(rule.get(plural) or ())]


# What every group has, and templates do not show.
_VNET = "it is for the addresses of the virtual network, which are kept elsewhere"
_DEFAULT = [
    Line("default rule AllowVnetInBound", "allow", "inbound", doubt=_VNET),
    Line("default rule DenyAllInBound", "block", "inbound"),
    Line("default rule AllowVnetOutBound", "allow", "outbound", doubt=_VNET),
    Line("default rule AllowInternetOutBound", "allow", "outbound", None,
         tuple(each for version in (4, 6) for each in as_networks(PUBLIC[version], version))),
    Line("default rule DenyAllOutBound", "block", "outbound"),
]  # fmt: skip
