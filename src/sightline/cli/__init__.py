"""The `sightline` program: one file per verb. It prints and decides nothing.

A verb is a module with `ADVICE` (one line), `add_arguments(parser)` and `run(args) -> exit code`; it imports what
it needs inside `run`, so that `sightline --help` does not load a web server. stdout is data, stderr is talk.
Start at `main.py`.
"""
