"""What proxies and lists have in common: what an HTTP proxy can be asked for, and that they do not say from where."""

from dataclasses import replace

from sightline.readiness.permit import Loss, Permit
from sightline.readiness.targets.losses import lost
from sightline.readiness.targets.target import Order


def carried(order: Order) -> tuple[Order, tuple[Loss, ...]]:
    """The order without what no proxy carries, and the losses for that."""
    permits = tuple(one for one in order.permits if _is_carried(one))
    losses = tuple(_not_carried(one) for one in order.permits if not _is_carried(one))
    return replace(order, permits=permits), losses


def anybody(order: Order) -> Order:
    """The order without the site's clients, for rules that do not say from where."""
    return replace(order, site=replace(order.site, clients=()))


def for_every_client(order: Order) -> tuple[Loss, ...]:
    """Of a site that names its clients: that these rules do not."""
    if not order.site.clients:
        return ()
    return tuple(
        lost(
            one,
            "not_enforced",
            "clients-not-said",
            "These say where to, and not from where.",
            "Use them for those clients only: in the policy or rule that names them.",
        )
        for one in order.permits
    )


def _is_carried(permit: Permit) -> bool:
    return permit.transport == "tcp" and permit.direction == "outbound"


def _not_carried(permit: Permit) -> Loss:
    if permit.transport == "udp":
        return lost(
            permit,
            "left_out",
            "udp-past-proxy",
            "An HTTP proxy carries no UDP.",
            "Allow it on the firewall beside the proxy: choose that as a target too.",
        )
    return lost(
        permit,
        "left_out",
        "inbound-past-proxy",
        "An HTTP proxy carries what clients open, not what is opened towards them.",
        "Allow it on the firewall: choose that as a target too.",
    )
