"""What services need of a network: the table, the rules and the documents behind the page `/network`."""

import asyncio
import datetime
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from typing import Any, Final, TypeAlias, TypeVar

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from sightline.errors import RefusedError
from sightline.paper.pdf import pdf
from sightline.paper.spreadsheet import spreadsheet
from sightline.people.roles import Permission, require
from sightline.readiness.compile import compile as compile_rules
from sightline.readiness.documents.compose import Kind, Matter, compose
from sightline.readiness.documents.csv import csv
from sightline.readiness.documents.html import html
from sightline.readiness.documents.markdown import markdown
from sightline.readiness.documents.words import LANGUAGES
from sightline.readiness.lint import findings
from sightline.readiness.manifest import Manifest, Necessity, Platform
from sightline.readiness.permit import lower
from sightline.readiness.site import Network as SiteNetwork
from sightline.readiness.site import Selection, Site, Widening, is_everywhere
from sightline.readiness.targets import TARGETS
from sightline.readiness.variables import fill
from sightline.server.http.network_view import losses, view
from sightline.server.http.refusals import AnyRequest
from sightline.server.http.services import GivenServices, Services
from sightline.server.http.signed_in import provide_person, provide_signed_in
from sightline.server.network import NetworkNeeds
from sightline.wire.api import (
    AskForDocument,
    AskForRules,
    Network,
    NetworkChoice,
    NetworkFile,
    NetworkRules,
    NetworkService,
    NetworkTarget,
    NetworkView,
)

T = TypeVar("T")

AT_ONCE: Final = 2
"""Documents and rules that are made at the same time, as strangers may ask for them. Each takes up to 0.3 s."""
WAITING_MOST: Final = 32
"""Guess: an office that opens the page at once. More are told to come again."""
NETWORKS_MOST: Final = 32
"""Some firewalls want a line for each client network and each other one: a thousand of them take 0.2 s."""


class Workshop:
    """Makes rules and documents in threads, few at once, so that a stranger's wish never delays a call."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def make(self, work: Callable[[], T]) -> T:
        """What `work` gives."""
        if self._waiting >= WAITING_MOST:
            raise RefusedError(
                "server_busy", "Too many documents are being made right now.", hint="Try again in a moment."
            )
        self._waiting += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


@dataclass(frozen=True, slots=True)
class NetworkDesk:
    """What the handlers here work with, besides what all do."""

    needs: NetworkNeeds
    workshop: Workshop


GivenDesk: TypeAlias = NamedDependency[NetworkDesk]
"""By the name `network`."""


@get("/api/network")
async def list_network(request: AnyRequest, services: GivenServices, network: GivenDesk) -> Network:
    """The services that who asks may see, and the targets."""
    needs = network.needs
    found = []
    if needs.is_public or await _is_allowed(request, services):
        found.append(_service(needs.own, is_own=True))
    if await _is_allowed(request, services):
        found += [_service(each, is_own=False) for each in needs.others.values()]
    if not found:
        raise RefusedError("not_signed_in", "This page is not public here.", hint="Sign in as an administrator.")
    return Network(found, [NetworkTarget(each.name, each.title, each.note) for each in TARGETS.values()])


@post("/api/network/view", status_code=200)
async def network_view(
    request: AnyRequest, services: GivenServices, network: GivenDesk, data: JSONBody[NetworkChoice]
) -> NetworkView:
    """One service's needs."""
    manifest = await _manifest(request, services, network.needs, data)
    asked = network.needs.of(data.service).variables
    return await network.workshop.make(
        partial(view, manifest, asked, _site(data), _selection(data), _language(data.language))
    )


@post("/api/network/rules", status_code=200)
async def network_rules(
    request: AnyRequest, services: GivenServices, network: GivenDesk, data: JSONBody[AskForRules]
) -> NetworkRules:
    """The rules for one firewall."""
    manifest = await _manifest(request, services, network.needs, data)
    if data.target not in TARGETS:
        raise RefusedError("unknown_target", "There is no such firewall.", hint=f"There are: {', '.join(TARGETS)}.")
    widen = frozenset(_one_of(each, Widening, "widen") for each in data.widen)
    made = await network.workshop.make(
        partial(compile_rules, manifest, _site(data), _selection(data), widen, TARGETS[data.target])
    )
    files = [NetworkFile(each.name, each.purpose, each.text) for each in made.files]
    return NetworkRules(files, losses(made.losses, _language(data.language)))


