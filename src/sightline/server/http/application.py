"""The HTTP API put together."""

from collections.abc import Callable
from typing import Final

from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException

from sightline import clock
from sightline.errors import RefusedError
from sightline.people.throttle import Throttle
from sightline.server.desk import CallDesk
from sightline.server.http import guest, invites, network, people, refusals, signed_in
from sightline.server.http.origin import check_origin
from sightline.server.http.refusals import AnyRequest
from sightline.server.http.services import HttpSettings, Services
from sightline.server.network import NetworkNeeds
from sightline.server.passwords import Passwords
from sightline.server.sessions import Sessions
from sightline.store.database import Database

MAX_BODY_BYTES: Final = 64 * 1024
"""The largest body is a password change, 2 KiB; the rest is room."""


def http_application(
    database: Database,
    desk: CallDesk,
    settings: HttpSettings | None = None,
    *,
    passwords: Passwords | None = None,
    throttle: Throttle | None = None,
    needs: NetworkNeeds | None = None,
    now: Callable[[], float] = clock.now,
    monotonic: Callable[[], float] = clock.monotonic,
) -> Litestar:
    """The ASGI application for everything under `/api`. Without `needs` there is nothing under `/api/network`."""
    settings = settings or HttpSettings()
    services = Services(
        database=database,
        desk=desk,
        settings=settings,
        passwords=passwords or Passwords(),
        sessions=Sessions(database, settings.local_port),
        throttle=throttle or Throttle(),
        now=now,
        monotonic=monotonic,
    )

    def provide_services() -> Services:
        return services

    desk_of_network = network.NetworkDesk(needs, network.Workshop()) if needs else None

    def provide_network() -> network.NetworkDesk | None:
        return desk_of_network

    async def check_request(request: AnyRequest) -> None:
        check_origin(request, services.settings.public_origin)

    return Litestar(
        [
            signed_in.sign_in,
            signed_in.sign_out,
            signed_in.me,
            signed_in.change_password,
            invites.list_invites,
            invites.create_invite,
            invites.revoke_invite,
            guest.look_at_invite,
            guest.enter_as_guest,
            guest.guest_seat,
            people.list_people,
            people.add_person,
            people.lock_out_person,
            people.give_new_password,
            people.unlock_person,
            *(network.HANDLERS if needs else ()),
        ],
        dependencies={
            "services": Provide(provide_services, sync_to_thread=False),
            "signed_in": Provide(signed_in.provide_signed_in),
            "person": Provide(signed_in.provide_person),
            "network": Provide(provide_network, sync_to_thread=False),
        },
        before_request=check_request,
        exception_handlers={
            RefusedError: refusals.handle_refused,
            HTTPException: refusals.handle_http_exception,
            UnicodeDecodeError: refusals.handle_bad_text,
            RecursionError: refusals.handle_nested,
            Exception: refusals.handle_bug,
        },
        request_max_body_size=MAX_BODY_BYTES,
        # The contract is wire/api.py, from which the page's types are made; a description for strangers and pages
        # that load scripts from elsewhere serve nobody yet.
        openapi_config=None,
        logging_config=None,  # `server/log.py` sets up logging for the whole process
        debug=False,
    )
