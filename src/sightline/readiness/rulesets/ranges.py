"""Sets of whole numbers, of addresses or of ports, as sorted ranges (first, last) that neither overlap nor touch."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from sightline.readiness.site import Network

Ranges = tuple[tuple[int, int], ...]

EVERY: dict[int, Ranges] = {4: ((0, 2**32 - 1),), 6: ((0, 2**128 - 1),)}
"""All addresses of a family."""


def _special(version: int) -> Ranges:
    """What RFC 6890 sets apart from public addresses, but for what documents may use as examples."""
    return of_networks(
        map(
            ip_network,
            ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
             "192.168.0.0/16", "224.0.0.0/3", "::/3", "4000::/2", "8000::/1"),
        ),
        version,
    )  # fmt: skip


def ranges(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """The set of all numbers in the pairs, which may overlap."""
    if len(found := list(pairs)) < 2:
        return tuple(found)
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def network(text: object) -> Network:
    """A network as JSON has it; set bits right of the mask are passed over. Raises ValueError. A number is none,
    although Python would take it for an address."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no network")
    return ip_network(text, strict=False)


def of_networks(networks: Iterable[object], version: int) -> Ranges:
    """The addresses of the networks of one family; what is no network is passed over."""
    return ranges(
        (int(each.network_address), int(each.broadcast_address))
        for each in networks
        if isinstance(each, IPv4Network | IPv6Network) and each.version == version
    )


def both(one: Ranges, other: Ranges) -> Ranges:
    """What is in the one and in the other."""
    if one == other:
        return one
    found = []
    i = j = 0
    while i < len(one) and j < len(other):
        first, last = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if first <= last:
            found.append((first, last))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def without(one: Ranges, other: Ranges) -> Ranges:
    """What is in the one and not in the other."""
    found = []
    j = 0
    for first, last in one:
        while j < len(other) and other[j][1] < first:
            j += 1
        k = j
        while k < len(other) and other[k][0] <= last:
            if first < other[k][0]:
                found.append((first, other[k][0] - 1))
            first = other[k][1] + 1
            k += 1
        if first <= last:
            found.append((first, last))
    return tuple(found)


def inverse(networks: Iterable[Network], version: int) -> tuple[Network, ...]:
    """Every address of the family that is not in the networks, as networks again."""
    return as_networks(without(EVERY[version], of_networks(networks, version)), version)


def as_networks(found: Ranges, version: int) -> tuple[Network, ...]:
    """The networks that together hold these addresses."""
    networks: list[Network] = []
    for first, last in found:
        while first <= last:
            # The largest network that begins here and does not end after the range.
            bits = min(
                (first & -first).bit_length() - 1 if first else _WIDTH[version], (last - first + 1).bit_length() - 1
            )
            prefix = _WIDTH[version] - bits
            networks.append(IPv4Network((first, prefix)) if version == 4 else IPv6Network((first, prefix)))
            first += 1 << bits
    return tuple(networks)


_WIDTH = {4: 32, 6: 128}

PUBLIC: dict[int, Ranges] = {version: without(EVERY[version], _special(version)) for version in (4, 6)}
"""Where names of the public DNS are."""
