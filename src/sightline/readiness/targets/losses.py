"""What a target says of a permit that it cannot render as it is."""

from sightline.readiness.permit import Anywhere, Effect, Loss, Name, Permit, Wildcard


def lost(permit: Permit, effect: Effect, code: str, why: str, instead: str) -> Loss:
    """A loss of one permit. Only so can it be told that each permit is in the rules or declared lost."""
    return Loss(permit.requirement.id, effect, code, described(permit), why, instead)


def described(permit: Permit) -> str:
    """The permit in a line, such as `cms.scopear.com, TCP 443`: different for any two of one requirement."""
    begins = "from " if permit.direction == "inbound" else ""
    return f"{begins}{remote_text(permit)}, {permit.transport.upper()} {permit.ports}"


def remote_text(permit: Permit) -> str:
    """The other side in words."""
    match permit.remote:
        case Name(text):
            return text
        case Wildcard(base, match):
            return f"*.{base} ({match.replace('_', ' ')})"
        case Anywhere():
            return "anywhere"
        case network:
            return str(network.network_address) if network.num_addresses == 1 else str(network)
