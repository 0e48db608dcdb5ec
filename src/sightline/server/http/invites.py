"""A host's invites."""

import io
from urllib.parse import urlsplit

import segno
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from sightline.errors import RefusedError
from sightline.people import invite as rules
from sightline.people.roles import Permission, require
from sightline.server.http.origin import own_origin
from sightline.server.http.refusals import AnyRequest
from sightline.server.http.services import GivenPerson, GivenServices, HttpSettings
from sightline.server.invitations import make_invite
from sightline.store import invites
from sightline.store.invites import InviteRecord
from sightline.wire.api import CreatedInvite, Invite, NewInvite


@get("/api/invites")
async def list_invites(services: GivenServices, person: GivenPerson) -> list[Invite]:
    """Mine, newest first."""
    require(person.role, Permission.INVITE)
    async with services.database.reading() as connection:
        records = await invites.of_host(connection, person.person_id)
    now = services.now()
    return [_invite(record, now) for record in records]


@post("/api/invites")
async def create_invite(
    request: AnyRequest, services: GivenServices, person: GivenPerson, data: JSONBody[NewInvite]
) -> CreatedInvite:
    """Make a link for one guest."""
    require(person.role, Permission.INVITE)
    made = await make_invite(
        services.database, person.person_id, data, _link_origin(request, services.settings), services.now()
    )
    return CreatedInvite(
        id=made.record.id, link=made.link, qr_svg=_qr_svg(made.link), expires_at=made.record.expires_at
    )


@delete("/api/invites/{invite_id:str}")
async def revoke_invite(services: GivenServices, person: GivenPerson, invite_id: FromPath[str]) -> None:
    """The link works no longer. Revoking twice is no mistake; revoking a used one would change nothing."""
    require(person.role, Permission.INVITE)
    async with services.database.writing() as connection:
        record = await invites.by_id(connection, invite_id)
        if record is None or record.host_id != person.person_id:
            raise RefusedError("invite_unknown", "You have no such invite.")
        if record.used_at is not None:
            raise RefusedError("invite_used", "The guest has used this link already.", hint="End the call instead.")
        await invites.revoke(connection, invite_id, services.now())


def _link_origin(request: AnyRequest, settings: HttpSettings) -> str:
    if settings.public_origin is not None:
        return settings.public_origin
    own = own_origin(request)
    is_local = urlsplit(own).hostname in ("localhost", "127.0.0.1", "::1")
    return settings.origin_for_guests or own if is_local else own


def _invite(record: InviteRecord, now: float) -> Invite:
    return Invite(
        id=record.id,
        note=record.note,
        state=rules.state(record.life, now),
        created_at=record.created_at,
        expires_at=record.expires_at,
        guest_name=record.guest_name,
    )


def _qr_svg(link: str) -> str:
    """Black on white whatever the page's colours: scanners want it so. Four modules of margin are the standard's."""
    svg = io.BytesIO()
    segno.make_qr(link, error="m").save(svg, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, svgns=True)
    return svg.getvalue().decode()
