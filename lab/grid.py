"""Calls through every topology, and the page that says how they went. Failures stay in it."""

import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Playwright

from lab.call import Outcome, connect
from lab.changes import Change, Recovery
from lab.deployment import Deployment
from lab.laboratory import Laboratory
from lab.room import NotHereError
from lab.topology import Rung, Topology

NOT_HERE = "not tried: "


@dataclass(frozen=True, slots=True)
class Row:
    """One topology with one deployment."""

    topology: Topology
    outcome: Outcome


def rows(playwright: Playwright, deployment: Deployment, topologies: Sequence[Topology]) -> Iterable[Row]:
    """Each as soon as it is known."""
    with Laboratory(playwright, deployment) as laboratory:
        for topology in topologies:
            yield Row(topology, _outcome(laboratory, topology))


def _outcome(laboratory: Laboratory, topology: Topology) -> Outcome:
    """What goes wrong in one topology is an outcome of it, and the next is tried all the same."""
    try:
        with laboratory.call(topology) as call:
            return connect(call)
    except NotHereError as error:
        return Outcome(None, reason=f"{NOT_HERE}{error}")
    except Exception as error:
        return Outcome(None, reason=" ".join(str(error).split())[:300])


def verdict(row: Row) -> str:
    """In a word, for the eye."""
    rung, best = row.outcome.rung, row.topology.best
    if row.outcome.reason.startswith(NOT_HERE):
        return "– not tried"
    if rung is None:
        return "❌ **no call**" if best else "– no call, and none is possible"
    order = list(Rung)
    return "✅" if best is None or order.index(rung) <= order.index(best) else "⚠️ works, on a lower rung"


def page(tables: dict[Deployment, list[Row]], changed: dict[Change, Recovery]) -> str:
    """The whole of it, as Markdown."""
    machine = f"{platform.machine()}, {platform.system()} {platform.release()}"
    today = datetime.now(UTC).date().isoformat()
    lines = [
        "# Who gets through where",
        "",
        f"Made by `make lab`; do not edit. Commit {_commit()}, {today}, {machine}, Chromium {_version()}.",
        "",
        "One call for each line, between two real Chromiums in networks of their own. It counts as connected when both",
        "sides decode frames and hear sound. *First frame*: from the expert's tap on “Let in” until both sides have",
        "decoded one, and its ratio to that of `open`; the machine does everything at once, so only ratios compare.",
        "",
    ]
    for deployment, found in tables.items():
        lines += [f"## {deployment.title}", "", deployment.about, "", *_table(found), ""]
    return "\n".join([*lines, *_changes(changed)])


def _table(found: list[Row]) -> list[str]:
    opened = next((row.outcome.first_frame_s for row in found if row.topology.name == "open"), None)
    head = "| topology | | rung | best possible | first frame | × open | why not better |"
    lines = [head, "|---|---|---|---|---|---|---|"]
    for row in found:
        seconds = row.outcome.first_frame_s
        cells = [
            f"`{row.topology.name}` {row.topology.title}",
            verdict(row),
            row.outcome.rung.value if row.outcome.rung else "",
            row.topology.best.value if row.topology.best else "none",
            f"{seconds:.1f} s" if seconds else "",
            f"{seconds / opened:.1f}" if seconds and opened else "",
            (row.outcome.reason or row.topology.because).replace("|", "/"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _changes(changed: dict[Change, Recovery]) -> list[str]:
    if not changed:
        return []
    lines = [
        "## When the network changes in mid-call",
        "",
        "With Sightline. *Freeze*: the longest time without a new picture on either side. *There after*: from the",
        "change until the call was on the rung where it should go on, with a moving picture; first seen after 3 s.",
        "",
        "| what happens | | before | after | freeze | wanted | there after | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for change, found in changed.items():
        is_there = found.after is change.wanted
        good = "✅" if is_there and found.freeze_s <= change.freeze_s else "⚠️ slower than wanted"
        cells = [
            f"`{change.name}` {change.title}",
            good if is_there else "❌ **did not get there**",
            found.before.value if found.before else "",
            found.after.value if found.after else "no picture",
            f"{found.freeze_s:.1f} s",
            f"≤ {change.freeze_s:g} s",
            f"{found.took_s:.0f} s",
            found.remark,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _commit() -> str:
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    return asked.stdout.strip() or "unknown"


def _version() -> str:
    return subprocess.run(["chromium", "--version"], capture_output=True, text=True).stdout.split()[1]
