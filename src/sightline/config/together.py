"""What no setting can see alone: whether they fit together."""

from collections import Counter

from sightline.config.own_relay import OWN
from sightline.config.relay import OtherRelay
from sightline.config.settings import Config
from sightline.errors import ConfigError


def check_together(config: Config) -> None:
    """Raises ConfigError."""
    if config.tls.source == "files" and not (config.tls.certificate and config.tls.key):
        raise ConfigError(
            '[tls] source = "files" needs both [tls] certificate and [tls] key.', hint="Name the two PEM files."
        )
    if config.tls.source == "acme" and not config.certified_names():
        raise ConfigError(
            '[tls] source = "acme" needs a name to certify.', hint='Set [acme] names = ["assist.example.com"].'
        )
    if config.listen.port and config.listen.port == config.listen.local_port:
        raise ConfigError(
            f"[listen] port and local_port are both {config.listen.port}.", hint="Set local_port = 0 to do without it."
        )
    if not config.listen.addresses:
        raise ConfigError("[listen] addresses is empty.", hint='Leave it out, or set addresses = ["0.0.0.0", "::"].')
    if config.proxy.behind and not config.proxy.trusted:
        raise ConfigError(
            "[proxy] behind = true needs the address of the proxy.", hint='Set [proxy] trusted = ["192.0.2.7"].'
        )
    if config.proxy.ends_tls and not config.listen.public_url:
        # Links would lead past the proxy to our own port, which speaks plain HTTP and asks everybody to come by TLS.
        raise ConfigError(
            "A proxy that ends TLS stands in front: [listen] public_url is needed, as links are made of it.",
            hint='Set [listen] public_url = "https://assist.example.com", or --public-url.',
        )
    _check_relay(config)
    for number, relay in enumerate(config.relays, 1):
        _check_other_relay(number, relay)
    for name, count in Counter(relay.name for relay in config.relays).items():
        if count > 1:
            raise ConfigError(f"Two of [[relays]] are called {name}.", hint="Give each a name of its own.")


def _check_relay(config: Config) -> None:
    relay = config.relay
    if relay.first_port > relay.last_port:
        raise ConfigError(
            f"[relay] first_port {relay.first_port} is above last_port {relay.last_port}.", hint="Swap them."
        )
    if relay.only and not relay.enabled and not config.relays:
        raise ConfigError(
            "[relay] only = true needs a relay, and there is none: no call could be made.",
            hint="Set [relay] enabled = true, or name another relay in [[relays]].",
        )
    if relay.second_port and relay.second_port in (config.listen.port, config.listen.local_port):
        raise ConfigError(
            f"[relay] second_port {relay.second_port} is no second port: [listen] has it.", hint="Choose a free one."
        )
    for name, count in Counter(user.partition(":")[0] for user in relay.users).items():
        if count > 1:
            raise ConfigError(f"Two of [relay] users are called {name}.", hint="Give each a name of its own.")
    taken = {"[listen] port": config.listen.port, "[listen] local_port": config.listen.local_port}
    for place, port in (("classic_port", relay.classic_port), ("classic_tls_port", relay.classic_tls_port)):
        for other, number in taken.items():
            if port and port == number and relay.classic_ports == "on":
                raise ConfigError(
                    f"[relay] {place} and {other} are both {port}.", hint=f"{other} serves STUN and TURN anyhow."
                )


def _check_other_relay(number: int, relay: OtherRelay) -> None:
    if not relay.name:
        raise ConfigError(f"[[relays]] number {number} has no name.", hint='Give it one, such as name = "frankfurt".')
    if relay.name == OWN:
        raise ConfigError(
            f"[[relays]] number {number}: {OWN} is what our own relay is called.", hint="Name it otherwise."
        )
    has_secret = bool(relay.secret or relay.secret_file)
    if relay.secret and relay.secret_file:
        raise ConfigError(f"[[relays]] {relay.name} has both secret and secret_file.", hint="Leave out one of the two.")
    if relay.kind in ("twilio", "cloudflare"):
        missing = [name for name, is_there in (("user", bool(relay.user)), ("secret", has_secret)) if not is_there]
        if relay.urls:
            raise ConfigError(f"[[relays]] {relay.name}: {relay.kind} names its urls itself.", hint="Leave urls out.")
    else:
        needs_secret = any(url.startswith("turn") for url in relay.urls)
        needed = {
            "urls": (True, bool(relay.urls)),
            "user": (needs_secret and relay.kind == "static", bool(relay.user)),
            "secret": (needs_secret, has_secret),
        }
        missing = [name for name, (is_needed, is_there) in needed.items() if is_needed and not is_there]
        if relay.api:
            raise ConfigError(f"[[relays]] {relay.name}: {relay.kind} has no API.", hint="Leave api out.")
    if missing:
        hint = "It can also come from secret_file, or from the environment." if "secret" in missing else ""
        raise ConfigError(f"[[relays]] {relay.name} needs {' and '.join(missing)}.", hint=hint)
