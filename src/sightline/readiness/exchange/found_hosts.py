"""Hosts in running text: names, wildcards, addresses, prefixes and URLs, also where cells ran together or a name is
torn. What is damaged stays as it stands, with the ways in which it can be read; which is meant a person decides."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sightline.readiness.exchange.top_level import is_top_level
from sightline.readiness.manifest import Believed
from sightline.readiness.names import address_fault, host_fault, prefix_fault, wildcard_base

Readings: TypeAlias = tuple[tuple[Believed, ...], ...]
"""Ways to read a text; each may be several hosts."""


@dataclass(frozen=True, slots=True)
class FoundHost:
    """One text that is, or may be, a host."""

    start: int
    end: int
    text: str
    """As it stands."""
    readings: Readings
    """What it can mean; none: nobody knows."""
    fault: str = ""
    """The code of a finding, if it is damaged."""
    ports: tuple[str, ...] = ()
    """For each reading, the port that is glued to it."""
    variables: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether it is one host and nothing else."""
        return not self.fault and len(self.readings) == 1


def found_hosts(text: str) -> tuple[FoundHost, ...]:
    """All of them, from left to right."""
    found: list[FoundHost] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() < end:
            continue
        one = _READ[match.lastgroup or ""](match, text)
        if one is not None:
            found.append(one)
            end = one.end
    return tuple(_joined(found, text))


def readings_of(host: FoundHost, known: frozenset[str]) -> Readings:
    """Its readings; where a word ran into it, also the hosts that stand elsewhere and that it ends with."""
    if host.fault != "name-glued":
        return host.readings
    text = host.text.lower()
    others = [name for name in sorted(known) if text.endswith(name) and name != text]
    return tuple(dict.fromkeys((*((Believed("name", name),) for name in others[:3]), *host.readings)))


def _url(match: re.Match[str], _: str) -> FoundHost | None:
    text = match[0].rstrip(".,;:")
    if text.endswith(")") and "(" not in text:
        text = text[:-1]
    host = re.sub(r"^[a-z]+://", "", text, flags=re.IGNORECASE).split("/")[0].split(":")[0].lower()
    if host_fault(host) and address_fault(host):
        return None
    kind: tuple[Believed, ...] = (Believed("address" if host_fault(host) else "name", host),)
    readings = (kind, (Believed("published", text),))
    return FoundHost(match.start(), match.start() + len(text), text, readings, "url-as-host")


def _address(match: re.Match[str], whole: str) -> FoundHost | None:
    text = match[0]
    glued = "cells-glued" if whole[match.start() - 1 : match.start()].isalpha() else ""
    if "/" in text:
        readings = () if prefix_fault(text) else ((Believed("prefix", text),),)
        return FoundHost(match.start(), match.end(), text, readings, glued if readings else "damaged-host")
    if not address_fault(text):
        return FoundHost(match.start(), match.end(), text, ((Believed("address", text),),), glued)
    splits = [(text[:cut], text[cut:]) for cut in range(len(text) - 1, text.rindex(".") + 1, -1)]
    splits = [(host, port) for host, port in splits if not address_fault(host) and _is_port(port)]
    if not splits:
        return None  # a version number, a date
    hosts: Readings = tuple((Believed("address", host),) for host, _ in splits)
    return FoundHost(match.start(), match.end(), text, hosts, "address-glued", tuple(port for _, port in splits))


def _address6(match: re.Match[str], _: str) -> FoundHost | None:
    text = match[0]
    is_prefix = "/" in text
    if prefix_fault(text) if is_prefix else address_fault(text):
        return None  # a time of day, a hardware address
    believed = Believed("prefix" if is_prefix else "address", text)
    return FoundHost(match.start(), match.end(), text, ((believed,),))


def _torn(match: re.Match[str], _: str) -> FoundHost:
    """`*.eu-west- 1.example.com`: a line was broken behind the hyphen."""
    head, _, last = match[0].rpartition(".")
    glued = re.fullmatch(r"([a-z]{2,})[A-Z0-9].*", last)
    text = f"{head}.{glued[1] if glued and is_top_level(glued[1]) else last}"
    whole = text.replace(" ", "")
    readings = () if host_fault(wildcard_base(whole)) else ((_believed(whole),),)
    return FoundHost(match.start(), match.start() + len(text), text, readings, "names-glued")


