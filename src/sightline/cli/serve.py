"""Run the server until it is told to stop (Ctrl+C, SIGTERM)."""

import argparse
import sys

from sightline.cli import flags
from sightline.cli.banner import banner
from sightline.cli.terminal import terminal
from sightline.server.ready import Ready

ADVICE = "run the server"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those settings that one changes from start to start."""
    flags.add_overrides(parser)


def run(args: argparse.Namespace) -> int:
    """Block until the server has stopped."""
    config = flags.settings(args)  # a slip in the settings is told before anything heavy is loaded
    from sightline.server import app

    app.run(config, on_ready=_tell)
    return 0


def _tell(ready: Ready) -> None:
    # stderr: it is talk, and it stays in order with the log.
    sys.stderr.write(banner(ready, terminal(sys.stderr)))
    sys.stderr.flush()
