"""Bodies of the HTTP API. All are JSON; every request that changes something is a POST or DELETE with a JSON body
and the `Origin` of this server.

    POST   /api/sign-in          SignIn -> Me           sets the session cookie      401, 429 with Retry-After
    POST   /api/sign-out         {} -> 204
    GET    /api/me               -> Me                                               401
    GET    /api/invites          -> list[Invite]        mine, newest first           permission: invite
    POST   /api/invites          NewInvite -> CreatedInvite                          permission: invite
    DELETE /api/invites/{id}     -> 204                 revokes                      permission: invite
    POST   /api/guest/look       LookAtInvite -> InviteForGuest     changes nothing  404, 410; a used invite is
                                                                    still good in the browser that used it
    POST   /api/guest/enter      EnterAsGuest -> GuestSeat          uses the invite; sets the guest cookie
    GET    /api/guest            -> GuestSeat           after a reload               401
    GET    /api/people           -> list[PersonForAdmin]                             permission: manage_people
    POST   /api/people           NewPerson -> CreatedPerson                          permission: manage_people
    DELETE /api/people/{id}      -> 204                 locks the account out        permission: manage_people
    POST   /api/people/{id}/password   {} -> FirstPassword   ends their sessions     permission: manage_people
    POST   /api/people/{id}/unlock     {} -> 204             undoes DELETE           permission: manage_people
    POST   /api/me/password      ChangePassword -> 204
    GET    /api/network          -> Network             the server's own needs without an account, if that is
                                                        allowed; other services' with the permission see_network
    POST   /api/network/view     NetworkChoice -> NetworkView
    POST   /api/network/rules    AskForRules -> NetworkRules
    POST   /api/network/document AskForDocument -> the file

Every refusal is a `Refusal` with a stable `code`, in the same shape for every status.
"""

from typing import Literal, TypeAlias

import msgspec

from sightline.wire.signalling import Presence, Role

InviteState: TypeAlias = Literal["open", "used", "expired", "revoked"]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body of the HTTP API."""


class Refusal(Body, frozen=True):
    """Why a request was not done. `text` is for a person; `hint` says what to do next."""

    code: str
    text: str
    hint: str = ""


class SignIn(Body, frozen=True):
    """`login` is what the administrator gave out; it is compared without regard to case."""

    login: str
    password: str


class Me(Body, frozen=True):
    """Who is signed in, and what they may do."""

    id: str
    name: str
    login: str
    role: Role
    organisation: str
    permissions: list[str]
    must_change_password: bool


class ChangePassword(Body, frozen=True):
    """Ends every other session of the person."""

    old_password: str
    new_password: str


class NewInvite(Body, frozen=True):
    """`note` is for the host alone: what the call is about."""

    note: str = ""
    expires_in_s: int = 24 * 3600


class CreatedInvite(Body, frozen=True):
    """The only time that the link is shown: the server keeps its hash."""

    id: str
    link: str
    qr_svg: str
    expires_at: float


class Invite(Body, frozen=True):
    """An invite as its host sees it in the list."""

    id: str
    note: str
    state: InviteState
    created_at: float
    expires_at: float
    guest_name: str | None


class LookAtInvite(Body, frozen=True):
    """The token is the part of the link behind `#`: it reaches no log, proxy or Referer."""

    token: str


class GuestSeat(Body, frozen=True):
    """The guest's place in a call."""

    call: str
    participant: str
    name: str
    host_name: str
    organisation: str


class InviteForGuest(Body, frozen=True):
    """What the guest is told before giving a name. `seat`: this browser has used the invite and is asked no more."""

    host_name: str
    host_presence: Presence
    organisation: str
    expires_at: float
    seat: GuestSeat | None


class EnterAsGuest(Body, frozen=True):
    """`name` is what the host will see."""

    token: str
    name: str


class NewPerson(Body, frozen=True):
    """The server makes up a first password, to be changed at the first sign-in."""

    name: str
    login: str
    role: Role


class CreatedPerson(Body, frozen=True):
    """The only time that the password is shown."""

    id: str
    password: str


class FirstPassword(Body, frozen=True):
    """For somebody who forgot theirs. The only time that it is shown; to be changed at the next sign-in."""

    password: str


class PersonForAdmin(Body, frozen=True):
    """A person as the administrator sees them."""

    id: str
    name: str
    login: str
    role: Role
    is_locked_out: bool
    created_at: float


class NetworkService(Body, frozen=True):
    """A service whose needs are known. `errors`: parts that cannot become a rule as they stand."""

    id: str
    title: str
    version: str
    is_own: bool
    requirements: int
    errors: int


class NetworkTarget(Body, frozen=True):
    """A firewall, proxy or cloud that rules can be written for."""

    name: str
    title: str
    note: str


class Network(Body, frozen=True):
    """What can be chosen from."""

    services: list[NetworkService]
    targets: list[NetworkTarget]


class NetworkChoice(Body, frozen=True):
    """Which requirements are meant, and the customer's side of them. Empty: every one, any client."""

    service: str
    language: str = "en"
    variables: dict[str, str] = {}
    platform: str | None = None
    region: str | None = None
    necessities: list[str] = []
    clients: list[str] = []
    peers: list[str] = []


class NetworkVariable(Body, frozen=True):
    """What each customer fills in."""

    name: str
    title: str
    where: str
    allowed: list[str]
    example: str


class NetworkHost(Body, frozen=True):
    """One destination. `note`: what a wildcard covers, or why there is no destination."""

    text: str
    note: str
    is_usable: bool


class NetworkRequirement(Body, frozen=True):
    """One thing that the network must allow. `ports` such as `TCP 443`; `symptom`: what is noticed without it."""

    id: str
    purpose: str
    necessity: str
    direction: str
    hosts: list[NetworkHost]
    ports: list[str]
    symptom: str
    platforms: list[str]
    regions: list[str]
    any_of: str
    preference: int | None
    quotes: list[str]


class NetworkLoss(Body, frozen=True):
    """Where rules say less, or more, than the requirement."""

    requirement: str
    effect: str
    what: str
    why: str
    instead: str


class NetworkChange(Body, frozen=True):
    """What became different between two versions. `effective` is a day, or empty if it is not said."""

    version: str
    text: str
    effective: str
    requirements: list[str]


class NetworkView(Body, frozen=True):
    """One service's needs, as far as they were chosen. `regions` and `platforms` are those that can be chosen."""

    title: str
    version: str
    variables: list[NetworkVariable]
    regions: list[str]
    platforms: list[str]
    requirements: list[NetworkRequirement]
    losses: list[NetworkLoss]
    changes: list[NetworkChange]
    drawing_svg: str


class AskForRules(NetworkChoice, frozen=True):
    """`widen` is what may be opened further than the requirement says, as the refusal names it."""

    target: str = ""
    widen: list[str] = []


class NetworkFile(Body, frozen=True):
    """One text for the firewall."""

    name: str
    purpose: str
    text: str


class NetworkRules(Body, frozen=True):
    """The rules, and where they differ from the requirements. No file at all: nothing can become a rule yet."""

    files: list[NetworkFile]
    losses: list[NetworkLoss]


class AskForDocument(NetworkChoice, frozen=True):
    """`kind`: change-request, one-page or table. `format`: html, pdf, md, csv or xlsx."""

    kind: str = "change-request"
    format: str = "pdf"