def _name(match: re.Match[str], text: str) -> FoundHost | None:
    labels = match[0].split(".")
    last = labels[-1]
    glued = re.fullmatch(r"([a-z]{2,})([A-Z0-9].*)", last)
    is_whole = is_top_level(last)
    top = last if is_whole else glued[1] if glued and is_top_level(glued[1]) else ""
    starred = match[0].startswith((".", "*"))
    if not top:
        # Words that a full stop joins are no host; what has a wildcard or many labels was meant to be one.
        is_hostlike = starred or (len(labels) >= _HOSTLIKE_LABELS and not labels[0].isdigit())
        if not is_hostlike or not re.match("[a-z]{2}", last):
            return None
        return FoundHost(match.start(), match.end(), match[0], (), "damaged-host")
    found = match[0][: len(match[0]) - len(last) + len(top)]
    end = match.start() + len(found)
    written, variables = _placeholders(found)
    if host_fault(wildcard_base(re.sub(r"\$\{[a-z0-9_]+\}", "x", written))):
        return None if host_fault(wildcard_base(found.lstrip("-_"))) and not starred else FoundHost(
            match.start(), end, found, (), "damaged-host")  # fmt: skip
    readings: Readings = ((_believed(written),),)
    first = labels[0]
    before = text[max(0, match.start() - 2) : match.start()]
    if re.fullmatch(r"[A-Z][a-z0-9-]+", first) and re.fullmatch(r"[\w)] ", before):
        # "Communications Backend.example.com": a cell ran into ".example.com", or it is a name.
        if len(labels) > 2:
            readings = ((_believed(found[len(first) :]),), *readings)
        return FoundHost(match.start(), end, found, readings, "name-glued")
    return FoundHost(match.start(), end, found, readings, "" if is_whole else "cells-glued", variables=variables)


def _joined(found: list[FoundHost], text: str) -> Iterator[FoundHost]:
    """`.edge.one .io.two.com`: a name whose end went astray, and stands before the next one."""
    waiting: FoundHost | None = None
    for one in found:
        if waiting and one.text.startswith(".") and text[waiting.end : one.start] == " ":
            yield _fused(waiting, one, text)
            waiting = None
            continue
        if waiting:
            yield waiting
        waiting = one if one.fault == "damaged-host" else None
        if not waiting:
            yield one
    if waiting:
        yield waiting


def _fused(first: FoundHost, second: FoundHost, text: str) -> FoundHost:
    whole = first.text + second.text
    readings: list[tuple[Believed, ...]] = []
    _, _, rest = second.text[1:].partition(".")
    astray = f"{first.text}.{second.text[1:].split('.')[0]}"
    if not host_fault(wildcard_base(astray)) and not host_fault(rest):
        readings.append((_believed(astray), _believed(f".{rest}")))
    if not host_fault(wildcard_base(whole)):
        readings.append((_believed(whole),))
    return FoundHost(first.start, second.end, text[first.start : second.end], tuple(readings), "names-glued")


def _placeholders(name: str) -> tuple[str, tuple[str, ...]]:
    """`<regionID>.example.com` with a variable in its place."""
    names: list[str] = []

    def named(match: re.Match[str]) -> str:
        slug = re.sub(r"[^a-z0-9]+", "_", match[1].lower()).strip("_")[:31]
        names.append(slug if slug[:1].isalpha() else f"v_{slug}"[:31])
        return f"${{{names[-1]}}}"

    return re.sub(r"[<{]([^<>{}]+)[>}]", named, name).lower(), tuple(names)


def _believed(text: str) -> Believed:
    """One label is the narrowest that a wildcard can mean."""
    starred = text.startswith((".", "*"))
    return Believed("wildcard" if starred else "name", text.lower(), "one_label" if starred else None)


def _is_port(text: str) -> bool:
    return not text.startswith("0") and 1 <= int(text) <= 65535


_HOSTLIKE_LABELS = 3
_LABEL = r"(?:[A-Za-z0-9_-]{1,63}|<[A-Za-z][A-Za-z0-9 _-]{0,30}>|\{[A-Za-z][A-Za-z0-9 _-]{0,30}\})"
_TOKEN = re.compile(
    r"(?P<url>https?://[^\s|<>\"'“”]{1,300})"
    r"|(?P<address>(?<![\d.])(?:\d{1,3}\.){3}\d{1,8}(?:/\d{1,2}(?!\d))?(?!\.?\d))"
    r"|(?P<address6>(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:/\d{1,3})?(?![\w:]))"
    r"|(?P<torn>(?:\*\.|(?<![\w.])\.)[a-z0-9.-]{0,200}[a-z0-9]- [a-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,9})"
    rf"|(?P<name>(?:(?<![\w.@*<{{-])|(?<=[,:;(/])|(?=\*\.))(?:\*\.|\.)?{_LABEL}(?:\.{_LABEL}){{0,14}}\.(?=[A-Za-z]){_LABEL})",
    re.ASCII,
)
_READ = {"url": _url, "address": _address, "address6": _address6, "torn": _torn, "name": _name}
