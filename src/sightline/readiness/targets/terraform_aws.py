"""An AWS security group as Terraform or OpenTofu keeps it."""

from sightline.readiness.targets.bundles import ADDRESSES_ONLY, Bundle, bundled
from sightline.readiness.targets.clouds import networks_of
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.hcl import Block, Reference, Value, hcl
from sightline.readiness.targets.proxied import anybody, for_every_client
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The configuration of one order."""
    found = bundled(anybody(order), ADDRESSES_ONLY, _NAME_MOST)
    losses = (*found.losses, *for_every_client(order))
    if not found.bundles:
        return Rules((), losses, found.too_wide)
    rules = [rule for bundle in found.bundles for rule in _rules(bundle)]
    about = comment(order.title, 100)
    values: list[tuple[str, Value]] = [
        ("name", f"s-{order.service}"),
        ("description", f"What {about} needs"),
        ("vpc_id", Reference("var.vpc_id")),
    ]
    blocks = [
        Block("variable", ("vpc_id",), [("type", Reference("string"))]),
        Block("resource", ("aws_security_group", _label(order.service)), values, rules),
    ]
    purpose = "terraform plan, then apply. Attach the group to the clients' interfaces; terraform destroy undoes it."
    return Rules((File(f"{order.service}-aws.tf", hcl(blocks), purpose),), losses, found.too_wide)


def _rules(bundle: Bundle) -> list[Block]:
    kind = "egress" if bundle.direction == "outbound" else "ingress"
    v4 = [str(each) for each in networks_of(bundle.members, 4)]
    v6 = [str(each) for each in networks_of(bundle.members, 6)]
    where: list[tuple[str, Value]] = [("cidr_blocks", v4)] if v4 else []
    where += [("ipv6_cidr_blocks", v6)] if v6 else []
    about = comment(f"{bundle.name}: {bundle.requirement.purpose}", _COMMENT_MOST)
    return [
        Block(
            kind,
            (),
            [
                ("description", about),
                ("protocol", bundle.transport),
                ("from_port", first),
                ("to_port", last),
                *where,
            ],
        )
        for first, last in bundle.ports.ranges
    ]


def _label(service: str) -> str:
    return "s_" + service.replace("-", "_")


_NAME_MOST = 60
_COMMENT_MOST = 250  # AWS takes 255

TARGET = Target(
    "terraform-aws",
    "Terraform or OpenTofu: AWS security group",
    render,
    "For the AWS provider from version 4. Terraform takes away the rule that lets everything out; the group's default "
    "quota is 60 ranges a direction.",
    has_clients=False,
)
