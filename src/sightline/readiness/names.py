"""Names, addresses and wildcards: which are sound, what is wrong with the rest, which names a wildcard covers."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

Match = Literal["one_label", "subtree", "subtree_and_apex"]
FaultCode = Literal["url-as-host", "names-glued", "address-glued", "name-glued", "damaged-host"]


@dataclass(frozen=True, slots=True)
class HostFault:
    """What is wrong with a text that should name a host. `code` is that of a finding."""

    code: FaultCode
    why: str


def host_fault(text: str) -> HostFault | None:
    """Why `text` is not a name that the DNS can hold (RFC 1123 §2.1, RFC 5890 A-labels); None if it is one."""
    return _damage(text) or _name_fault(text)


def wildcard_fault(text: str) -> HostFault | None:
    """Why `text` is neither `*.example.com` nor `.example.com`; None if it is."""
    base = wildcard_base(text)
    if base == text:
        return HostFault("damaged-host", f'"{text}" has no wildcard: write *.{text} or use kind = "name"')
    return host_fault(base)


def wildcard_base(text: str) -> str:
    """`example.com` of `*.example.com` and of `.example.com`."""
    return text.removeprefix("*").removeprefix(".") if text.startswith(("*.", ".")) else text


def covers(match: Match, wildcard: str, name: str) -> bool:
    """Whether the wildcard covers the name. The same `*.example.com` means three things in three firewalls, so the
    manifest says which is meant; nothing here guesses."""
    base, asked = wildcard_base(wildcard).lower(), name.lower().removesuffix(".")
    if asked == base:
        return match == "subtree_and_apex"
    if not asked.endswith(f".{base}"):
        return False
    return match != "one_label" or "." not in asked.removesuffix(f".{base}")


def address_fault(text: str) -> HostFault | None:
    """Why `text` is not one IPv4 or IPv6 address; None if it is."""
    if damage := _damage(text):
        return damage
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return HostFault("damaged-host", f'"{text}" is not an address')
    return None


def prefix_fault(text: str) -> HostFault | None:
    """Why `text` is not a network such as 192.0.2.0/24; None if it is. Set bits right of the mask are a fault."""
    try:
        if "/" not in text:
            raise ValueError(f'"{text}" has no prefix length; write {text}/32, or use kind = "address"')
        ipaddress.ip_network(text)
    except ValueError as error:
        return HostFault("damaged-host", str(error))
    return None


def _damage(text: str) -> HostFault | None:
    """Faults that have a name of their own, as they come from pages whose cells ran together."""
    if "://" in text:
        return HostFault("url-as-host", f'"{text}" is a URL; firewalls want the host alone')
    if re.search(r"[\s,;|]", text.strip()):
        return HostFault("names-glued", f'"{text}" holds a gap or separator: several names, or one torn apart')
    if re.fullmatch(r"(?:[0-9]{1,3}\.){3}[0-9]{4,8}", text, re.ASCII):
        return HostFault("address-glued", f'"{text}" is an address and a port with nothing between them')
    if re.fullmatch(r"[*.]*(?:[\w-]+\.)+[a-z]{2,}[0-9]{1,5}|[*.]*(?:[\w-]+\.)+[a-z]{2,}(?:TCP|UDP).*", text, re.ASCII):
        return HostFault("name-glued", f'"{text}" is a name with a port or protocol glued to it')
    return None


def _name_fault(text: str) -> HostFault | None:
    def fault(why: str) -> HostFault:
        return HostFault("damaged-host", f'"{text}" {why}')

    labels = text.split(".")
    if len(text) > _NAME_MOST:
        return fault(f"is longer than {_NAME_MOST} characters")
    if len(labels) < 2:
        return fault("is a single label; a public host has a domain")
    for label in labels:
        if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", label, re.ASCII | re.IGNORECASE):
            return fault("has a label that is not 1 to 63 letters, digits and inner hyphens")
        if label[2:4] == "--" and not _is_a_label(label):
            return fault("has a label with -- in third place that is not valid Punycode (RFC 5891 §4.2.3.1)")
    if not re.fullmatch(r"[a-z]{2,63}|xn--[a-z0-9-]+", labels[-1], re.ASCII | re.IGNORECASE):
        return fault("does not end in a top-level domain, which has letters only")
    return None


def _is_a_label(label: str) -> bool:
    if label[:4].lower() != "xn--":
        return False
    try:
        decoded = label[4:].lower().encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return False
    return not decoded.isascii() and decoded.isprintable()


_NAME_MOST = 253  # RFC 1035 §2.3.4: 255 octets on the wire
