"""Windows Defender Firewall, as a PowerShell script: one group of rules, taken away and made anew each time.

Names are dynamic keywords, which Windows 11 and Server 2022 know. They hold no wildcards. They stand in rules of their
own: the documentation leaves open what a rule with both, addresses and names, lets pass.
"""

import uuid
from collections.abc import Iterable, Iterator

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.site import Network
from sightline.readiness.targets.bundles import Bundle, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.objects import Caveat, text_of
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(names=True, inbound=False)  # Microsoft, "Windows Firewall dynamic keywords": outbound only


def render(order: Order) -> Rules:
    """The script of one order."""
    found = bundled(order, NAMING, _NAME_MOST)
    if not found.bundles:
        return Rules((), found.losses, found.too_wide)
    names = sorted({each.text for bundle in found.bundles for each in bundle.members if isinstance(each, Name)})
    undo = ("#Requires -RunAsAdministrator", f"$group = {_quoted(_group(order))}", *_removal(order, names))
    text = (
        *_header(order),
        *_removal(order, names),
        *(_keyword(order, each) for each in names),
        *(line for bundle in found.bundles for line in _rules(bundle, order)),
    )
    return Rules(
        (
            File(f"{order.service}-windows.ps1", "\n".join(text) + "\n", "Run as administrator on each machine."),
            File(f"{order.service}-windows-undo.ps1", "\n".join(undo) + "\n", "Takes it all away again."),
        ),
        (*found.losses, *_KEYWORDS.of(found.bundles, Name)),
        found.too_wide,
    )


def _header(order: Order) -> Iterator[str]:
    yield "#Requires -RunAsAdministrator"
    yield f"# {comment(order.title, 60)}: what it needs, for the machines that its clients run on."
    yield "# Windows lets everything out unless outbound is set to block; then these rules are what passes. A rule that"
    yield "# blocks wins over these. Running it again makes the group anew."
    yield "$ErrorActionPreference = 'Stop'"
    yield f"$group = {_quoted(_group(order))}"


def _removal(order: Order, names: Iterable[str]) -> Iterator[str]:
    yield "Get-NetFirewallRule -Group $group -ErrorAction SilentlyContinue | Remove-NetFirewallRule"
    for each in names:
        yield f"Remove-NetFirewallDynamicKeywordAddress -Id {_id(order, each)} -ErrorAction SilentlyContinue"


def _keyword(order: Order, name: str) -> str:
    made = f"New-NetFirewallDynamicKeywordAddress -Id {_id(order, name)} -Keyword {_quoted(name)}"
    return f"{made} -AutoResolve $true | Out-Null"


def _rules(bundle: Bundle, order: Order) -> Iterator[str]:
    names = [each.text for each in bundle.members if isinstance(each, Name)]
    networks = [each for each in bundle.members if not isinstance(each, Name | Wildcard)]
    there = ["Any"] if bundle.is_anywhere else [_address(each) for each in networks]
    if there:
        yield _rule(bundle, order, bundle.name, f"-RemoteAddress {_listed(there)}")
    if names and not bundle.is_anywhere:
        keywords = ", ".join(_id(order, each) for each in names)
        yield _rule(bundle, order, f"{bundle.name}-n", f"-RemoteDynamicKeywordAddresses {keywords}")


def _rule(bundle: Bundle, order: Order, name: str, remote: str) -> str:
    side = "Remote" if bundle.direction == "outbound" else "Local"
    ports = _listed(str(bundle.ports).split(", "))
    local = f" -LocalAddress {_listed(map(_address, order.site.clients))}" if order.site.clients else ""
    purpose = comment(bundle.requirement.purpose, _COMMENT_MOST) or bundle.name
    return (
        f"New-NetFirewallRule -Name {_quoted(name)} -DisplayName {_quoted(name)} -Description {_quoted(purpose)}"
        f" -Group $group -Direction {bundle.direction.capitalize()} -Action Allow -Profile Any"
        f" -Protocol {bundle.transport.upper()} -{side}Port {ports}{local} {remote} | Out-Null"
    )


def _address(network: Network) -> str:
    """As Windows takes it. A prefix of length 0 is refused there, and the range says the same."""
    return f"{network[0]}-{network[-1]}" if network.prefixlen == 0 else text_of(network)


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(_quoted, texts))


def _quoted(text: str) -> str:
    # PowerShell takes curly quotes for straight ones, so only what is plain may stand between them.
    assert text.isascii() and text.isprintable() and "'" not in text, f"{text!r} is not a word of ours"  # noqa: PT018
    return f"'{text}'"


def _id(order: Order, name: str) -> str:
    return _quoted(f"{{{uuid.uuid5(uuid.NAMESPACE_URL, f'sightline:{order.service}:{name}')}}}")


def _group(order: Order) -> str:
    return f"Sightline {order.service}"


_KEYWORDS = Caveat(
    "names-resolved",
    "Windows learns a name's addresses when an application asks plain DNS for it; until then nothing passes.",
    "Windows 11 or Server 2022 or newer, Defender's network protection on, DNS over HTTPS off.",
)

_NAME_MOST = 100  # Guess, on the side of what people read: Windows takes more
_COMMENT_MOST = 250  # the same

TARGET = Target(
    "windows",
    "Windows Defender Firewall (PowerShell)",
    render,
    "For the machines that the clients run on. Rules with names need Windows 11 or Server 2022 or newer. Run again, "
    "it makes its group of rules anew; the second script takes them away.",
)
