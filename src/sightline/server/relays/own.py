"""Our own relay, as the front door is told of it: settings and the machine's addresses in, its settings out."""

import secrets
from ipaddress import ip_address
from typing import Final

from sightline.config import Config
from sightline.media import front_door
from sightline.server.certificates.names import MachineNames
from sightline.server.places import reachable

REALM: Final = "sightline"
"""What credentials are for. Nobody sees it but programs, and it travels in every refusal: short is good."""


def relay_settings(config: Config, machine: MachineNames, shared_secrets: list[str]) -> front_door.Relay | None:
    """None: the relay is turned off. Wildcards become the addresses of this machine, as the relay may send to none of
    its own ports."""
    relay = config.relay
    if not relay.enabled:
        return None
    listening = [ip_address(address) for address in config.listen.addresses]
    addresses = list(relay.addresses) or [str(address) for address in reachable(listening, machine)]
    ports = [config.listen.port, config.listen.local_port, *classic_ports(config), relay.second_port]
    own = dict.fromkeys([*map(str, machine.addresses), *addresses, *filter(None, [relay.second_address])])
    return front_door.Relay(
        realm=REALM,
        nonce_secret=secrets.token_hex(32),
        addresses=addresses,
        control=[joined(address, port) for address in own for port in dict.fromkeys(ports) if port],
        public_addresses=_public_addresses(relay.public_addresses, addresses),
        threads=relay.threads,
        first_port=relay.first_port,
        last_port=relay.last_port,
        allowed_peers=list(relay.allowed_peers),
        denied_peers=list(relay.denied_peers),
        users=[front_door.RelayUser(*user.split(":", 1)) for user in relay.users],
        shared_secrets=[*shared_secrets, *relay.shared_secrets],
        has_mobility=relay.mobility,
        has_tcp_allocations=relay.tcp_allocations,
        allocations=relay.allocations,
        allocations_per_user=relay.allocations_per_user,
        allocations_per_address=relay.allocations_per_address,
        user_bytes_per_s=relay.user_bytes_per_s or None,
        address_bytes_per_s=relay.address_bytes_per_s or None,
        second_address=relay.second_address or None,
        second_port=relay.second_port or None,
    )


def classic_ports(config: Config) -> list[int]:
    """The classic ports to open besides the one port."""
    relay, listen = config.relay, config.listen
    is_wanted = relay.classic_ports == "on" or (relay.classic_ports == "auto" and listen.port == 443)
    if not relay.enabled or not is_wanted:
        return []
    taken = (0, listen.port, listen.local_port)
    return [port for port in dict.fromkeys([relay.classic_port, relay.classic_tls_port]) if port not in taken]


def _public_addresses(mapped: tuple[str, ...], addresses: list[str]) -> dict[str, str]:
    """Own address to what others see instead; one without an own address is for all of its family."""
    public = {}
    for text in mapped:
        own, _, seen = text.rpartition("=")
        for address in [own] if own else addresses:
            if ip_address(address).version == ip_address(seen).version:
                public[address] = seen
    return public


def joined(host: str, port: int) -> str:
    """As the front door takes it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
