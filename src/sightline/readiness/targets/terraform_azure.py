"""Rules of an Azure network security group as Terraform or OpenTofu keeps them: one for each family."""

from sightline.readiness.targets.bundles import ADDRESSES_ONLY, bundled
from sightline.readiness.targets.clouds import OneFamily, families, spans
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.hcl import Block, Reference, Value, hcl
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The configuration of one order."""
    found = bundled(order, ADDRESSES_ONLY, _NAME_MOST)
    each = list(families(found.bundles, order))
    if not each:
        return Rules((), found.losses, found.too_wide)
    blocks = [Block("variable", (name,), [("type", Reference("string"))]) for name in _VARIABLES]
    blocks += [
        _rule(one, _FIRST_PRIORITY + number * _STEP) for number, one in enumerate(each)
    ]  # fmt: skip
    purpose = "terraform plan, then apply, for a network security group that there is; terraform destroy undoes it."
    return Rules((File(f"{order.service}-azure.tf", hcl(blocks), purpose),), found.losses, found.too_wide)


def _rule(one: OneFamily, priority: int) -> Block:
    bundle = one.bundle
    values: list[tuple[str, Value]] = [
        ("name", one.name),
        ("description", comment(bundle.requirement.purpose, _COMMENT_MOST)),
        ("priority", priority),
        ("direction", "Outbound" if bundle.direction == "outbound" else "Inbound"),
        ("access", "Allow"),
        ("protocol", bundle.transport.capitalize()),
        ("source_port_range", "*"),
        ("source_address_prefixes", one.sources),
        ("destination_address_prefixes", one.destinations),
        ("destination_port_ranges", spans(bundle.ports)),
        ("resource_group_name", Reference("var.resource_group_name")),
        ("network_security_group_name", Reference("var.network_security_group_name")),
    ]
    return Block("resource", ("azurerm_network_security_rule", "s_" + one.name.replace("-", "_")), values)


_VARIABLES = ("resource_group_name", "network_security_group_name")
_NAME_MOST = 76  # Azure takes 80, and the family stands behind
_COMMENT_MOST = 140
_FIRST_PRIORITY, _STEP = 1000, 3

TARGET = Target(
    "terraform-azure",
    "Terraform or OpenTofu: Azure network security group",
    render,
    "For the azurerm provider from version 3. Priorities from 1000; Azure lets everything out to the internet unless a "
    "rule denies it.",
)
