"""A manifest as a table: one row for each requirement, host or prefix, transport and range of ports."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from sightline.readiness.consistency import source_field
from sightline.readiness.manifest import (
    Believed,
    Endpoint,
    Flow,
    Manifest,
    Necessity,
    Platform,
    Ports,
    Requirement,
    client_zones,
    near_end,
)

COLUMNS = (
    "requirement", "service", "necessity", "from", "to", "host", "transport", "ports", "protocol", "direction",
    "region", "role", "platforms", "symptom", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. An empty host or empty ports: the article has none that can be used; `source` says why."""

    requirement: Requirement
    service: str
    endpoint: Endpoint | Believed
    quoted: Endpoint  # what the article has; differs from `endpoint` for a text that was confirmed
    ports: Ports
    range: str  # "443", "4700-5000", "${signaling_port}", or empty
    direction: str  # as seen by a client's firewall

    @property
    def host(self) -> str:
        """The host as a rule may name it, or empty."""
        if self.endpoint.kind in ("unconfirmed", "damaged", "missing", "published"):
            return ""
        if self.endpoint.kind == "wildcard":
            return f"{self.endpoint.text} ({self.endpoint.match})"
        return f"({self.endpoint.text})" if self.endpoint.kind == "peers" else self.endpoint.text

    @property
    def cells(self) -> dict[str, str]:
        """The row by column."""
        one = self.requirement
        protocol = _word(one.protocol if self.ports.protocol == "not_said" else self.ports.protocol)
        recovery = _word(self.quoted.recovery)
        values = (
            one.id, self.service, one.necessity, one.flows[0].from_role, one.flows[0].to_role, self.host,
            _word(self.ports.transport), self.range, protocol, self.direction,
            " ".join(one.regions), recovery, " ".join(one.platforms),
            " / ".join(symptom.text for symptom in one.symptoms) or one.lost, self._source(),
        )  # fmt: skip
        return dict(zip(COLUMNS, values, strict=True))

    def _source(self) -> str:
        """The quotes behind host and ports, each with its state."""
        one = self.requirement
        wanted = (("endpoints", one.endpoints.index(self.quoted)), ("ports", one.ports.index(self.ports)))
        quotes = dict.fromkeys(text for field, index in wanted for text in _quotes(one, field, index))
        return " | ".join(quotes)


def rows(manifest: Manifest) -> Iterator[Row]:
    """The whole table, in the order of the file."""
    ours = client_zones(manifest)
    for one in manifest.requirements:
        direction = _direction(one.flows, ours)
        for quoted in one.endpoints:
            for endpoint in quoted.believed if quoted.confirmed else (quoted,):
                for ports in one.ports:
                    for text in _ranges(ports.set):
                        yield Row(one, manifest.service, endpoint, quoted, ports, text, direction)


def chosen(
    manifest: Manifest, platform: Platform | None = None, region: str | None = None, only: Necessity | None = None
) -> Iterator[Row]:
    """The rows that concern a platform, a region, a necessity. What is not said to be for some is for all."""
    for row in rows(manifest):
        one = row.requirement
        for_platform = platform is None or not one.platforms or platform in one.platforms
        for_region = region is None or not one.regions or region.casefold() in map(str.casefold, one.regions)
        if for_platform and for_region and only in (None, one.necessity):
            yield row


def host_sort_key(host: str) -> tuple[int, str]:
    """Names before addresses, addresses by number."""
    try:
        network = ipaddress.ip_network(host)
    except ValueError:
        return 0, host
    return network.version, f"{int(network.network_address):039d}"


def _quotes(one: Requirement, field: str, index: int) -> Iterator[str]:
    exact = [s for s in one.sources if (field, index) in map(source_field, s.fields)]
    whole = [s for s in one.sources if (field, None) in map(source_field, s.fields)]
    for source in exact or whole:
        yield f"{source.state}: {source.quote}"


def _word(text: str) -> str:
    return "" if text == "not_said" else text.replace("_", " ")


def _ranges(text: str) -> tuple[str, ...]:
    """One item for each range, as the article has them: 5668 and 5669 stay two."""
    return tuple(part.strip() for part in text.split(","))


def _direction(flows: tuple[Flow, ...], ours: tuple[str, ...]) -> str:
    return "+".join(dict.fromkeys(_flow_direction(flow, ours) for flow in flows))


def _flow_direction(flow: Flow, ours: tuple[str, ...]) -> str:
    """`?`: the article does not say who begins. elsewhere: between two that are not the customer's."""
    doubt = "?" if flow.initiator == "not_said" else ""
    near = near_end(flow, ours)
    if near is None:
        return f"elsewhere{doubt}"
    if flow.from_role == flow.to_role:
        return f"peer{doubt}"
    begins = flow.from_role if flow.initiator != "to" else flow.to_role
    return ("outbound" if begins == near else "inbound") + doubt
