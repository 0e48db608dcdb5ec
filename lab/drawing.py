"""Draws topologies as text. Pure."""

from collections.abc import Iterable

from lab.topology import Program, Side, Topology, Wire

PROGRAM = {
    Program.PROXY: "squid",
    Program.PROXY_WITH_PASSWORD: "squid, password",
    Program.INTERCEPTION: "mitmproxy",
    Program.NAT64: "tayga",
}
BEGIN, END = "<!-- drawings: python -m lab --draw -->", "<!-- end of drawings -->"
WIDTH = 22  # of the longest name, and a gap


def drawing(topology: Topology) -> str:
    """One line, or two if a side has two uplinks: worker, boxes, internet, boxes, expert."""
    worker, *spare = _uplinks(topology.worker, "worker")
    expert = "".join(reversed(_pieces(topology.expert, "expert")))
    lines = [f"{topology.name:{WIDTH}}{worker}── internet ──{expert}"]
    for other in spare:
        lines.append(f"{'':{WIDTH}}{' ' * len('worker')}{other[len('worker') :]}──┘")
    return "\n".join(lines)


def redrawn(text: str, topologies: Iterable[Topology]) -> str:
    """A page, with the drawings between its two marks made anew."""
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    drawings = "\n".join(drawing(topology) for topology in topologies)
    return f"{head}{BEGIN}\n\n```text\n{drawings}\n```\n\n{END}{tail}"


def _uplinks(side: Side, name: str) -> list[str]:
    first = ["".join(_pieces(side, name))]
    return first + ([f"{name}{''.join(_pieces(side.spare, '')).replace('─', '└', 1)}"] if side.spare else [])


def _pieces(side: Side, name: str) -> list[str]:
    wire = _wire(side.wire)
    pieces = [f"{name}{_family(side)} " if name == "worker" else f" {name}{_family(side)}"] if name else []
    for number, box in enumerate(side.boxes):
        program = f" + {PROGRAM[box.program]}" if box.program else ""
        pieces += [wire if number == 0 else "──", f"[{box.title}{program}]"]
    return pieces if side.boxes else [*pieces, wire if wire != "──" else ""]


def _wire(wire: Wire) -> str:
    said = [f"{wire.loss:.0%} lost"] if wire.loss else []
    if wire.delay_ms:
        said.append(f"{wire.delay_ms:g}{f'–{wire.delay_ms + wire.jitter_ms:g}' if wire.jitter_ms else ''} ms")
    if wire.kbit_s:
        said.append(f"{wire.kbit_s} kbit/s")
    return f"─({', '.join(said)})─" if said else "──"


def _family(side: Side) -> str:
    match (side.has_ipv4, side.has_ipv6):
        case (True, False):
            return ""
        case (False, True):
            return " (IPv6)"
        case _:
            return " (IPv4, IPv6)"
