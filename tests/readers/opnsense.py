"""OPNsense's config.xml → what its rules let pass, after OPNsense's models of aliases and rules."""

import xml.etree.ElementTree as ET

from sightline.readiness.rulesets.line import Ruleset
from tests.readers.config_xml import aliases, ruleset


def read(text: str) -> Ruleset:
    root = ET.fromstring(text)
    assert root.tag == "opnsense"
    held = []
    for alias in root.findall("OPNsense/Firewall/Alias/aliases/alias"):
        assert alias.findtext("enabled") == "1"
        content = (alias.findtext("content") or "").split("\n")
        held.append((alias.findtext("name") or "", alias.findtext("type") or "", content))
    for rule in root.findall("filter/rule"):
        assert rule.findtext("direction") == "in"
        assert rule.findtext("quick") == "1"
    marks = [each.get("uuid") for each in (*root.iter("alias"), *root.iter("rule"))]
    assert len(set(marks)) == len(marks)
    return ruleset(root.findall("filter/rule"), aliases(held))
