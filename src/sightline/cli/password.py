"""Make a new first password for somebody who forgot theirs. Works while the server runs."""

import argparse
import sys

from sightline.cli import flags
from sightline.cli.kept import kept_database
from sightline.config import Config

ADVICE = "make a new first password for somebody"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose it is. No default: it would be too easy to take the administrator's away."""
    parser.add_argument("login", help="who forgot the password")
    flags.add_where(parser)


def run(args: argparse.Namespace) -> int:
    """The password goes to stdout; what it does, to stderr."""
    import asyncio  # half of what `--help` would take

    password = asyncio.run(_password(flags.settings(args), args.login))
    print(f"{args.login} is signed out everywhere and signs in with this, then chooses another.", file=sys.stderr)
    print(password)
    return 0


async def _password(config: Config, login: str) -> str:
    from sightline.server.accounts import account, reset_password
    from sightline.server.passwords import Passwords

    passwords = Passwords()
    try:
        async with kept_database(config) as database:
            person = await account(database, login)
            return await reset_password(database, person.id, passwords=passwords)
    finally:
        passwords.close()
