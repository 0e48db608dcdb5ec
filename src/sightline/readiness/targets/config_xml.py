"""What OPNsense and pfSense have in common: aliases and rules in a configuration file that is one XML document.

Restoring a part of a configuration replaces that part, so what is made here is not restored by itself: it is put into
a saved configuration by a person. An alias never holds all of a family, since a table of pf takes that for an error on
some versions; a rule says it in a word.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.ports import PortSet
from sightline.readiness.site import Network
from sightline.readiness.targets.addresses import ALL, VERSIONS
from sightline.readiness.targets.bundles import Bundle, Bundled, Member
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.names import RuleNames
from sightline.readiness.targets.objects import zones
from sightline.readiness.targets.target import Order


@dataclass(frozen=True, slots=True)
class Alias:
    """A named list of names, networks or ports."""

    name: str
    kind: str
    """host, network or port."""
    content: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that passes what comes in on an interface."""

    interface: str
    protocol: str
    family: str
    """inet, inet6 or inet46."""
    source: str
    """An alias; empty: any."""
    destination: str
    ports: str
    said: str


def aliases_and_rules(order: Order, found: Bundled) -> tuple[tuple[Alias, ...], tuple[Rule, ...]]:
    """All of an order."""
    making = _Making(order)
    rules = tuple(rule for bundle in found.bundles for rule in making.rules(bundle))
    return tuple(making.aliases.values()), rules


class _Making:
    """The aliases as they grow."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.names = RuleNames(_ALIAS_MOST - len("n_"))
        self.aliases: dict[str, Alias] = {}
        self.clients = self.networks("clients", order.site.clients, "Clients")

    def rules(self, bundle: Bundle) -> Iterator[Rule]:
        purpose = bundle.requirement.purpose
        ports = self.ports(bundle.name, bundle.ports, purpose)
        families = [version for version in VERSIONS if ALL[version][0] in bundle.members]
        if bundle.is_anywhere:
            yield self.rule(bundle, "inet46", "", ports)
            return
        for version in families:
            yield self.rule(bundle, "inet" if version == 4 else "inet6", "", ports)
        if names := [each.text for each in bundle.members if isinstance(each, Name)]:
            alias = self.alias("host", names, purpose, bundle.name)
            yield self.rule(bundle, "inet46", alias, ports)
        if alias := self.networks(bundle.name, bundle.members, purpose):
            yield self.rule(bundle, "inet46", alias, ports)

    def rule(self, bundle: Bundle, family: str, others: str, ports: str) -> Rule:
        interface, _ = zones(bundle, self.order)
        is_outbound = bundle.direction == "outbound"
        source, destination = (self.clients, others) if is_outbound else (others, self.clients)
        said = comment(f"{self.order.service} {bundle.name}: {bundle.requirement.purpose}", _COMMENT_MOST)
        return Rule(interface, bundle.transport, family, source, destination, ports, said)

    def networks(self, name: str, members: tuple[Member, ...] | tuple[Network, ...], purpose: str) -> str:
        everywhere = {*ALL[4], *ALL[6]}
        texts = [str(each) for each in members if not isinstance(each, Name | Wildcard) and each not in everywhere]
        return self.alias("network", texts, purpose, name) if texts else ""

    def ports(self, name: str, ports: PortSet, purpose: str) -> str:
        said = [str(first) if first == last else f"{first}:{last}" for first, last in ports.ranges]
        return self.alias("port", said, purpose, name)

    def alias(self, kind: str, content: list[str], purpose: str, name: str) -> str:
        # The name of an alias takes no hyphens and begins with no digit; what it is made of has no underscores.
        name = f"{kind[0]}_{self.names.of(self.order.service, name)}".replace("-", "_")
        self.aliases[name] = Alias(name, kind, tuple(content), comment(purpose, _COMMENT_MOST))
        return name


def element(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """A child with a text."""
    child = ET.SubElement(parent, tag, attributes)
    child.text = text
    return child


def document(root: ET.Element, *said: str) -> str:
    """The document, with what is to be known of it in front."""
    ET.indent(root)
    told = "\n".join(f"  {each}" for each in said)
    assert "--" not in told, "two hyphens end a comment"
    return f'<?xml version="1.0"?>\n<!--\n{told}\n-->\n{ET.tostring(root, encoding="unicode")}\n'


_ALIAS_MOST = 31  # pfSense and OPNsense: 31 characters of letters, digits and underscores
_COMMENT_MOST = 200  # Guess, on the side of short lines: OPNsense takes 255
