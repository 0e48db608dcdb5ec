"""Kubernetes: NetworkPolicy, one or a list, all of one namespace. Start at `read`.

The clients are the pods that the policies select. Policies only ever add up; where they select by different labels,
which of them hold for the clients is not known.
"""

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from sightline.readiness.permit import Direction
from sightline.readiness.ports import PortSet, port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.rulesets.ranges import as_networks, network, of_networks, without
from sightline.readiness.site import Network

Json: TypeAlias = Any
Transport = Literal["tcp", "udp"]
_Peer = tuple[tuple[Network, ...] | None, str]
_DIRECTIONS: tuple[tuple[str, str, Direction], ...] = (("Egress", "to", "outbound"), ("Ingress", "from", "inbound"))


def read(documents: list[Json]) -> Ruleset:
    """What the policies let pass."""
    policies = [each for document in documents for each in document.get("items", [document])]
    found = [each for each in policies if each.get("kind", "NetworkPolicy") == "NetworkPolicy"]
    if not found:
        raise ValueError("it has no NetworkPolicy")
    if len({str(each.get("metadata", {}).get("namespace", "")) for each in found}) > 1:
        raise ValueError("it has policies of several namespaces; choose the clients' namespace")
    is_mixed = len({str(each["spec"].get("podSelector") or {}) for each in found}) > 1
    lines: list[Line] = []
    for kind, side, direction in _DIRECTIONS:
        isolating = [each for each in found if kind in _types(each["spec"])]
        for policy in isolating:
            lines += _lines(policy, kind, side, direction, is_mixed)
        if not isolating:
            lines.append(Line(f"no policy is about {kind.lower()}", "allow", direction))
        elif is_mixed and len(isolating) < len(found):
            lines.append(Line(f"pods without a policy about {kind.lower()}", "allow", direction, doubt=_WHICH))
    return Ruleset(tuple(lines), "block")


def _types(spec: Json) -> list[str]:
    return list(spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])])


def _lines(policy: Json, kind: str, side: str, direction: Direction, is_mixed: bool) -> Iterator[Line]:
    name = policy.get("metadata", {}).get("name", "?")
    labels = policy["spec"].get("podSelector") or {}
    which = _WHICH if is_mixed and labels else ""
    for number, rule in enumerate(policy["spec"].get(kind.lower()) or (), 1):
        where = f"{kind.lower()} rule {number} of policy {name}"
        for remotes, peer_doubt in _peers(rule.get(side)):
            for transport, ports, port_doubt in _ports(rule.get("ports")):
                doubt = "; ".join(filter(None, (which, peer_doubt, port_doubt)))
                yield Line(where, "allow", direction, None, remotes, transport, ports, doubt)


def _peers(peers: Json) -> Iterator[_Peer]:
    if not peers:
        yield None, ""
    for peer in peers or ():
        if block := peer.get("ipBlock"):
            whole = network(block["cidr"])
            version = whole.version
            left = without(
                of_networks([whole], version),
                of_networks([network(each) for each in block.get("except") or ()], version),
            )
            yield as_networks(left, version), ""
        else:
            yield None, "it names pods or namespaces by label"


def _ports(ports: Json) -> Iterator[tuple[Transport | None, PortSet | None, str]]:
    known: dict[str, Transport] = {"TCP": "tcp", "UDP": "udp"}
    if not ports:
        yield None, None, ""
    for one in ports or ():
        transport = known.get(one.get("protocol", "TCP"))
        if transport is None:
            continue
        port = one.get("port")
        if port is None:
            yield transport, None, ""
        elif isinstance(port, int):
            yield transport, port_set([(port, one.get("endPort", port))]), ""
        else:
            yield transport, None, f"it names the port {port}, whose number the pods say"


_WHICH = "policies select pods by different labels, and which are the clients is not said"
