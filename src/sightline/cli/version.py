"""Print the version."""

import argparse

from sightline import __version__

ADVICE = "print the version"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(args: argparse.Namespace) -> int:
    """Print it."""
    print(f"sightline {__version__}")
    return 0
