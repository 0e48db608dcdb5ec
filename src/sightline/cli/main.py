"""The command line: which verb, and what its failure looks like."""

import argparse
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from sightline import __version__
from sightline.cli import (
    audit,
    check,
    config,
    document,
    invite,
    password,
    profile,
    relay,
    requirements,
    rules,
    serve,
    version,
)
from sightline.errors import OperatorError, SightlineError

VERBS: dict[str, ModuleType] = {
    "serve": serve,
    "invite": invite,
    "password": password,
    "profile": profile,
    "relay": relay,
    "requirements": requirements,
    "rules": rules,
    "check": check,
    "audit": audit,
    "document": document,
    "config": config,
    "version": version,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the answer is the exit code."""
    args = parser().parse_args(argv)
    try:
        code: int = VERBS[args.verb].run(args)
        sys.stdout.flush()
    except SightlineError as error:
        print(complaint(error), file=sys.stderr)
        return error.exit_code if isinstance(error, OperatorError) else 1
    except KeyboardInterrupt:
        return 130  # what a shell reports of a program that SIGINT ended
    except BrokenPipeError:
        # `sightline config | head`: the reader has seen enough. Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # likewise, of SIGPIPE
    return code


def parser() -> argparse.ArgumentParser:
    """The whole command line; the reference is made from it too."""
    top = argparse.ArgumentParser(
        prog="sightline",
        description="Visual remote assistance that you host yourself.",
        epilog="`sightline <verb> --help` says more. `sightline serve` is where to begin.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"sightline {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="<verb>", required=True, title="verbs")
    for name, module in VERBS.items():
        verb = verbs.add_parser(name, help=module.ADVICE, description=module.__doc__, allow_abbrev=False)
        module.add_arguments(verb)
    return top


def complaint(error: SightlineError) -> str:
    """What the operator reads: the message, and what to do next."""
    return f"error: {error}\n\nhint: {error.hint}" if error.hint else f"error: {error}"
