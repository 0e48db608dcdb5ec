"""Runs in aerleon's own environment: cases as JSON on stdin, what aerleon makes of them as JSON on stdout."""

import json
import logging
import sys
from time import process_time
from typing import Any

logging.disable(logging.CRITICAL)

from aerleon import api  # type: ignore[import-not-found]  # noqa: E402  it logs while it is imported
from aerleon.lib import naming  # type: ignore[import-not-found]  # noqa: E402

HEADERS = {
    "nftables": ("mixed forward", "inet forward", "inet6 forward"),
    "speedway": ("FORWARD DROP inet", "FORWARD DROP inet6"),
    "cisco": ("sl extended", "sl inet6"),
    "srx": ("from-zone inside to-zone outside mixed",),
    "paloalto": ("from-zone inside to-zone outside mixed",),
    "gce": ("sl EGRESS",),
}


def main() -> None:
    asked = json.load(sys.stdin)
    made = {}
    for target, headers in HEADERS.items():
        for header in headers if asked["is_every_header"] else headers[:1]:
            for case in asked["cases"]:
                made[f"{target}|{header}|{case['name']}"] = run(target, header, case)
    json.dump(made, sys.stdout)


def run(target: str, header: str, case: dict[str, Any]) -> dict[str, Any]:
    names = naming.Naming()
    networks: dict[str, Any] = {}
    services: dict[str, Any] = {}
    terms = []
    for number, one in enumerate(case["requirements"]):
        networks[f"D{number}"] = {"values": [{"fqdn" if each[0].isalpha() else "address": each} for each in one["to"]]}
        ports = [(protocol, port) for protocol, port in one["ports"]]
        services[f"P{number}"] = [{"protocol": protocol, "port": port} for protocol, port in ports]
        term = {
            "name": f"r{number}",
            "comment": one["purpose"],
            "destination-address": f"D{number}",
            "destination-port": f"P{number}",
            "protocol": " ".join(dict.fromkeys(protocol for protocol, _ in ports)),
            "action": "accept",
        }
        if one["from"] and target != "gce":
            networks[f"S{number}"] = {"values": [{"address": each} for each in one["from"]]}
            term["source-address"] = f"S{number}"
        terms.append(term)
    names.ParseDefinitionsObject({"networks": networks, "services": services}, "")
    policy = {"filename": "x", "filters": [{"header": {"targets": {target: header}}, "terms": terms}]}
    begun = process_time()
    try:
        files = api.Generate([policy], names)
        return {"text": "\n".join((files or {}).values()), "seconds": process_time() - begun}
    except BaseException as error:  # it ends the process for some inputs
        return {"error": f"{type(error).__name__}: {error}"[:200], "seconds": process_time() - begun}


main()
