"""The flags by which the command line overrides settings. Everything else is set in the file or the environment."""

import argparse
import os
from pathlib import Path

from sightline.config import Config, load


def add_where(parser: argparse.ArgumentParser) -> None:
    """The two flags that every verb with settings has."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="settings; else $SIGHTLINE_CONFIG, else …/sightline.toml"
    )
    parser.add_argument("--data", metavar="DIR", dest="data", help="folder for everything that is kept")


def add_public_url(parser: argparse.ArgumentParser) -> None:
    """What links begin with."""
    key, metavar, text = _WITH_VALUE["--public-url"]
    parser.add_argument("--public-url", metavar=metavar, dest=key, help=text)


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """What one changes from start to start while trying things out."""
    add_where(parser)
    for flag, (key, metavar, text) in _WITH_VALUE.items():
        parser.add_argument(flag, metavar=metavar, dest=key, help=text)
    for flag, (key, value, text) in _SWITCHES.items():
        parser.add_argument(flag, action="store_const", const=value, dest=key, help=text)


def settings(args: argparse.Namespace) -> Config:
    """The settings in effect under these flags."""
    keys = ["data", *(key for key, *_ in (*_WITH_VALUE.values(), *_SWITCHES.values()))]
    given = {key: value for key in keys if (value := getattr(args, key, None)) is not None}
    return load(args.config, os.environ, given)


_WITH_VALUE = {
    "--listen-port": ("listen.port", "N", "the one port, TCP and UDP (8443)"),
    "--local-port": ("listen.local_port", "N", "plain HTTP for browsers on this machine; 0 turns it off (8080)"),
    "--public-url": ("listen.public_url", "URL", "what people type to get here; links are made of it"),
    "--log-level": ("log.level", "LEVEL", "debug, info, warning or error (info)"),
    "--log-format": ("log.format", "FORMAT", "text or json (text)"),
}
_SWITCHES = {
    "--no-udp": ("listen.udp", "false", "TCP only"),
    "--behind-proxy": ("proxy.behind", "true", "a proxy on this machine stands in front"),
    "--log-personal-data": ("log.personal_data", "true", "write addresses and names too, to find a fault"),
}
