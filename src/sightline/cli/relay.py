"""Show what the relay of a running server carries, and whether the other relays live."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sightline.cli import flags
from sightline.cli.terminal import terminal

if TYPE_CHECKING:  # half of what `--help` would take
    from sightline.wire.relay_status import RelayStatus

ADVICE = "show what the relay of a running server carries"

EVERY_S = 2.0
"""How often `--watch` looks. Guess: a person reads it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-verb."""
    verbs = parser.add_subparsers(dest="relay_verb", metavar="<what>", required=True, title="what to do")
    status = verbs.add_parser("status", help="who is relayed, and which other relays live", allow_abbrev=False)
    status.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    status.add_argument("--watch", action="store_true", help="show it anew every two seconds, until Ctrl+C")
    flags.add_where(status)


def run(args: argparse.Namespace) -> int:
    """Ask, and show."""
    import time

    import msgspec

    from sightline.server.side_door import asked
    from sightline.wire.relay_status import QUESTION, RelayStatus

    run_folder = flags.settings(args).data.expanduser() / "run"
    clears = args.watch and args.format == "table" and terminal(sys.stdout).has_colour
    while True:
        answer = asked(run_folder, QUESTION)
        if args.format == "json":
            text = answer.decode()
        else:
            text = "\n".join(table(msgspec.json.decode(answer, type=RelayStatus))) + "\n"
        print(f"\x1b[H\x1b[2J{text}" if clears else text, end="", flush=True)
        if not args.watch:
            return 0
        time.sleep(EVERY_S)


def table(status: "RelayStatus") -> Iterator[str]:
    """The status in lines for people."""
    if not status.is_enabled:
        yield "This server relays nothing: [relay] enabled is false."
    elif not status.allocations:
        yield f"Nobody is relayed now. Since the start: {_since_the_start(status)}."
    else:
        yield f"{len(status.allocations)} relayed now. Since the start: {_since_the_start(status)}."
        yield ""
        yield from _aligned(
            [("participant", "over", "from", "relayed address", "age", "sent", "received", "joined")]
            + [
                (
                    each.holder,
                    each.transport,
                    each.client,
                    " ".join(each.relayed),
                    _duration(each.age_s),
                    _bytes(each.bytes_to_peers),
                    _bytes(each.bytes_to_client),
                    _share(each.packets_joined, each.packets_to_peers),
                )
                for each in sorted(status.allocations, key=lambda each: (each.holder, each.age_s))
            ]
        )
    if status.others:
        yield ""
        yield from _aligned(
            [("other relay", "address", "state", "answers in")]
            + [
                (
                    each.relay,
                    each.url,
                    {None: "not checked yet", True: "alive", False: f"dead: {each.reason}"}[each.is_alive],
                    "" if each.round_trip_ms is None else f"{each.round_trip_ms} ms",
                )
                for each in status.others
            ]
        )
    if status.handed_out:
        yield ""
        yield from _aligned(
            [("in a call", "knows of the relays")]
            + [(each.participant, ", ".join(each.relays) or "none") for each in status.handed_out]
        )


def _since_the_start(status: "RelayStatus") -> str:
    counted = status.counters
    made, refused = counted.get("allocations_made", 0), counted.get("allocations_refused", 0)
    carried = counted.get("bytes_to_peers", 0) + counted.get("bytes_to_client", 0)
    dropped = sum(value for name, value in counted.items() if name.startswith("dropped_"))
    return f"{made} made, {refused} refused, {_bytes(carried)} carried, {dropped} packets dropped"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _duration(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _bytes(count: int) -> str:
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part // whole} %" if whole else ""
