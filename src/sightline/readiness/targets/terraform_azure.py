"""Rules of an Azure network security group as Terraform or OpenTofu keeps them: one for each family."""

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
    each = list(_each(found.bundles))
    if not each:
        return Rules((), found.losses, found.too_wide)
    blocks = [Block("variable", (name,), [("type", Reference("string"))]) for name in _VARIABLES]
    blocks += [
        _rule(bundle, version, order, _FIRST_PRIORITY + number * _STEP)
        for number, (bundle, version) in enumerate(each)
    ]  # fmt: skip
    purpose = "terraform plan, then apply, for a network security group that there is; terraform destroy undoes it."
    return Rules((File(f"{order.service}-azure.tf", hcl(blocks), purpose),), found.losses, found.too_wide)


def _each(bundles: tuple[Bundle, ...]) -> Iterator[tuple[Bundle, Version]]:
    for bundle in bundles:
        for version in VERSIONS:
            if networks_of(bundle.members, version):
                yield bundle, version


def _rule(bundle: Bundle, version: Version, order: Order, priority: int) -> Block:
    theirs = [str(each) for each in networks_of(bundle.members, version)]
    ours = [str(each) for each in clients_of(order, version)]
    source, destination = (theirs, ours) if bundle.direction == "inbound" else (ours, theirs)
    name = f"{bundle.name}-v{version}"
    values: list[tuple[str, Value]] = [
        ("name", name),
        ("description", comment(bundle.requirement.purpose, _COMMENT_MOST)),
        ("priority", priority),
        ("direction", "Outbound" if bundle.direction == "outbound" else "Inbound"),
        ("access", "Allow"),
        ("protocol", bundle.transport.capitalize()),
        ("source_port_range", "*"),
        ("source_address_prefixes", source),
        ("destination_address_prefixes", destination),
        ("destination_port_ranges", [str(a) if a == b else f"{a}-{b}" for a, b in bundle.ports.ranges]),
        ("resource_group_name", Reference("var.resource_group_name")),
        ("network_security_group_name", Reference("var.network_security_group_name")),
    ]
    return Block("resource", ("azurerm_network_security_rule", "s_" + name.replace("-", "_")), values)


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
