"""Why a probe failed, in words: a table of what was observed against what it can mean, never more than that."""

from collections.abc import Mapping

from sightline.readiness.check.observation import Observation
from sightline.readiness.check.probe import Bind, Connect, Handshake, Probe, Resolve, Upgrade, described


def cause(of: Observation, seen: Mapping[Probe, Observation]) -> str:
    """One sentence or two."""
    what = described(of.probe)
    what = what[0].upper() + what[1:]
    match of.probe, of.outcome:
        case Resolve(host), "no_such_name":
            return f"This network's resolver says that there is no {host}: it filters names, or the name is gone."
        case Resolve(host), "sinkholed":
            return f"This network's resolver answers for {host} with {of.fact('addresses')}: it filters names."
        case Resolve(host), _:
            return f"This network's resolver gave no answer for {host}."
        case Bind(transport="udp"), "silent":
            return f"{what}: no answer. UDP is dropped on the way out or back{_or_down(of, seen)}."
        case _, "silent":
            return f"{what}: no answer. Packets are dropped on the way{_or_down(of, seen)}."
        case Connect(), "refused":
            return f"{what}: refused. A firewall rejects it, or nothing listens there."
        case Bind(transport="udp"), "refused":
            return f"{what}: refused by ICMP. A firewall rejects it, or nothing listens there."
        case _, "unreachable":
            return f"{what}: ICMP says that there is no way, or that it is forbidden."
        case Handshake(host), "closed":
            return f"{what}: closed as soon as {host} was named. A firewall filters TLS by name, or inspects it."
        case Handshake(), "not_trusted":
            issuer = of.fact("issuer") or "somebody unknown"
            return (
                f"{what}: the certificate comes from “{issuer}”, which this machine does not trust. TLS is opened on "
                "the way, or the server has an authority of its own, as Sightline may (its page /trust): --ca FILE."
            )
        case Handshake(host), "wrong_name":
            return f"{what}: the certificate is for {of.fact('names') or 'somebody else'}, not for {host}."
        case Upgrade(), "not_spoken":
            return f"{what}: answered with status {of.fact('status')}. Something on the way takes the upgrade out."
        case Upgrade() | Bind(), "closed":
            return (
                f"{what}: the connection was closed at the first message. Something on the way wants another protocol."
            )
        case _, "not_spoken":
            return f"{what}: something else answers there."
    return f"{what}: {of.outcome.replace('_', ' ')}."


def _or_down(of: Observation, seen: Mapping[Probe, Observation]) -> str:
    """Where the same host answers elsewhere, it is not down."""
    host = of.probe.host
    others = [one for probe, one in seen.items() if probe.host == host and not isinstance(probe, Resolve)]
    if any(one.outcome in ("answered", "refused", "not_trusted", "wrong_name") for one in others):
        return ", as the host answers otherwise"
    return ", or the service is down: from here alone that cannot be told"