@post("/api/network/document", status_code=200)
async def network_document(
    request: AnyRequest, services: GivenServices, network: GivenDesk, data: JSONBody[AskForDocument]
) -> Response[bytes]:
    """A document as a file."""
    manifest = await _manifest(request, services, network.needs, data)
    kind: Kind = _one_of(data.kind, Kind, "kind")
    if data.format not in _FORMATS:
        raise RefusedError("bad_choice", "There is no such format.", hint=f"There are: {', '.join(_FORMATS)}.")
    media_type, write = _FORMATS[data.format]
    site, selection, language, today = _site(data), _selection(data), _language(data.language), _today(services)

    def written() -> bytes:
        matter = Matter(manifest, lower(manifest, site, selection, frozenset()), site, manifest.service)
        found: bytes = write(compose(kind, matter, language, today))
        return found

    made = await network.workshop.make(written)
    name = f"{manifest.service}-{kind}-{language}.{data.format}"
    return Response(
        made, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip


async def _manifest(request: AnyRequest, services: Services, needs: NetworkNeeds, choice: NetworkChoice) -> Manifest:
    """The chosen service's, variables filled in. Raises RefusedError, also where the asker may not see it."""
    if not (needs.is_public and choice.service == needs.own.service):
        person = await provide_person(await provide_signed_in(request, services))
        require(person.role, Permission.SEE_NETWORK)
    return fill(needs.of(choice.service), {name: value for name, value in choice.variables.items() if value})


async def _is_allowed(request: AnyRequest, services: Services) -> bool:
    try:
        person = await provide_person(await provide_signed_in(request, services))
        require(person.role, Permission.SEE_NETWORK)
    except RefusedError:
        return False
    return True


def _today(services: Services) -> datetime.date:
    return datetime.datetime.fromtimestamp(services.now(), datetime.UTC).date()


def _service(manifest: Manifest, *, is_own: bool) -> NetworkService:
    errors = sum(each.severity == "error" for each in findings(manifest))
    return NetworkService(
        manifest.service, manifest.title, manifest.version, is_own, len(manifest.requirements), errors
    )


def _site(choice: NetworkChoice) -> Site:
    peers = _networks(choice.peers, "peers")
    if is_everywhere(peers):
        raise RefusedError("bad_network", "peers: that is every address.", hint="Name their networks.")
    return Site(clients=_networks(choice.clients, "clients"), peers=peers)


def _networks(texts: list[str], what: str) -> tuple[SiteNetwork, ...]:
    if len(texts) > NETWORKS_MOST:
        raise RefusedError(
            "bad_network",
            f"{what}: more than {NETWORKS_MOST} networks.",
            hint="Name larger ones, or use `sightline rules --site`.",
        )
    try:
        return tuple(ip_network(text.strip()) for text in texts if text.strip())
    except ValueError as error:
        raise RefusedError("bad_network", f"{what}: {error}.", hint="Write such as 10.20.0.0/16.") from error


def _selection(choice: NetworkChoice) -> Selection:
    return Selection(
        necessities=frozenset(_one_of(each, Necessity, "necessities") for each in choice.necessities),
        platform=_one_of(choice.platform, Platform, "platform") if choice.platform else None,
        region=choice.region or None,
    )


def _one_of(value: str, alias: Any, what: str) -> Any:
    allowed = typing.get_args(alias)
    if value not in allowed:
        raise RefusedError("bad_choice", f"{what} cannot be that.", hint=f"It may be: {', '.join(allowed)}.")
    return value


def _language(text: str) -> str:
    return text if text in LANGUAGES else "en"


HANDLERS: Final = (list_network, network_view, network_rules, network_document)

_FORMATS: Final[dict[str, tuple[str, Any]]] = {
    "html": ("text/html; charset=utf-8", lambda page: html(page).encode()),
    "md": ("text/markdown; charset=utf-8", lambda page: markdown(page).encode()),
    "csv": ("text/csv; charset=utf-8", lambda page: csv(page).encode()),
    "pdf": ("application/pdf", pdf),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", spreadsheet),
}
