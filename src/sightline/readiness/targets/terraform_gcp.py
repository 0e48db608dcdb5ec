"""Firewall rules of a Google Cloud network as Terraform or OpenTofu keeps them: one for each family."""

from collections.abc import Iterator

from sightline.readiness.targets.addresses import VERSIONS, Version, clients_of
from sightline.readiness.targets.bundles import ADDRESSES_ONLY, Bundle, bundled
from sightline.readiness.targets.clouds import networks_of
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.hcl import Block, Reference, Value, hcl
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The configuration of one order."""
    found = bundled(order, ADDRESSES_ONLY, _NAME_MOST)
    rules = [rule for bundle in found.bundles for rule in _rules(bundle, order)]
    if not rules:
        return Rules((), found.losses, found.too_wide)
    blocks = [Block("variable", ("network",), [("type", Reference("string"))]), *rules]
    purpose = "terraform plan, then apply, for a network that there is; terraform destroy undoes it."
    return Rules((File(f"{order.service}-gcp.tf", hcl(blocks), purpose),), found.losses, found.too_wide)


def _rules(bundle: Bundle, order: Order) -> Iterator[Block]:
    for version in VERSIONS:
        if theirs := networks_of(bundle.members, version):
            yield _rule(bundle, version, [str(each) for each in theirs], order)


def _rule(bundle: Bundle, version: Version, theirs: list[str], order: Order) -> Block:
    ours = [str(each) for each in clients_of(order, version)]
    source, destination = (theirs, ours) if bundle.direction == "inbound" else (ours, theirs)
    name = f"s-{bundle.name}-v{version}"  # Google's names begin with a letter
    values: list[tuple[str, Value]] = [
        ("name", name),
        ("description", comment(bundle.requirement.purpose, _COMMENT_MOST)),
        ("network", Reference("var.network")),
        ("direction", "EGRESS" if bundle.direction == "outbound" else "INGRESS"),
        ("source_ranges", source),
        ("destination_ranges", destination),
    ]
    ports = [str(first) if first == last else f"{first}-{last}" for first, last in bundle.ports.ranges]
    allow = Block("allow", (), [("protocol", bundle.transport), ("ports", ports)])
    return Block("resource", ("google_compute_firewall", name.replace("-", "_")), values, [allow])


_NAME_MOST = 58  # Google takes 63
_COMMENT_MOST = 200

TARGET = Target(
    "terraform-gcp",
    "Terraform or OpenTofu: Google Cloud firewall rules",
    render,
    "For the google provider from version 4. Google lets everything out unless a rule denies EGRESS.",
)
