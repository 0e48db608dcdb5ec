"""pfSense's config.xml → what its rules let pass, after pfSense's documentation of aliases and rules."""

import xml.etree.ElementTree as ET

from sightline.readiness.rulesets.line import Ruleset
from tests.readers.config_xml import aliases, ruleset


def read(text: str) -> Ruleset:
    root = ET.fromstring(text)
    assert root.tag == "pfsense"
    held = []
    for alias in root.findall("aliases/alias"):
        content = (alias.findtext("address") or "").split(" ")
        assert len((alias.findtext("detail") or "").split("||")) == len(content)
        held.append((alias.findtext("name") or "", alias.findtext("type") or "", content))
    return ruleset(root.findall("filter/rule"), aliases(held))
