"""Any document to a draft. Start at `imported`."""

from typing import Literal

from sightline.errors import RefusedError
from sightline.readiness.consistency import inconsistencies
from sightline.readiness.exchange.draft import Read, drafted, slug
from sightline.readiness.exchange.fields import json_value
from sightline.readiness.exchange.from_article import read as read_article
from sightline.readiness.exchange.from_csv import read_csv
from sightline.readiness.exchange.from_fields import read_aws, read_azure, read_list, read_m365
from sightline.readiness.exchange.from_mud import read_mud
from sightline.readiness.exchange.html_text import html_text
from sightline.readiness.manifest import Defect, Manifest
from sightline.readiness.names import address_fault, host_fault, prefix_fault, wildcard_base
from sightline.readiness.parsing import parse, parse_json
from sightline.readiness.rows import COLUMNS
from sightline.readiness.shape import FORBIDDEN

Format = Literal["manifest", "m365", "aws", "azure", "mud", "csv", "list", "html", "text"]


def imported(text: str, name: str, form: Format | None = None, pick: str = "") -> Manifest:
    """The draft. `name` is the file's, and the service's for want of a better. Raises RefusedError."""
    form = form or recognised(text, name)
    if form == "manifest":
        return _manifest(text, name)
    if form == "html" and len(text) > _PAGE_MOST:
        raise RefusedError("too-large", f"It has more than {_PAGE_MOST} characters, which no page has.")
    clean, count = _cleaned(html_text(text) if form == "html" else text)
    service = slug(name.rpartition("/")[2].rpartition(".")[0] or name) or "imported"
    read = _read(clean, form, service, pick)
    if count:
        why = f"{count} control or bidirectional characters were in it; � stands in their place."
        read = Read(
            read.title, read.found, read.version, read.notes,
            (Defect("control-characters", "�", why, "Somebody may want to deceive. Look at the original.", "error"),
             *read.defects), read.variables,
        )  # fmt: skip
    manifest = drafted(read, service, clean)
    if problem := next(inconsistencies(manifest, name), None):
        raise RefusedError(
            "not-a-manifest", str(problem), hint="Write the manifest by hand, or mend the document first."
        )
    return manifest


def recognised(text: str, name: str) -> Format:
    """What the text is. An article if it is nothing else."""
    head = text[:4096].lstrip().lower()
    if head.startswith(("{", "[")):
        return _json_form(json_value(text))
    if name.endswith(".toml") or head.startswith("format = 1"):
        return "manifest"
    if head.startswith(",".join(COLUMNS)):
        return "csv"
    if name.endswith((".html", ".htm")) or any(tag in head for tag in ("<!doctype html", "<html", "<table", "<body")):
        return "html"
    lines = [line.strip() for line in text[:65536].splitlines() if line.strip() and line.lstrip()[:1] not in "#;"]
    hosts = sum(_is_host(line.partition(" #")[0].strip()) for line in lines)
    return "list" if lines and hosts >= len(lines) * _MOSTLY else "text"


def _json_form(value: object) -> Format:
    if isinstance(value, list):
        return "m365"
    assert isinstance(value, dict), "the text began with a bracket"
    for key, form in _KEYS.items():
        if key in value:
            return form
    known = ", ".join(_KEYS)
    raise RefusedError(
        "unknown-format", "This JSON is none that is known.", hint=f"Known are a list, or one of: {known}."
    )


def _read(text: str, form: Format, title: str, pick: str) -> Read:
    match form:
        case "m365":
            return read_m365(json_value(text), title, pick)
        case "aws" | "azure" | "mud":
            value = json_value(text)
            if not isinstance(value, dict):
                raise RefusedError("unknown-format", f"It is no {form} file: that is one JSON object.")
            if form == "mud":
                return read_mud(value, title)
            return (read_aws if form == "aws" else read_azure)(value, title, pick)
        case "csv":
            return read_csv(text, title)
        case "list":
            return read_list(text, title)
        case _:
            return read_article(text)


def _manifest(text: str, name: str) -> Manifest:
    """A draft that was written before, to be asked about again."""
    parsed = (parse_json if text.lstrip().startswith("{") else parse)(text, name)
    if parsed.manifest is None:
        raise RefusedError(
            "not-a-manifest", str(parsed.problems[0]), hint=f"`sightline profile lint {name}` lists all."
        )
    return parsed.manifest


def _cleaned(text: str) -> tuple[str, int]:
    """Without what steers a terminal or turns the order of letters round, and how much of it there was."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").split("\n")
    found = [FORBIDDEN.subn("�", line.replace("\xa0", " ")) for line in lines]
    return "\n".join(line for line, _ in found), sum(count for _, count in found)


def _is_host(text: str) -> bool:
    return not (host_fault(wildcard_base(text)) and address_fault(text) and prefix_fault(text))


_KEYS: dict[str, Format] = {
    "requirements": "manifest", "prefixes": "aws", "ipv6_prefixes": "aws", "values": "azure", "ietf-mud:mud": "mud",
}  # fmt: skip
_PAGE_MOST = 16 << 20  # a guess: a long article with all that surrounds it has a tenth of it
_MOSTLY = 0.8  # a guess: a list may have some lines that are torn
