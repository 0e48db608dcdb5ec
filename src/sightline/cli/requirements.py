"""Print what this server needs of a network, computed from its settings: for the firewall team of those who join."""

import argparse

from sightline.cli import flags
from sightline.cli.profile_table import table
from sightline.readiness.manifest import Manifest

ADVICE = "print what this server needs of a network"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The settings that a server would be started with."""
    flags.add_overrides(parser)
    parser.add_argument("--format", choices=("table", "json", "toml"), default="table", help="default: table")


def run(args: argparse.Namespace) -> int:
    """Print it. No server has to run."""
    print(written(_manifest(args), args.format), end="")
    return 0


def written(manifest: Manifest, form: str) -> str:
    """The manifest as a table for people, or as a file for programs."""
    from sightline.readiness.exchange import as_json, as_toml
    from sightline.readiness.rows import rows

    match form:
        case "json":
            return as_json.write(manifest)
        case "toml":
            return as_toml.write(manifest)
        case _:
            return "\n".join(table(manifest, list(rows(manifest)))) + "\n"


def _manifest(args: argparse.Namespace) -> Manifest:
    # Much of the server, which `--help` has no use for.
    from sightline.readiness.own import own_manifest
    from sightline.server.certificates.names import machine_names
    from sightline.server.http.requirements import deployment, places_by_settings

    config = flags.settings(args)
    return own_manifest(deployment(config, places_by_settings(config, machine_names())))
