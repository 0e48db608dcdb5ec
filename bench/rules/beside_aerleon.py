"""Our compiler beside aerleon's on what both can express: CPU time, and what passes that nobody asked for.

    make bench-rules                      1,000 requirements for the times
    make bench-rules ARGS="--requirements 10000"

What passes is told by the audit's readers: of nftables after the kernel has loaded the rules and listed them (needs
root), of iptables and Google Cloud from the text.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from time import process_time
from typing import Any

from msgspec.structs import replace

from lab.room import Room, missing
from sightline.errors import RefusedError
from sightline.readiness.compile import rendered
from sightline.readiness.parsing import parse
from sightline.readiness.permit import Name, Permit
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets import detect, iptables
from sightline.readiness.rulesets.containment import excess
from sightline.readiness.rulesets.line import Ruleset
from sightline.readiness.site import Site
from sightline.readiness.targets import TARGETS
from sightline.readiness.targets.target import Order

ROOT = Path(__file__).parents[2]
THEIRS = ROOT / ".build" / "aerleon" / "bin" / "python"
PAIRS = {"nftables": "nftables", "iptables": "speedway", "cisco-ios": "cisco", "juniper-srx": "srx",
         "palo-alto": "paloalto", "gcp": "gce"}  # fmt: skip
READ = ("nftables", "iptables", "gcp")


@dataclass(frozen=True, slots=True)
class Wanted:
    to: tuple[str, ...]
    ports: tuple[tuple[str, str], ...] = (("tcp", "443"),)
    clients: tuple[str, ...] = ()
    purpose: str = "Web"


WEB = Wanted(("192.0.2.0/24", "2001:db8:1::/48"))
CASES = {
    "both families": [WEB],
    "destination of IPv4 only": [Wanted(("192.0.2.0/24",))],
    "destination of IPv6 only": [Wanted(("2001:db8:1::/48",))],
    "clients of IPv4, destination of IPv6": [Wanted(("2001:db8:1::/48",), clients=("10.0.0.0/8",))],
    "TCP 443 and UDP 3478 of one requirement": [Wanted(("192.0.2.0/24",), (("tcp", "443"), ("udp", "3478")))],
    "a quote in the purpose": [Wanted(("192.0.2.0/24",), purpose='see article" ; accept comment "x')],
    "a line end in the purpose": [Wanted(("192.0.2.0/24",), purpose='a"\n-A FORWARD -j ACCEPT\n# "')],
    "a name only": [Wanted(("www.example.com",))],
    "a name and an address": [Wanted(("www.example.com", "192.0.2.0/24"))],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requirements", type=int, default=1000)
    asked = parser.parse_args()
    many = [
        Wanted((f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}/32",), (("tcp", str(1000 + n % 5000)),))
        for n in range(asked.requirements)
    ]
    print(f"CPU seconds for {asked.requirements} requirements, each one address and one port\n")
    print(f"{'':14} {'ours':>8} {'aerleon':>8}")
    times = theirs({"many": many}, is_every_header=False)
    for target, name in PAIRS.items():
        order = order_of(many)
        begun = process_time()
        rendered(order, TARGETS[target])
        ours = process_time() - begun
        made = next(each for key, each in times.items() if key.startswith(f"{name}|"))
        print(f"{target:14} {ours:8.2f} {made['seconds']:8.2f} {made.get('error', '')}")
    print("\nWhat each case opens: as asked, nothing, an error, or MORE than asked\n")
    all_made = theirs(CASES, is_every_header=True)
    counts = {"ours": 0, "aerleon": 0}
    with Kernel() as kernel:
        for target in READ:
            for case, wanted in CASES.items():
                order = order_of(wanted)
                ours_found = judged([(target, text) for text in our_texts(order, target)], order, kernel)
                print(f"{target:10} {case:40} ours     {ours_found}")
                counts["ours"] += ours_found == "MORE"
                for key, each in all_made.items():
                    name, header, of_case = key.split("|")
                    if name == PAIRS[target] and of_case == case:
                        text = each.get("text", "")
                        found = "an error" if "error" in each else judged([(target, text)], order, kernel)
                        print(f"{'':51} aerleon  {found:8} {header}")
                        counts["aerleon"] += found == "MORE"
    print(f"\nOpened more than was asked: ours {counts['ours']} times, aerleon {counts['aerleon']} times.")


def theirs(cases: dict[str, list[Wanted]], *, is_every_header: bool) -> dict[str, dict[str, Any]]:
    document = {
        "is_every_header": is_every_header,
        "cases": [
            {
                "name": name,
                "requirements": [
                    {"to": one.to, "ports": one.ports, "from": one.clients, "purpose": one.purpose} for one in wanted
                ],
            }
            for name, wanted in cases.items()
        ],
    }
    side = Path(__file__).with_name("aerleon_side.py")
    done = subprocess.run([THEIRS, side], input=json.dumps(document), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout[done.stdout.index("{") :])
    return found


def order_of(wanted: list[Wanted]) -> Order:
    file = ROOT / "profiles" / "worklink.toml"
    parsed = parse(file.read_text(), file.name).manifest
    assert parsed
    first = parsed.requirements[0]
    permits = [
        Permit(
            replace(first, id=f"r{number}", purpose=one.purpose),
            "outbound",
            Name(to) if to[0].isalpha() else ip_network(to),
            "tcp" if transport == "tcp" else "udp",
            parse_ports(ports),
        )
        for number, one in enumerate(wanted)
        for transport, ports in one.ports
        for to in one.to
    ]
    clients = tuple(ip_network(each) for each in wanted[0].clients)
    return Order("bench", "Bench", "", tuple(permits), Site(clients=clients), frozenset())


def our_texts(order: Order, target: str) -> Iterator[str]:
    for file in rendered(order, TARGETS[target]).files:
        if file.name.endswith((".nft", ".rules", ".json")):
            yield file.text.replace('define otherwise = "accept"', 'define otherwise = "drop"')


def judged(texts: list[tuple[str, str]], order: Order, kernel: "Kernel") -> str:
    """The worst that the texts do."""
    found = set()
    for target, text in texts:
        try:
            ruleset = read(target, text, kernel)
        except (RefusedError, RuntimeError, AssertionError):
            found.add("not loadable")
            continue
        # What Google implies, and the family that a table is not for, are not of the compiler's making.
        lines = tuple(
            line for line in ruleset.lines if not line.where.endswith(("implied rule for egress", "not see it"))
        )
        if list(excess(Ruleset(lines, "block"), order.permits, order.site)):
            found.add("MORE")
        elif lines:
            found.add("as asked")
    return next((each for each in ("MORE", "not loadable", "as asked") if each in found), "nothing")


def read(target: str, text: str, kernel: "Kernel") -> Ruleset:
    match target:
        case "nftables":
            return kernel.read(text)
        case "iptables":
            # Both write what iptables-restore takes; the reader takes what iptables-save gives, which has no -N.
            lines = [f":{line[3:]} - [0:0]" if line.startswith("-N ") else line for line in text.splitlines()]
            return iptables.read("\n".join(lines), 6 if "# inet6" in text or "ip6tables" in text else 4)
        case _:
            return detect.read(text)[1] if text.strip() not in ("", "[]") else Ruleset((), "block")


class Kernel:
    """One that loads nftables' rules and lists them."""

    def __enter__(self) -> "Kernel":
        self.room = None if missing() else Room()
        if self.room:
            self.room.add_network("firewall")
        return self

    def __exit__(self, *_: object) -> None:
        if self.room:
            self.room.close()

    def read(self, text: str) -> Ruleset:
        if not self.room:
            sys.exit(f"nftables' rules cannot be read here: {missing()}")
        self.room.load_rules("firewall", f"flush ruleset\n{text}")
        return detect.read(self.room.run(["nft", "-j", "list", "ruleset"], "firewall"))[1]


if __name__ == "__main__":
    main()
