"""Signing in and out, who I am, my password."""

from litestar import Response, get, post
from litestar.params import JSONBody

from sightline.errors import RefusedError
from sightline.people.names import check_password, login_key
from sightline.people.roles import permissions
from sightline.server.http.refusals import AnyRequest
from sightline.server.http.services import GivenPerson, GivenServices, Services
from sightline.server.sessions import PersonIdentity
from sightline.store import people, sessions
from sightline.store.people import PersonRecord
from sightline.wire.api import ChangePassword, Me, SignIn


async def provide_signed_in(request: AnyRequest, services: GivenServices) -> PersonIdentity:
    """The person whose session the request carries, even if they must change their password first."""
    identity = await services.sessions.identify(request.cookies, request.scope["scheme"], "person", services.now())
    if identity is None:
        raise RefusedError("not_signed_in", "You are not signed in.", hint="Sign in again.")
    return identity


async def provide_person(signed_in: GivenPerson) -> PersonIdentity:
    """The person, once they have a password that nobody else has seen."""
    if signed_in.must_change_password:
        raise RefusedError(
            "must_change_password",
            "Your password was made by somebody else.",
            hint="Choose one of your own first.",
        )
    return signed_in


@post("/api/sign-in", status_code=200)
async def sign_in(request: AnyRequest, services: GivenServices, data: JSONBody[SignIn]) -> Response[Me]:
    """Check the password and set the session cookie."""
    person = await _checked(services, login_key(data.login), data.password, _address(request))
    if person.locked_out_at is not None:
        # Said only to who knows the password, so it tells a stranger nothing.
        raise RefusedError("locked_out", "Your account is locked out.", hint="Ask your administrator.")
    scheme = request.scope["scheme"]
    earlier = await services.sessions.identify(request.cookies, scheme, "person", services.now())
    if earlier is not None:
        await services.sessions.end(earlier)
        await services.desk.close_sessions(person_id=earlier.person_id, session_id=earlier.session_id)
    token = await services.sessions.begin(person.id, services.now())
    identity = await services.sessions.identify(
        {services.sessions.cookie_name("person", scheme): token}, scheme, "person", services.now()
    )
    if identity is None:  # locked out in this very moment
        raise RefusedError("locked_out", "Your account is locked out.", hint="Ask your administrator.")
    return Response(_me(identity), cookies=[services.sessions.cookie("person", scheme, token)])


@post("/api/sign-out", status_code=204)
async def sign_out(request: AnyRequest, services: GivenServices) -> Response[None]:
    """End the session, if there is one: signing out twice is no mistake."""
    scheme = request.scope["scheme"]
    identity = await services.sessions.identify(request.cookies, scheme, "person", services.now())
    if identity is not None:
        await services.sessions.end(identity)
        await services.desk.close_sessions(person_id=identity.person_id, session_id=identity.session_id)
    return Response(None, status_code=204, cookies=[services.sessions.no_cookie("person", scheme)])


@get("/api/me")
async def me(request: AnyRequest, services: GivenServices, signed_in: GivenPerson) -> Response[Me]:
    """Who I am. Sets the cookie anew, so that it lives as long as the session that slides behind it."""
    scheme = request.scope["scheme"]
    token = request.cookies[services.sessions.cookie_name("person", scheme)]
    return Response(_me(signed_in), cookies=[services.sessions.cookie("person", scheme, token)])


@post("/api/me/password", status_code=204)
async def change_password(
    request: AnyRequest,
    services: GivenServices,
    signed_in: GivenPerson,
    data: JSONBody[ChangePassword],
) -> None:
    """Replace my password and end my other sessions."""
    try:
        await _checked(services, signed_in.login, data.old_password, _address(request))
    except RefusedError as error:
        if error.code != "wrong_credentials":
            raise
        raise RefusedError("wrong_password", "The old password is not right.") from error
    check_password(data.new_password, login=signed_in.login)
    if data.new_password == data.old_password:
        raise RefusedError("password_not_new", "The new password is the old one.", hint="Choose another one.")
    password_hash = await services.passwords.hashed(data.new_password)
    async with services.database.writing() as connection:
        await people.set_password(connection, signed_in.person_id, password_hash, must_change_password=False)
        await sessions.end_all_of(connection, signed_in.person_id, but=signed_in.session_id)
    await services.desk.close_sessions(person_id=signed_in.person_id, but=signed_in.session_id)


async def _checked(services: Services, login: str, password: str, address: str | None) -> PersonRecord:
    services.throttle.handle_attempt(services.monotonic(), login, address)
    async with services.database.reading() as connection:
        person = await people.by_login(connection, login)
    if not await services.passwords.is_right(password, None if person is None else person.password_hash):
        person = None
    if person is None:
        raise RefusedError(
            "wrong_credentials",
            "The login or the password is not right.",
            hint="Check both. If you forgot the password, ask your administrator.",
        )
    services.throttle.handle_success(services.monotonic(), login, address)
    if services.passwords.needs_rehash(person.password_hash):
        new_hash = await services.passwords.hashed(password)
        async with services.database.writing() as connection:
            await people.replace_hash(connection, person.id, old_hash=person.password_hash, new_hash=new_hash)
    return person


def _address(request: AnyRequest) -> str | None:
    return request.client.host if request.client else None


def _me(identity: PersonIdentity) -> Me:
    return Me(
        id=identity.person_id,
        name=identity.name,
        login=identity.login,
        role=identity.role,
        organisation=identity.organisation,
        permissions=[str(permission) for permission in permissions(identity.role)],
        must_change_password=identity.must_change_password,
    )
