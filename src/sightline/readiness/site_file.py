"""TOML text → `Site`, or every problem with its place. Start at `parse_site`."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from sightline.readiness.names import host_fault, wildcard_base
from sightline.readiness.problem import Problem, shown
from sightline.readiness.shape import misfits
from sightline.readiness.site import Network, Site, is_everywhere

Networks = tuple[str, ...]
Interface = Annotated[str, Meta(min_length=1, max_length=63)]


class SiteFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The customer's side of rules, as it is written down."""

    name: Annotated[str, Meta(max_length=200)] = ""
    clients: Networks = ()
    peers: Networks = ()
    inside: Interface = "inside"
    outside: Interface = "outside"
    proxy: Annotated[str, Meta(max_length=300)] = ""
    addresses: dict[str, Networks] = {}
    published: dict[str, Networks] = {}


@dataclass(frozen=True, slots=True)
class ParsedSite:
    """A site, or the reasons why there is none: exactly one of the two."""

    site: Site | None
    problems: tuple[Problem, ...]


def parse_site(text: str, file: str) -> ParsedSite:
    """Read one site file. `file` is what problems call the text."""
    if len(text) > _TEXT_MOST:
        return ParsedSite(
            None, (Problem(file, "", f"is longer than {_TEXT_MOST} characters", "Is it the right file?"),)
        )
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else shown(str(error))
        return ParsedSite(None, (Problem(file, "", f"is not TOML: {reason}", ""),))
    if problems := tuple(misfits(document, SiteFile, file)):
        return ParsedSite(None, problems)
    found = msgspec.convert(document, SiteFile)
    if problems := tuple(Problem(file, *fault) for fault in _faults(found)):
        return ParsedSite(None, problems)
    if problems := tuple(Problem(file, *fault) for fault in _wide_faults(found)):
        return ParsedSite(None, problems)
    return ParsedSite(_site(found), ())


def _site(found: SiteFile) -> Site:
    return Site(
        name=found.name,
        clients=_networks(found.clients),
        peers=_networks(found.peers),
        addresses={_key(host): _networks(each) for host, each in found.addresses.items()},
        published={url: _networks(each) for url, each in found.published.items()},
        inside=found.inside,
        outside=found.outside,
        proxy=found.proxy,
    )


def _faults(found: SiteFile) -> Iterator[tuple[str, str, str]]:
    yield from _network_faults("clients", found.clients)
    yield from _network_faults("peers", found.peers)
    for host, networks in found.addresses.items():
        place = f'addresses."{shown(host)}"'
        if fault := host_fault(wildcard_base(host)):
            yield place, f"is for no host: {shown(fault.why)}", "Write the name as the profile has it."
        yield from _network_faults(place, networks)
        if not networks:
            yield place, "must not be empty", "Leave the line out: an empty list could be taken for everywhere."
    for url, networks in found.published.items():
        yield from _network_faults(f'published."{shown(url)}"', networks)
    for field, text in (("inside", found.inside), ("outside", found.outside)):
        if not re.fullmatch(r"[A-Za-z0-9_.:/@-]+", text, re.ASCII):
            yield (
                field,
                f'is "{shown(text)}", which no firewall calls an interface or zone',
                "Letters, digits and _.:/@-",
            )
    if found.proxy and not _is_host_and_port(found.proxy):
        yield "proxy", f'is "{shown(found.proxy)}"', "Write host:port, such as proxy.example.com:3128."


def _network_faults(place: str, networks: Networks) -> Iterator[tuple[str, str, str]]:
    for number, text in enumerate(networks):
        try:
            ip_network(text)
        except ValueError as error:
            hint = "Write 192.0.2.0/24, 2001:db8::/32, or one address; no bits may be set right of the mask."
            yield f"{place}[{number}]", f"is no network: {shown(str(error))}", hint


def _wide_faults(found: SiteFile) -> Iterator[tuple[str, str, str]]:
    lists = [("peers", found.peers, "To let calls go anywhere: `--widen peers`.")]
    by_name = "To open the port to every address: `--widen names`."
    lists += [(f'addresses."{shown(host)}"', each, by_name) for host, each in found.addresses.items()]
    lists += [(f'published."{shown(url)}"', each, "Copy the list.") for url, each in found.published.items()]
    for place, networks, hint in lists:
        if is_everywhere(map(ip_network, networks)):
            yield place, "is every address", hint


def _networks(texts: Networks) -> tuple[Network, ...]:
    return tuple(dict.fromkeys(map(ip_network, texts)))


def _key(host: str) -> str:
    """As permits call it: a name in small letters, or `*.` and what is below."""
    base = wildcard_base(host)
    return base.lower() if base == host else f"*.{base.lower()}"


def _is_host_and_port(text: str) -> bool:
    host, _, port = text.rpartition(":")
    if not re.fullmatch(r"[1-9][0-9]{0,4}", port, re.ASCII) or int(port) > 65535:
        return False
    try:
        ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", host, re.ASCII) is not None
    return True


_TEXT_MOST = 4 << 20  # characters; a provider's list of 80,000 networks has 1.5 million
