"""What the handlers work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from litestar.di import NamedDependency

from sightline import clock
from sightline.people.throttle import Throttle
from sightline.server.desk import CallDesk
from sightline.server.passwords import Passwords
from sightline.server.sessions import PersonIdentity, Sessions
from sightline.store.database import Database


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Settings of the HTTP API."""

    public_origin: str | None = None
    """What invite links begin with, such as `https://assist.example.com`. None: the origin of the request that makes
    the link, as the guest will probably reach the server by the same name as the host."""
    origin_for_guests: str | None = None
    """What they begin with when the host sits at the server itself: `localhost` leads a guest's phone to the phone."""
    local_port: int = 80
    """Of plain HTTP on this machine: it stands in the names of cookies (`server/sessions.py`)."""


@dataclass(frozen=True, slots=True)
class Services:
    """Made once, given to every handler."""

    database: Database
    desk: CallDesk
    settings: HttpSettings
    passwords: Passwords
    sessions: Sessions
    throttle: Throttle
    now: Callable[[], float] = clock.now
    monotonic: Callable[[], float] = clock.monotonic


GivenServices: TypeAlias = NamedDependency[Services]
GivenPerson: TypeAlias = NamedDependency[PersonIdentity]
"""Handlers are given these by name: `services`; `signed_in` or `person` (see `signed_in.py`)."""
