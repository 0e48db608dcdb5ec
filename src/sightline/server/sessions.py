"""Who a browser is: the cookies, and the sessions and seats behind them.

    cookie                    over https                    over http (localhost)     means
    a person who signed in    __Host-sightline              sightline-8080            a row of sign_in_session
    a guest                   __Host-sightline-guest        sightline-guest-8080      a used row of invite

Browsers keep cookies by host and not by port, so over http the port stands in the name: two servers on one machine
would sign each other's people out.

`__Host-` makes the browser insist on Secure, Path=/ and no Domain, so that no neighbouring host can plant one; it
needs https, which localhost does not have. SameSite is Lax, not Strict: Strict would hide the session from the
first request after a click on a link in an e-mail, and what it adds, protection of cross-site GETs, is not needed
where no GET changes anything. Everything else must carry our own Origin (`http/origin.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, overload

from litestar.datastructures import Cookie

from sightline.server.tokens import new_id, new_token, token_hash
from sightline.store import invites, meta, sessions
from sightline.store.database import Database
from sightline.store.sessions import SessionRecord, SignedIn
from sightline.wire.signalling import Role

SESSION_S: Final = 30 * 24 * 3600
"""How long a browser stays signed in without being used: an expert back from holiday need not sign in."""
TOUCH_EVERY_S: Final = 3600
"""A session slides at most once an hour, so that reading costs no write."""
SEAT_S: Final = 24 * 3600
"""How long a guest may come back to the call: longer than any shift."""

Who: TypeAlias = Literal["person", "guest"]


@dataclass(frozen=True, slots=True)
class PersonIdentity:
    """Somebody who signed in."""

    person_id: str
    name: str
    login: str
    role: Role
    organisation_id: str
    organisation: str
    session_id: str
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class GuestIdentity:
    """Somebody who entered by an invite, and their seat."""

    call_id: str
    participant_id: str
    name: str
    host_id: str
    host_name: str
    organisation_id: str
    organisation: str
    invite_id: str


class Sessions:
    """Begins, finds and ends what the cookies stand for."""

    def __init__(self, database: Database, local_port: int = 80) -> None:
        self._database = database
        self._local_port = local_port

    @overload
    async def identify(
        self, cookies: Mapping[str, str], scheme: str, who: Literal["person"], now: float
    ) -> PersonIdentity | None: ...
    @overload
    async def identify(
        self, cookies: Mapping[str, str], scheme: str, who: Literal["guest"], now: float
    ) -> GuestIdentity | None: ...
    @overload
    async def identify(
        self, cookies: Mapping[str, str], scheme: str, who: Who, now: float
    ) -> PersonIdentity | GuestIdentity | None: ...
    async def identify(
        self, cookies: Mapping[str, str], scheme: str, who: Who, now: float
    ) -> PersonIdentity | GuestIdentity | None:
        """Who the browser is. It may be both a person and a guest, so the caller says which one is meant."""
        token = cookies.get(self.cookie_name(who, scheme))
        if token is None:
            return None
        return await (self._person(token, now) if who == "person" else self._guest(token, now))

    async def begin(self, person_id: str, now: float) -> str:
        """Sign the person in; returns the token for the cookie."""
        token = new_token()
        record = SessionRecord(
            id=new_id(),
            person_id=person_id,
            token_hash=token_hash(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_S,
        )
        async with self._database.writing() as connection:
            await sessions.add(connection, record)
            await meta.note_sign_in(connection, now)
        return token

    async def end(self, identity: PersonIdentity) -> None:
        """Sign this browser out."""
        async with self._database.writing() as connection:
            await sessions.end(connection, identity.session_id)

    def cookie_name(self, who: Who, scheme: str) -> str:
        """The cookie's name. `scheme` is that of the request or of the WebSocket."""
        name = "sightline" if who == "person" else "sightline-guest"
        return f"__Host-{name}" if is_secure(scheme) else f"{name}-{self._local_port}"

    def cookie(self, who: Who, scheme: str, token: str) -> Cookie:
        """The cookie to set."""
        return self._cookie(who, scheme, token, SESSION_S if who == "person" else SEAT_S)

    def no_cookie(self, who: Who, scheme: str) -> Cookie:
        """The cookie that deletes it."""
        return self._cookie(who, scheme, "", 0)

    def _cookie(self, who: Who, scheme: str, token: str, max_age_s: int) -> Cookie:
        return Cookie(
            key=self.cookie_name(who, scheme),
            value=token,
            max_age=max_age_s,
            path="/",
            secure=is_secure(scheme),
            httponly=True,
            samesite="lax",
        )

    async def _person(self, token: str, now: float) -> PersonIdentity | None:
        async with self._database.reading() as connection:
            found = await sessions.by_token_hash(connection, token_hash(token), now)
        if found is None:
            return None
        if now - found.session.last_seen_at >= TOUCH_EVERY_S:
            async with self._database.writing() as connection:
                await sessions.touch(connection, found.session.id, last_seen_at=now, expires_at=now + SESSION_S)
        return _person_identity(found)

    async def _guest(self, token: str, now: float) -> GuestIdentity | None:
        async with self._database.reading() as connection:
            found = await invites.by_seat_token_hash(connection, token_hash(token), used_after=now - SEAT_S)
        if found is None:
            return None
        invite = found.invite
        assert invite.call_id is not None, "an invite with a participant has a call"
        assert invite.participant_id is not None, "only invites with a participant are found"
        assert invite.guest_name is not None, "a used invite has a guest's name"
        return GuestIdentity(
            call_id=invite.call_id,
            participant_id=invite.participant_id,
            name=invite.guest_name,
            host_id=invite.host_id,
            host_name=found.host_name,
            organisation_id=found.organisation_id,
            organisation=found.organisation_name,
            invite_id=invite.id,
        )


def is_secure(scheme: str) -> bool:
    """Whether the browser came over TLS."""
    return scheme in ("https", "wss")


def _person_identity(found: SignedIn) -> PersonIdentity:
    return PersonIdentity(
        person_id=found.person.id,
        name=found.person.name,
        login=found.person.login,
        role=found.person.role,
        organisation_id=found.person.organisation_id,
        organisation=found.organisation_name,
        session_id=found.session.id,
        must_change_password=found.person.must_change_password,
    )
