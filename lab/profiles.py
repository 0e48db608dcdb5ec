"""The firewall that a vendor's article asks for, with Sightline's server in the place of the vendor's."""

from collections.abc import Iterator
from pathlib import Path

from lab.addresses import SERVER_IPV4
from lab.topology import Box
from sightline.readiness.manifest import Manifest
from sightline.readiness.parsing import parse
from sightline.readiness.ports import parse_ports

PROFILES = Path(__file__).parents[1] / "profiles"


def profile_box(name: str) -> Box:
    """An office whose firewall lets pass what the article lists and nothing else."""
    file = PROFILES / f"{name}.toml"
    parsed = parse(file.read_text(encoding="utf-8"), file.name)
    assert parsed.manifest is not None, parsed.problems
    return Box(f"firewall: {parsed.manifest.title}", may_leave=tuple(dict.fromkeys(_rules(parsed.manifest))))


def _rules(manifest: Manifest) -> Iterator[str]:
    examples = {f"${{{variable.name}}}": variable.example for variable in manifest.variables}
    for requirement in manifest.requirements:
        # What other clients are asked for may go anywhere; the rest is asked of servers, so of ours.
        is_between_clients = all(flow.to_role == "client" for flow in requirement.flows)
        to = "" if is_between_clients else f"ip daddr {SERVER_IPV4} "
        for ports in requirement.ports:
            if ports.transport in ("tcp", "udp"):
                port_set = parse_ports(examples.get(ports.set, ports.set))
                yield f"{to}{ports.transport} dport {{ {port_set} }} accept"
