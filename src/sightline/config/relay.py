"""The settings of the relay, and of other relays beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from sightline.config.about import About
from sightline.config.checks import (
    api_url,
    label,
    mapped_address,
    optional_address,
    prefix,
    relay_address,
    relay_url,
    shared_secret,
    static_user,
)


@dataclass(frozen=True, slots=True)
class Relay:
    """The relay (STUN and TURN) inside this server, on its one port: it forwards media between two that cannot reach
    each other. Both sides of a call are given an hour's credentials for it, and nobody else."""

    enabled: Annotated[
        bool, About("Relay media. Without it, and without [[relays]], calls fail wherever no direct path is found.")
    ] = True
    only: Annotated[
        bool,
        About(
            "Browsers use no direct path, only relays. For trying out the relay, and where addresses of participants "
            "must not be shown to each other. All media then passes through this server or one of [[relays]]."
        ),
    ] = False
    addresses: Annotated[
        tuple[str, ...],
        About(
            "Addresses of this machine from which the relay sends to those that are not its own clients; the first of "
            "each family is used. Empty: those on which the server listens.",
            check=relay_address,
        ),
    ] = ()
    public_addresses: Annotated[
        tuple[str, ...],
        About(
            "Behind a NAT that maps one address to one: what others see instead of the addresses of this machine, such "
            'as "203.0.113.7", or "10.0.0.5=203.0.113.7" where the machine has several.',
            check=mapped_address,
        ),
    ] = ()
    first_port: Annotated[
        int,
        About(
            "The first UDP port of the relay's own towards those that are not its clients. A firewall need not let "
            "them in as long as both sides of a call use this relay.",
            least=1024,
            most=65535,
        ),
    ] = 49152
    last_port: Annotated[int, About("The last of them. Each call takes two to six.", least=1024, most=65535)] = 65535
    classic_ports: Annotated[
        Literal["auto", "on", "off"],
        About(
            "STUN and TURN, and nothing else, also on the ports where they are used to be: for other programs, and for "
            'networks that open just these. "auto": if `[listen] port` is 443, and as far as no other program has '
            'them. "on": not to start without them.'
        ),
    ] = "auto"
    classic_port: Annotated[int, About("The classic port for UDP and TCP. 0: none.", most=65535)] = 3478
    classic_tls_port: Annotated[int, About("The classic port for TLS. 0: none.", most=65535)] = 5349
    allowed_peers: Annotated[
        tuple[str, ...],
        About(
            "Addresses or prefixes that may be relayed to although they are not on the public internet. By default "
            "the relay opens none of the networks behind it: not this machine, no private or link-local address. Two "
            "of its own clients reach each other in any case.",
            check=prefix,
        ),
    ] = ()
    denied_peers: Annotated[
        tuple[str, ...], About("Addresses or prefixes that are never relayed to, whatever else is said.", check=prefix)
    ] = ()
    allocations: Annotated[
        int,
        About("Relayed addresses in all. A call uses two to six.", unit="allocations", least=1, most=1_000_000),
    ] = 12_000
    allocations_per_user: Annotated[
        int,
        About(
            "For one participant, or one of `users`. In a call of four each has three links, three ways into the relay "
            "and perhaps two networks: 18, and twice that while ICE restarts.",
            unit="allocations",
            least=1,
            most=1_000_000,
        ),
    ] = 48
    allocations_per_address: Annotated[
        int,
        About(
            "From one IPv4 address or IPv6 /64. A whole plant may sit behind one address.",
            unit="allocations",
            least=1,
            most=1_000_000,
        ),
    ] = 1_000
    user_bytes_per_s: Annotated[
        int,
        About(
            "What one participant may have relayed, both ways together; what is more is dropped. Each thread counts by "
            "itself. A picture takes about 300,000. 0: no limit.",
            unit="bytes a second",
        ),
    ] = 0
    address_bytes_per_s: Annotated[
        int, About("The same, for one IPv4 address or IPv6 /64. 0: no limit.", unit="bytes a second")
    ] = 0
    mobility: Annotated[
        bool,
        About(
            "Clients that ask for it keep their relayed address when they change network (RFC 8016). With `threads` "
            "at 0 there is then one thread, as only the one that knows a client finds it again."
        ),
    ] = False
    tcp_allocations: Annotated[
        bool, About("Also relay TCP connections (RFC 6062). No browser asks for it; other programs do.")
    ] = False
    users: Annotated[
        tuple[str, ...],
        About(
            'Users with a password that does not end, each as "name:password": for trying out the relay with other '
            "programs. Calls need none.",
            check=static_user,
            is_secret=True,
        ),
    ] = ()
    shared_secrets: Annotated[
        tuple[str, ...],
        About(
            "Secrets by which other programs of yours make credentials for this relay that end by themselves, as with "
            "coturn's use-auth-secret. The server's own secret is made by itself, and anew at a start after a week.",
            check=shared_secret,
            is_secret=True,
        ),
    ] = ()
    second_address: Annotated[
        str,
        About(
            "Another address of this machine by which programs find out how a NAT behaves (RFC 5780). Empty: none.",
            check=optional_address,
        ),
    ] = ""
    second_port: Annotated[int, About("Another port for the same purpose. 0: none.", most=65535)] = 0
    threads: Annotated[
        int,
        About(
            "Threads that carry packets. 0: one for each processor; with `mobility` one.",
            unit="threads",
            most=1024,
        ),
    ] = 0
    region: Annotated[
        str, About("Where this server is, such as eu-west. Other relays of the same region are preferred.", check=label)
    ] = ""
    priority: Annotated[
        int, About("Among all relays, those with a smaller number are handed out first.", most=10_000)
    ] = 100


@dataclass(frozen=True, slots=True)
class OtherRelay:
    """Another STUN or TURN server that participants of calls are told of besides our own. Each `[[relays]]` is one;
    there may be many. Of those that answer the first two are handed out."""

    name: Annotated[
        str,
        About("What it is called in the log, the metrics and the environment, such as frankfurt.", check=label),
    ] = ""
    kind: Annotated[
        Literal["static", "shared_secret", "twilio", "cloudflare"],
        About(
            'Where its credentials come from. "static": `user` and `secret` are name and password. "shared_secret": '
            'made here of `secret`, as with coturn\'s use-auth-secret. "twilio" and "cloudflare": asked of their API.'
        ),
    ] = "static"
    urls: Annotated[
        tuple[str, ...],
        About(
            "Its addresses, such as stun:stun.example.com:3478 or turns:turn.example.com:443?transport=tcp. A provider "
            "with an API names them itself.",
            check=relay_url,
        ),
    ] = ()
    user: Annotated[
        str,
        About(
            "static: the user's name. twilio: the account's SID (AC…). cloudflare: the id of the TURN key. "
            "shared_secret: nothing."
        ),
    ] = ""
    secret: Annotated[
        str,
        About(
            "static: the password. shared_secret: the secret. twilio: the account's token. cloudflare: the key's API "
            "token.",
            is_secret=True,
        ),
    ] = ""
    secret_file: Annotated[
        Path | None, About("File whose first line is the secret, so that it need not stand among the settings.")
    ] = None
    region: Annotated[
        str,
        About("Where it is. Those of the same region as `[relay] region` come first, then by priority.", check=label),
    ] = ""
    priority: Annotated[
        int, About("Among all relays, those with a smaller number are handed out first.", most=10_000)
    ] = 200
    api: Annotated[
        str,
        About("Where the provider's API is reached, if not where it always is.", check=api_url),
    ] = ""
