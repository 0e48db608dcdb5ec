"""Sees to it that every page in a call knows of relays that are good, and nobody else of any."""

from typing import Final

from sightline import clock
from sightline.calls.call import Call, Seat
from sightline.server.page import Session
from sightline.server.relays.desk import Handed, RelayDesk
from sightline.server.relays.reached import Reached
from sightline.wire import signalling as wire


class RelayRounds:
    """See the module's docstring."""

    def __init__(self, desk: RelayDesk) -> None:
        self._desk = desk
        self._holders: set[str] = set()
        """Participants who have credentials and have not left."""
        self.is_relay_only: Final = desk.is_relay_only

    def at_arrival(self, call: Call | None, seat: Seat | None, session: Session, reached: Reached) -> Handed:
        """What the page is welcomed with. One that only lost its socket keeps what it has."""
        if reached != session.reached:
            session.reached, session.handed = reached, None
        if call is None or seat is None or not _is_in(call, seat):
            return self._desk.for_everybody(reached)
        if not _is_good(session.handed, seat):
            session.handed = self._handed(call, seat, session)
        assert session.handed is not None, "it was just made"
        return session.handed

    def changed(
        self, call: Call, seat: Seat, session: Session, *, has_lost_relay: bool
    ) -> wire.IceServersChanged | None:
        """What the page has to be told now, if anything."""
        if not _is_in(call, seat):
            if session.handed is not None and session.handed.holder == seat.id:  # and not of the host's next call
                session.handed = None
            return None
        if _is_good(session.handed, seat) and not has_lost_relay:
            return None
        session.handed = self._handed(call, seat, session)
        return wire.IceServersChanged(ice_servers=session.handed.servers, has_lost_relay=has_lost_relay)

    def take_back(self, call: Call) -> None:
        """Who has left needs no relay any more."""
        for seat in call.viewers():
            if seat.id in self._holders and not _is_in(call, seat):
                self._holders.discard(seat.id)
                self._desk.withdraw(seat.id)

    def _handed(self, call: Call, seat: Seat, session: Session) -> Handed:
        self._holders.add(seat.id)
        return self._desk.for_participant(seat.id, call.id, session.reached)


def _is_in(call: Call, seat: Seat) -> bool:
    return seat.state == "admitted" and not call.has_ended


def _is_good(handed: Handed | None, seat: Seat) -> bool:
    return handed is not None and handed.holder == seat.id and clock.monotonic() < handed.renewed_at
