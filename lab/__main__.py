"""`python -m lab`: make calls through the topologies and write down how they went."""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from lab.changes import CHANGES, Change, Recovery, recovery
from lab.deployment import COTURN, SIGHTLINE, Deployment
from lab.drawing import redrawn
from lab.grid import Row, page, rows, verdict
from lab.laboratory import Laboratory
from lab.room import missing
from lab.topologies import TOPOLOGIES

README = Path(__file__).parent / "README.md"
GRID = Path(__file__).parent / "grid.md"
DEPLOYMENTS = {"sightline": SIGHTLINE, "coturn": COTURN}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make lab ARGS=…", description=__doc__, allow_abbrev=False)
    parser.add_argument("--list", action="store_true", help="name the topologies and end")
    parser.add_argument("--only", metavar="NAME,…", help="these topologies; the grid is then printed, not written")
    parser.add_argument(
        "--with", dest="deployments", default="sightline,coturn", metavar="NAME,…", help="these servers"
    )
    parser.add_argument("--draw", action="store_true", help="draw the topologies of README.md anew and end")
    args = parser.parse_args()
    if args.draw:
        README.write_text(redrawn(README.read_text(), TOPOLOGIES))
        return 0
    if args.list:
        for topology in TOPOLOGIES:
            print(f"{topology.name:22}{topology.title}")
        return 0
    wanted = args.only.split(",") if args.only else [topology.name for topology in TOPOLOGIES]
    if unknown := set(wanted) - {topology.name for topology in TOPOLOGIES}:
        parser.error(f"there is no topology {', '.join(sorted(unknown))}; --list names them all")
    if unknown := set(args.deployments.split(",")) - DEPLOYMENTS.keys():
        parser.error(f"there is no server {', '.join(sorted(unknown))}; there are {', '.join(DEPLOYMENTS)}")
    if problem := missing():
        print(problem, file=sys.stderr)
        return 1
    chosen = [topology for topology in TOPOLOGIES if topology.name in wanted]
    tables: dict[Deployment, list[Row]] = {}
    with sync_playwright() as playwright:
        for name in args.deployments.split(","):
            table = tables.setdefault(DEPLOYMENTS[name], [])
            for row in rows(playwright, DEPLOYMENTS[name], chosen):
                table.append(row)
                rung = row.outcome.rung.value if row.outcome.rung else row.outcome.reason
                print(f"{name:10} {row.topology.name:22} {verdict(row):30} {rung}", flush=True)
        written = page(tables, {} if args.only else recoveries(playwright))
    if args.only:
        print(f"\n{written}")
    else:
        GRID.write_text(written)
        print(f"\nwritten to {GRID}")
    return 0


def recoveries(playwright: Playwright) -> dict[Change, Recovery]:
    """Every change in mid-call, with Sightline."""
    found = {}
    with Laboratory(playwright) as laboratory:
        for change in CHANGES:
            found[change] = recovery(laboratory, change)
            print(f"{change.name:33} {found[change]}", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
