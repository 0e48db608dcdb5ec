"""Make a link for one guest, to be used once. Works while the server runs."""

import argparse
import sys

from sightline.cli import flags
from sightline.cli.kept import kept_database
from sightline.cli.terminal import MARGIN, qr_lines, terminal
from sightline.config import Config
from sightline.errors import ConfigError
from sightline.server.ready import kept_origin

ADVICE = "make a link for one guest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose guest it is, and for how long the link is good."""
    parser.add_argument("login", nargs="?", default="admin", help="who receives the guest (admin)")
    parser.add_argument("--note", metavar="TEXT", default="", help="what the call is about; only the host sees it")
    parser.add_argument("--hours", metavar="N", type=_hours, default=24, help="how long the link is good (24)")
    flags.add_where(parser)
    flags.add_public_url(parser)


def run(args: argparse.Namespace) -> int:
    """The link goes to stdout; what to do with it, to stderr."""
    import asyncio  # half of what `--help` would take

    link = asyncio.run(_link(flags.settings(args), args.login, args.note, args.hours))
    told = terminal(sys.stderr)
    code = qr_lines(link, told)
    how = "Point a phone's camera at the code, or send the link." if code else "Send this link to the guest."
    margin = " " * MARGIN
    print("\n".join(["", *(f"{margin}{line}" for line in code), ""] if code else []), file=sys.stderr, end="")
    print(f"{how} It works once, for {args.hours} h.", file=sys.stderr)
    print(link)
    return 0


async def _link(config: Config, login: str, note: str, hours: int) -> str:
    from sightline import clock
    from sightline.server.invitations import invite_by_login
    from sightline.wire.api import NewInvite

    async with kept_database(config) as database:
        wanted = NewInvite(note=note, expires_in_s=hours * 3600)
        return (await invite_by_login(database, login, wanted, _origin(config), clock.now())).link


def _origin(config: Config) -> str:
    origin = config.listen.public_url or kept_origin(config.data / "run")
    if not origin:
        raise ConfigError(
            "It is not known what the link begins with, as no server has run in this folder yet.",
            hint="Start the server, or give --public-url https://assist.example.com",
        )
    return origin


def _hours(text: str) -> int:
    hours = int(text)
    if not 1 <= hours <= 720:
        raise argparse.ArgumentTypeError("from 1 to 720, which is 30 days")
    return hours
