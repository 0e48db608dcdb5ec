"""A text of rules in whatever format → `Ruleset`. Start at `read`."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from sightline.readiness.problem import shown
from sightline.readiness.rulesets import aws, azure, gcp, iptables, kubernetes, nftables
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.rulesets.ranges import EVERY, as_networks
from sightline.readiness.rulesets.unreadable import TEXT_MOST, unreadable

Json: TypeAlias = Any


def read_all(texts: Sequence[str]) -> tuple[str, Ruleset]:
    """Rules that come in two texts: iptables' for each family, AWS's groups and ACLs. Raises RefusedError for texts
    that do not belong together."""
    if len(texts) == 1:
        return read(texts[0])
    found = [read(text) for text in texts]
    if all(name == _AWS for name, _ in found):
        together: dict[str, Json] = {}
        for text in texts:
            for part, value in json.loads(text).items():
                together[part] = [*together.get(part, []), *value] if isinstance(value, list) else value
        return _AWS, _guarded(aws.read, together)
    families = [version for _, ruleset in found for version in ruleset.versions]
    if len(set(families)) < len(families):
        raise unreadable("These rules do not belong together", "Give one file, or one for each address family.")
    lines = [line for _, ruleset in found for line in (*ruleset.lines, _policy(ruleset))]
    return found[0][0], Ruleset(tuple(lines), "block")


def _policy(ruleset: Ruleset) -> Line:
    """What ends the lines of one family, as a line among those of two."""
    networks = tuple(each for version in ruleset.versions for each in as_networks(EVERY[version], version))
    return Line("the policy", ruleset.otherwise, remotes=networks)


def read(text: str) -> tuple[str, Ruleset]:
    """The format, and what the rules do. Raises RefusedError for a text that is in none."""
    if len(text) > TEXT_MOST:
        raise unreadable(f"The file is longer than {TEXT_MOST} characters", "Is it the right file?")
    if re.search(r"^\*filter\s*$", text, re.MULTILINE):
        return "iptables-save", iptables.read(text)
    if re.search(r"^apiVersion:", text, re.MULTILINE):
        return "Kubernetes NetworkPolicy", _guarded(kubernetes.read, _yaml(text))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _unknown() from None
    if isinstance(document, dict) and "nftables" in document:
        return "nft -j list ruleset", nftables.read(text)
    name, reader = _json_reader(document)
    return name, _guarded(reader, document)


def _json_reader(document: Json) -> tuple[str, Callable[[Json], Ruleset]]:
    if isinstance(document, list) and document and all(isinstance(each, dict) for each in document):
        if "direction" in document[0] and ("allowed" in document[0] or "denied" in document[0]):
            return "Google Cloud firewall rules", gcp.read
        if len(document) == 1 and ("securityRules" in document[0] or "properties" in document[0]):
            return "Azure network security group", lambda found: azure.read(found[0])
    if isinstance(document, dict):
        if "SecurityGroups" in document or "NetworkAcls" in document:
            return _AWS, aws.read
        if "securityRules" in document or "securityRules" in (document.get("properties") or {}):
            return "Azure network security group", azure.read
        if document.get("apiVersion"):
            return "Kubernetes NetworkPolicy", lambda found: kubernetes.read([found])
    raise _unknown()


def _guarded(reader: Callable[[Json], Ruleset], document: Json) -> Ruleset:
    """What a cloud's own command prints has the shape that its reader takes for granted; what has not is refused."""
    try:
        return reader(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, AssertionError, RecursionError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else shown(str(error))
        raise unreadable(
            f"The rules cannot be read: {what}", "It must be what the cloud's own command prints."
        ) from error


def _yaml(text: str) -> list[Json]:
    # An alias may stand for a list of aliases, and so on: a kilobyte becomes a gigabyte.
    if re.search(r"(^|[\s\[{,:-])[&*][A-Za-z0-9_]", text):
        raise unreadable("YAML with anchors is not read", "Use kubectl get networkpolicy -o json.")
    try:
        found = [msgspec.yaml.decode(part) for part in re.split(r"^---\s*$", text, flags=re.MULTILINE) if part.strip()]
    except (msgspec.DecodeError, RecursionError) as error:
        raise unreadable(f"It is not YAML: {shown(str(error))}", "Use kubectl get networkpolicy -o json.") from error
    return [each for each in found if each]


def _unknown() -> Exception:
    return unreadable("These are no rules that the audit knows", FORMATS)


_AWS = "AWS security groups and network ACLs"
FORMATS = (
    "It reads nft -j list ruleset, iptables-save, aws ec2 describe-security-groups and describe-network-acls, "
    "az network nsg show, gcloud compute firewall-rules list --format=json, kubectl get networkpolicy -o json."
)
