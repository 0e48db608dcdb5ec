"""Rules of nftables and iptables, loaded into a firewall's kernel: what the manifest asks for passes, its neighbours do
not.

What has to pass is worked out from the permits alone, port by port and address by address, and not by the code that the
targets share.
"""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

import pytest

from lab.room import Room, missing
from sightline.readiness.compile import Compiled, compile
from sightline.readiness.permit import Name, Permit
from sightline.readiness.site import Network, Selection, Site
from sightline.readiness.targets import TARGETS
from tests.service.rules.crossing import CLIENTS, OUTSIDERS, Crossing, Probe
from tests.service.rules.golden import PROFILES, profile

pytestmark = pytest.mark.skipif(
    missing() is not None, reason=f"NO RULES ARE LOADED AND NO PACKETS SENT HERE: {missing()}"
)

OTHER_FAMILY = {4: "2001:db8:77::1", 6: "203.0.113.77"}


def site(names: list[str], *, is_fixed: bool) -> tuple[Site, dict[str, str]]:
    """Clients of both families, and an address of each family for each name: in the site file, or in the firewall's
    own hosts file."""
    numbered = {name: (f"198.18.{number >> 8}.{number & 255}", f"2001:db8:18::{number:x}")
                for number, name in enumerate(names, 1)}  # fmt: skip
    clients = (ip_network("10.20.0.0/16"), ip_network("fd20::/32"))
    peers = (ip_network("198.51.100.0/30"), ip_network("2001:db8:51::/126"))
    fixed = {name: tuple(map(ip_network, both)) for name, both in numbered.items()} if is_fixed else {}
    where = Site("Plant", clients=clients, peers=peers, addresses=fixed)
    return where, {name: both[0] for name, both in numbered.items()}


@pytest.fixture
def room() -> Iterator[Room]:
    with Room() as room:
        yield room


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("target", ["iptables", "nftables"])
def test_what_is_permitted_passes_and_its_neighbours_do_not(target: str, name: str, room: Room, tmp_path: Path) -> None:
    names = sorted(
        {end.text.lower() for one in profile(name).requirements for end in one.endpoints if end.kind == "name"}
    )
    where, hosts = site(names, is_fixed=target == "iptables")
    made = compile(profile(name), where, Selection(), frozenset(), TARGETS[target])
    crossing = Crossing(room, hosts)
    try:
        _load(made, target, room)
        permits = _resolved(made.order.permits, where, hosts)
        probes = list(dict.fromkeys(probe for permit in permits for probe in _probes(permit)))
        crossing.lend(probe.source for probe in probes if probe.source not in (*CLIENTS, *OUTSIDERS))
        expected = {probe for probe in probes if any(_is_permitted(probe, permit) for permit in permits)}
        passing = crossing.passing(probes)
        assert passing - expected == set(), "more passes than was asked for"
        assert expected - passing == set(), "something that was asked for does not pass"
        if permits:
            assert expected
            assert len(probes) > len(expected), "no neighbour was tried"
    finally:
        crossing.close()


def _load(made: Compiled, target: str, room: Room) -> None:
    """As the files say, twice, as people do. What they leave is refused."""
    for file in made.files:
        (room.folder / file.name).write_text(file.text)
    if target == "nftables":
        room.load_rules("firewall", _REFUSE)
        for _ in range(2):
            for file in made.files:
                if file.name.endswith((".nft", ".sh")):
                    command = ["nft", "-f"] if file.name.endswith(".nft") else ["sh"]
                    room.run([*command, f"/run/lab/{file.name}"], "firewall")
        return
    for file in made.files:
        program = "iptables" if ".v4." in file.name else "ip6tables"
        chain = file.name.removesuffix(".rules")[:-3]
        for _ in range(2):
            room.run([f"{program}-restore", "--noflush", f"/run/lab/{file.name}"], "firewall")
            call = f"{program} -C FORWARD -j {chain} || {program} -I FORWARD -j {chain}"
            assert f"once: {call}\n" in file.text
            room.run(["sh", "-c", call], "firewall")
    for program in ("iptables", "ip6tables"):
        room.run([program, "-A", "FORWARD", "-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset"], "firewall")
        room.run([program, "-A", "FORWARD", "-j", "REJECT"], "firewall")


_REFUSE = """
table inet customer {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct mark and 0x10000000 != 0 accept
    meta l4proto tcp reject with tcp reset
    reject with icmpx type port-unreachable
  }
}
"""


def _resolved(permits: tuple[Permit, ...], where: Site, hosts: dict[str, str]) -> list[Permit]:
    found: list[Permit] = []
    for one in permits:
        if isinstance(one.remote, Name):
            at = where.addresses.get(one.remote.text) or (ip_network(hosts[one.remote.text]),)
            found += [replace(one, remote=each) for each in at]
        elif isinstance(one.remote, IPv4Network | IPv6Network):
            found.append(one)
    return found


def _is_permitted(probe: Probe, permit: Permit) -> bool:
    client, remote = (probe.source, probe.target) if permit.direction == "outbound" else (probe.target, probe.source)
    assert isinstance(permit.remote, IPv4Network | IPv6Network)
    return (
        client in CLIENTS
        and probe.transport == permit.transport
        and ip_address(remote) in permit.remote
        and probe.port in permit.ports
    )


def _probes(permit: Permit) -> Iterator[Probe]:
    """Both edges of every range at both edges of the network, and from each one step to every side."""
    assert isinstance(permit.remote, IPv4Network | IPv6Network)
    version = permit.remote.version
    client, outsider = CLIENTS[version == 6], OUTSIDERS[version == 6]
    other = "udp" if permit.transport == "tcp" else "tcp"
    for first, last in permit.ports.ranges:
        for port in {first, last}:
            for remote in {str(permit.remote[0]), str(permit.remote[-1])}:
                here = Probe(permit.transport, client, remote, port)
                steps = [here, replace(here, transport=other)]  # type: ignore[arg-type]
                steps += [replace(here, port=each) for each in (first - 1, last + 1) if 1 <= each <= 65535]
                steps += [replace(here, target=each) for each in _beside(permit.remote)]
                steps += [replace(here, source=outsider)]
                for step in steps:
                    yield (
                        step
                        if permit.direction == "outbound"
                        else replace(step, source=step.target, target=step.source)
                    )
        family = Probe(permit.transport, CLIENTS[version == 4], OTHER_FAMILY[version], first)
        yield family if permit.direction == "outbound" else replace(family, source=family.target, target=family.source)


def _beside(network: Network) -> Iterator[str]:
    yield str(network[0] - 1)
    yield str(network[-1] + 1)
