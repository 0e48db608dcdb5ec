"""OPNsense: aliases and rules as they stand in config.xml."""

import uuid
import xml.etree.ElementTree as ET

from sightline.readiness.targets.bundles import Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.config_xml import Alias, Rule, aliases_and_rules, document, element
from sightline.readiness.targets.objects import resolved
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(names=True)


def render(order: Order) -> Rules:
    """The parts of config.xml of one order."""
    found = bundled(order, NAMING, _NAME_MOST, with_service=False)
    if not found.bundles:
        return Rules((), found.losses, found.too_wide)
    aliases, rules = aliases_and_rules(order, found)
    root = ET.Element("opnsense")
    held = element(element(element(element(root, "OPNsense"), "Firewall"), "Alias"), "aliases")
    for each in aliases:
        _alias(held, each, order)
    filtering = element(root, "filter")
    for one in rules:
        _rule(filtering, one, order)
    text = document(
        root,
        f"{comment(order.title, 60)}: what it needs, for OPNsense.",
        "Save your configuration (System, Configuration, Backups). Put each alias into its aliases, and each rule into",
        "its filter, above what blocks. Restore it. What has the name of an alias here, or the uuid, is replaced.",
        "The interfaces are those of the site file; yours are called lan, wan, opt1 and so on in the configuration.",
        "To undo, take away the rules with these uuids, then the aliases.",
    )
    return Rules(
        (File(f"{order.service}-opnsense.xml", text, "To be put into a saved configuration; says where."),),
        (*found.losses, *resolved(found.bundles, "Let the clients ask the resolver that the firewall asks.")),
        found.too_wide,
    )


def _alias(parent: ET.Element, alias: Alias, order: Order) -> None:
    made = element(parent, "alias", uuid=_uuid(f"{order.service} {alias.name}"))
    element(made, "enabled", "1")
    element(made, "name", alias.name)
    element(made, "type", alias.kind)
    element(made, "content", "\n".join(alias.content))
    element(made, "description", alias.said)


def _rule(parent: ET.Element, rule: Rule, order: Order) -> None:
    key = f"{order.service} {rule.interface} {rule.family} {rule.source} {rule.destination} {rule.ports}"
    made = element(parent, "rule", uuid=_uuid(key))
    element(made, "type", "pass")
    element(made, "interface", rule.interface)
    element(made, "ipprotocol", rule.family)
    element(made, "statetype", "keep state")
    element(made, "direction", "in")
    element(made, "quick", "1")
    element(made, "protocol", rule.protocol)
    for tag, alias in (("source", rule.source), ("destination", rule.destination)):
        end = element(made, tag)
        element(end, "address", alias) if alias else element(end, "any", "1")
        if tag == "destination":
            element(end, "port", rule.ports)
    element(made, "descr", rule.said)


def _uuid(key: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sightline:opnsense:{key}"))


_NAME_MOST = 60  # Guess, on the side of what people read: only descriptions hold it

TARGET = Target(
    "opnsense",
    "OPNsense",
    render,
    "Parts of config.xml, to be put into a saved configuration by hand: restoring a part alone would replace what you "
    "have. Names are looked up by the firewall every five minutes.",
)
