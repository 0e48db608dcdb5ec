"""Firewall rules of a Google Cloud network as Terraform or OpenTofu keeps them: one for each family."""

from sightline.readiness.targets.bundles import ADDRESSES_ONLY, bundled
from sightline.readiness.targets.clouds import OneFamily, families, spans
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.hcl import Block, Reference, Value, hcl
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The configuration of one order."""
    found = bundled(order, ADDRESSES_ONLY, _NAME_MOST)
    rules = list(map(_rule, families(found.bundles, order)))
    if not rules:
        return Rules((), found.losses, found.too_wide)
    blocks = [Block("variable", ("network",), [("type", Reference("string"))]), *rules]
    purpose = "terraform plan, then apply, for a network that there is; terraform destroy undoes it."
    return Rules((File(f"{order.service}-gcp.tf", hcl(blocks), purpose),), found.losses, found.too_wide)


def _rule(one: OneFamily) -> Block:
    bundle = one.bundle
    name = f"s-{one.name}"  # Google's names begin with a letter
    values: list[tuple[str, Value]] = [
        ("name", name),
        ("description", comment(bundle.requirement.purpose, _COMMENT_MOST)),
        ("network", Reference("var.network")),
        ("direction", "EGRESS" if bundle.direction == "outbound" else "INGRESS"),
        ("source_ranges", one.sources),
        ("destination_ranges", one.destinations),
    ]
    allow = Block("allow", (), [("protocol", bundle.transport), ("ports", spans(bundle.ports))])
    return Block("resource", ("google_compute_firewall", name.replace("-", "_")), values, [allow])


_NAME_MOST = 58  # Google takes 63
_COMMENT_MOST = 200

TARGET = Target(
    "terraform-gcp",
    "Terraform or OpenTofu: Google Cloud firewall rules",
    render,
    "For the google provider from version 4. Google lets everything out unless a rule denies EGRESS.",
)
