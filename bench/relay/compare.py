"""Our relay against coturn with one relay thread, in turns on the same machine under the same load.

    make bench-relay                              three rounds, about ten minutes
    make bench-relay ARGS="--quick"               one short round of the loads that matter most
    make bench-relay ARGS="--only busy-120 knee"
    make bench-relay ARGS="--realtime"            on a machine that does other things too

The server runs on CPU 1, the load on CPU 0, and each measurement has a server of its own. `README.md` one folder
up says what is measured and how far it can be trusted.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from loads import KNEE, KNEE_GOAL, LOADS, MEMORY, MEMORY_GOAL, P99_GOAL, Load
from servers import NAMES, PASSWORD, USER, Server, Setting, pinned, running

LOAD_PROGRAM = Path("target/bench-relay/release/relay-load")
Measured = dict[str, float]
Results = dict[str, dict[str, list[Measured]]]
"""By load, then by server (or `direct`), one for each round."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=0, help="3, or 1 if quick")
    parser.add_argument("--window-ms", type=int, default=0, help="2000, or 1000 if quick")
    parser.add_argument("--allocations", type=int, default=10_000)
    parser.add_argument("--only", nargs="+", default=[], help="names of loads")
    parser.add_argument("--servers", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--realtime", action="store_true", help="nothing else delays the servers and the load")
    parser.add_argument("--json", type=Path, help="write every measurement there")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.window_ms = options.window_ms or (1000 if options.quick else 2000)
    results: Results = {}
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        make_certificate(Path(folder))
        setting = Setting(Path(folder), LOAD_PROGRAM.resolve(), options.realtime)
        try:
            measure_rounds(results, setting, options)
        except KeyboardInterrupt:
            print("stopped; this is what there is:", file=sys.stderr)
    report(results, options)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


def chosen(options: argparse.Namespace) -> list[Load]:
    every = [*LOADS, *([] if options.quick else [KNEE]), MEMORY]
    if options.only:
        return [load for load in [*LOADS, KNEE, MEMORY] if load.name in options.only]
    return [load for load in every if load.is_quick or not options.quick]


# ── measuring ─────────────────────────────────────────────────────────────────────────────────────────────────────


def measure_rounds(results: Results, setting: Setting, options: argparse.Namespace) -> None:
    for number in range(options.rounds):
        for load in chosen(options):
            for name, measured in measure_all(load, setting, options):
                results.setdefault(load.name, {}).setdefault(name, []).append(measured)
                print(f"  round {number + 1}, {load.name}, {name}: {json.dumps(measured)}", file=sys.stderr)


def measure_all(load: Load, setting: Setting, options: argparse.Namespace) -> list[tuple[str, Measured]]:
    """One load on each server, one right after the other, and without a server where a delay is to be compared."""
    measured = []
    if load in LOADS:
        # Steadier than with a server, so a short window will do.
        direct = replace(load, transport="udp", shape="direct", options={**load.options, "window-ms": 1000})
        measured.append(("direct", press("run", direct, Server(0, "127.0.0.1:9", "127.0.0.1:9"), setting, options)))
    for name in options.servers:
        if name == "floor" and not load.has_floor:
            continue
        verb = load.name if load in (KNEE, MEMORY) else "run"
        with running(name, setting) as server:
            measured.append((name, press(verb, load, server, setting, options)))
    return measured


def press(verb: str, load: Load, server: Server, setting: Setting, options: argparse.Namespace) -> Measured:
    command = [
        *pinned(0, setting),
        *(str(setting.load), verb, "--pid", str(server.pid), "--username", USER, "--password", PASSWORD),
        *("--server", server.tls if load.transport == "tls" else server.plain),
        *("--window-ms", str(options.window_ms), "--allocations", str(options.allocations)),
        *load.arguments(),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{load.name}: {done.stderr}")
    result: Measured = json.loads(done.stdout)
    return result


def make_certificate(folder: Path) -> None:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)


# ── telling ───────────────────────────────────────────────────────────────────────────────────────────────────────


def report(results: Results, options: argparse.Namespace) -> None:
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    print(f"{platform.machine()}, {processor()}, {os.cpu_count()} CPUs, Linux {platform.release()}", end="")
    print(f", commit {revision or '-'}, coturn {coturn_version()}")
    rounds = min((len(of_server) for of_load in results.values() for of_server in of_load.values()), default=0)
    print(f"median of {rounds} rounds in turns, ratio ours / coturn with its range", end="")
    print(", in real time\n" if options.realtime else "\n")
    print(f"{'':50}{'coturn':>9}{'ours':>9}{'floor':>9}   {'ratio':24}goal")
    for load in [*LOADS, KNEE, MEMORY]:
        of_load = results.get(load.name)
        if of_load is None:
            continue
        if load is KNEE:
            row("knee: most packets/s without loss", of_load, "knee_pps", at_least=KNEE_GOAL, digits=0)
            continue
        if load is MEMORY:
            row("KiB per allocation, resident", of_load, "rss_kib", at_most=MEMORY_GOAL)
            row("KiB per allocation, kernel", of_load, "kernel_kib")
            row("descriptors per allocation", of_load, "descriptors")
            continue
        row(f"{load.title}: CPU s/M", of_load, "cpu_s_per_million", at_most=load.cpu_goal)
        row("    added delay p50, µs", less_direct(of_load, "p50_us"), "p50_us", digits=1)
        row("    added delay p99, µs", less_direct(of_load, "p99_us"), "p99_us", at_most=P99_GOAL, digits=1)
        row("    loss, %", percent(of_load, "loss"), "loss", digits=3, only_if_any=True)
        row("    not sent, load too slow", of_load, "skipped", digits=0, only_if_any=True)


def row(
    title: str,
    measured: dict[str, list[Measured]],
    key: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    digits: int = 2,
    only_if_any: bool = False,
) -> None:
    values = {name: [each[key] for each in rounds] for name, rounds in measured.items()}
    if only_if_any and not any(any(of_server) for of_server in values.values()):
        return
    cells = "".join(
        f"{median(values[name]):9,.{digits}f}" if name in values else f"{'-':>9}"
        for name in ("coturn", "ours", "floor")
    )
    print(f"{title:50}{cells}   {'' if only_if_any else verdict(values, at_most, at_least)}")


def verdict(values: dict[str, list[float]], at_most: float | None, at_least: float | None) -> str:
    if "ours" not in values or "coturn" not in values:
        return ""
    ratios = [ours / theirs for ours, theirs in zip(values["ours"], values["coturn"], strict=False) if theirs > 0]
    if not ratios:
        return ""
    ratio = median(ratios)
    told = f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    if at_most is not None:
        return f"{told:24}≤ {at_most:.2f} {'met' if ratio <= at_most else 'NOT MET'}"
    if at_least is not None:
        return f"{told:24}≥ {at_least:.2f} {'met' if ratio >= at_least else 'NOT MET'}"
    return told


def less_direct(measured: dict[str, list[Measured]], key: str) -> dict[str, list[Measured]]:
    """What a server adds to the delay of the path itself."""
    direct = [each[key] for each in measured["direct"]]
    return {
        name: [{key: each[key] - alone} for each, alone in zip(rounds, direct, strict=False)]
        for name, rounds in measured.items()
        if name != "direct"
    }


def percent(measured: dict[str, list[Measured]], key: str) -> dict[str, list[Measured]]:
    return {name: [{key: each[key] * 100} for each in rounds] for name, rounds in measured.items()}


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "-"


def coturn_version() -> str:
    said: Any = subprocess.run(["turnserver", "--version"], capture_output=True, text=True).stdout.split()
    return said[0] if said else "-"


if __name__ == "__main__":
    main()
