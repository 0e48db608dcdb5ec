"""The settings: one TOML file and the environment, read once into frozen values.

Everything there is to say about a setting stands beside its field in `settings.py`: `sightline config`, the
reference in `docs/reference/settings.md` and every error message are made from it, so they cannot disagree.

The later of these wins: default, file, environment (`[listen] port` is SIGHTLINE_LISTEN_PORT, lists are separated
by commas; a table of a list is found by its name, such as SIGHTLINE_RELAYS_FRANKFURT_URLS), command line. Start reading
at `settings.py`, then `reading.load`.
"""

from sightline.config.reading import load
from sightline.config.relay import OtherRelay, Relay
from sightline.config.settings import Acme, Config, Limits, Listen, Log, Network, Organisation, Proxy, Tls

__all__ = [
    "Acme",
    "Config",
    "Limits",
    "Listen",
    "Log",
    "Network",
    "Organisation",
    "OtherRelay",
    "Proxy",
    "Relay",
    "Tls",
    "load",
]
