"""What a guest does with an invite: look at it, enter, come back."""

from litestar import Response, get, post
from litestar.params import JSONBody

from sightline.errors import RefusedError
from sightline.people import names
from sightline.people.invite import check_usable
from sightline.server.desk import Seat
from sightline.server.http.refusals import AnyRequest
from sightline.server.http.services import GivenServices, Services
from sightline.server.sessions import GuestIdentity
from sightline.server.tokens import new_token, token_hash
from sightline.store import invites
from sightline.store.invites import HostedInvite
from sightline.wire.api import EnterAsGuest, GuestSeat, InviteForGuest, LookAtInvite


@post("/api/guest/look", status_code=200)
async def look_at_invite(request: AnyRequest, services: GivenServices, data: JSONBody[LookAtInvite]) -> InviteForGuest:
    """What the guest is told before giving a name. Mail programs that open links to check them use nothing up."""
    hosted, seated = await _usable(request, services, data.token)
    return InviteForGuest(
        host_name=hosted.host_name,
        host_presence=services.desk.presence_of(hosted.invite.host_id),
        organisation=hosted.organisation_name,
        expires_at=hosted.invite.expires_at,
        seat=None if seated is None else _guest_seat(seated),
    )


@post("/api/guest/enter", status_code=200)
async def enter_as_guest(
    request: AnyRequest, services: GivenServices, data: JSONBody[EnterAsGuest]
) -> Response[GuestSeat]:
    """Use the invite and take the seat."""
    name = names.display_name(data.name)
    hosted, seated = await _usable(request, services, data.token)
    if seated is not None:
        return Response(_guest_seat(seated))
    token = new_token()
    now = services.now()
    async with services.database.writing() as connection:
        won = await invites.use(
            connection, hosted.invite.id, now=now, guest_name=name, seat_token_hash=token_hash(token)
        )
    if not won:  # somebody else was faster since we looked: say what it is now
        await _usable(request, services, data.token)
        # … unless it was given back in between, because there was no seat for whoever was faster
        raise RefusedError("server_busy", "The call could not be entered.", hint="Try again.", retry_after_s=1)
    seat = await _seat(services, hosted, name, now)
    body = GuestSeat(
        call=seat.call_id,
        participant=seat.participant_id,
        name=name,
        host_name=hosted.host_name,
        organisation=hosted.organisation_name,
    )
    return Response(body, cookies=[services.sessions.cookie("guest", request.scope["scheme"], token)])


@get("/api/guest")
async def guest_seat(request: AnyRequest, services: GivenServices) -> GuestSeat:
    """The seat of the guest whose cookie this is."""
    identity = await _identity(request, services)
    if identity is None:
        raise RefusedError("no_seat", "You are in no call.", hint="Open the link that you were sent.")
    return _guest_seat(identity)


async def _usable(
    request: AnyRequest, services: GivenServices, token: str
) -> tuple[HostedInvite, GuestIdentity | None]:
    """The invite if it may be used, by anybody or by this browser again: who closed the tab and taps the link once
    more has used it already, and comes back to the same seat.
    """
    async with services.database.reading() as connection:
        hosted = await invites.by_token_hash(connection, token_hash(token))
    if hosted is None:
        check_usable(None, services.now())
        raise AssertionError("an unknown invite is refused")
    identity = await _identity(request, services) if hosted.invite.used_at is not None else None
    if identity is not None and identity.invite_id == hosted.invite.id:
        return hosted, identity
    check_usable(hosted.invite.life, services.now(), host_name=hosted.host_name)
    return hosted, None


async def _seat(services: Services, hosted: HostedInvite, name: str, now: float) -> Seat:
    """Called with the invite used. If no seat comes of it the invite is given back."""
    invite = hosted.invite
    try:
        seat = await services.desk.seat_guest(
            host_person_id=invite.host_id, invite_id=invite.id, guest_name=name, now=now
        )
    except BaseException:
        async with services.database.writing() as connection:
            await invites.undo_use(connection, invite.id)
        raise
    async with services.database.writing() as connection:
        await invites.seat(connection, invite.id, call_id=seat.call_id, participant_id=seat.participant_id)
    return seat


async def _identity(request: AnyRequest, services: Services) -> GuestIdentity | None:
    return await services.sessions.identify(request.cookies, request.scope["scheme"], "guest", services.now())


def _guest_seat(identity: GuestIdentity) -> GuestSeat:
    return GuestSeat(
        call=identity.call_id,
        participant=identity.participant_id,
        name=identity.name,
        host_name=identity.host_name,
        organisation=identity.organisation,
    )
