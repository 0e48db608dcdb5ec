"""A Cilium policy for the pods that are clients: names and one-label wildcards as Cilium matches them.

In `matchPattern` a star stands for what one label may hold, so `*.example.com` is one label exactly. Names work only
for pods whose DNS answers Cilium sees; the second file lets it.
"""

import json
from collections.abc import Iterable, Iterator

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.targets.bundles import Bundle, Member, Naming, bundled
from sightline.readiness.targets.clouds import networks_of
from sightline.readiness.targets.objects import Caveat
from sightline.readiness.targets.proxied import anybody, for_every_client
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(names=True, wildcards=frozenset({"one_label"}), inbound=False, inbound_wildcards=False)


def render(order: Order) -> Rules:
    """The policy of one order, and what names need besides."""
    found = bundled(anybody(order), NAMING, _NAME_MOST, with_service=False)
    losses = (*found.losses, *for_every_client(order), *_ANSWERS.of(found.bundles, Name))
    if not found.bundles:
        return Rules((), losses, found.too_wide)
    name = f"s-{order.service}"[:_NAME_MOST].rstrip("-")
    files = [_file(f"{order.service}-cilium.json", _policy(order, name, _spec(found.bundles)), _APPLY)]
    if any(isinstance(each, Name | Wildcard) for one in found.bundles for each in one.members):
        files.append(_file(f"{order.service}-cilium-dns.json", _policy(order, f"{name[:58]}-dns", _DNS), _APPLY_DNS))
    return Rules(tuple(files), losses, found.too_wide)


def _file(name: str, policy: dict[str, object], purpose: str) -> File:
    return File(name, json.dumps(policy, indent=2) + "\n", purpose)


def _policy(order: Order, name: str, rules: dict[str, object]) -> dict[str, object]:
    selector = {"matchLabels": {"network-needs": order.service[:_NAME_MOST].rstrip("-")}}
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": name},
        "spec": {"endpointSelector": selector, **rules},
    }


def _spec(bundles: Iterable[Bundle]) -> dict[str, object]:
    egress: list[object] = [rule for each in bundles if each.direction == "outbound" for rule in _rules(each, "to")]
    ingress: list[object] = [rule for each in bundles if each.direction == "inbound" for rule in _rules(each, "from")]
    found: dict[str, object] = {"egress": egress, "ingress": ingress}
    return {key: rules for key, rules in found.items() if rules}


def _rules(bundle: Bundle, side: str) -> Iterator[dict[str, object]]:
    ports = [
        {"port": str(first), "protocol": bundle.transport.upper()} | ({"endPort": last} if last > first else {})
        for first, last in bundle.ports.ranges
    ]
    # At most 40 to a list: Cilium takes no more.
    blocks = [ports[at : at + _PORTS_MOST] for at in range(0, len(ports), _PORTS_MOST)]
    to_ports = [{"ports": block} for block in blocks]
    addresses = [str(each) for version in (4, 6) for each in networks_of(bundle.members, version)]
    if addresses:
        yield {f"{side}CIDR": addresses, "toPorts": to_ports}
    if names := [_name(each) for each in bundle.members if isinstance(each, Name | Wildcard)]:
        yield {"toFQDNs": names, "toPorts": to_ports}


def _name(member: Member) -> dict[str, str]:
    if isinstance(member, Wildcard):
        return {"matchPattern": f"*.{member.base}"}
    assert isinstance(member, Name)
    return {"matchName": member.text}


_DNS: dict[str, object] = {
    "egress": [
        {
            "toEndpoints": [{"matchLabels": {"k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns"}}],
            "toPorts": [
                {
                    "ports": [{"port": "53", "protocol": "UDP"}, {"port": "53", "protocol": "TCP"}],
                    "rules": {"dns": [{"matchPattern": "*"}]},
                }
            ],
        }
    ]
}
_ANSWERS = Caveat(
    "names-resolved",
    "Cilium passes only the addresses that it has seen the cluster's DNS answer.",
    "Apply the second file too, unless another policy already sends these pods' DNS through Cilium.",
)
_APPLY = "kubectl apply -f; once more replaces it, kubectl delete -f takes it away."
_APPLY_DNS = "Lets these pods ask the cluster's DNS, through Cilium; apply it unless another policy does."
_NAME_MOST = 63
_PORTS_MOST = 40

TARGET = Target(
    "cilium",
    "Cilium network policy",
    render,
    "Label the clients' pods network-needs: SERVICE. The policy also denies these pods everything else in its "
    "direction. Ranges of ports need Cilium 1.16 or newer.",
    has_clients=False,
)
